package realtime

import "github.com/prometheus/client_golang/prometheus"

type busMetrics struct {
	published  prometheus.Counter
	failed     prometheus.Counter
	received   prometheus.Counter
	dropped    prometheus.Counter
	reconnects prometheus.Counter
	connected  prometheus.Gauge
	topics     prometheus.Gauge
	unheard    *prometheus.GaugeVec
}

func newBusMetrics(r prometheus.Registerer) *busMetrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(
			prometheus.CounterOpts{Namespace: "hadir", Subsystem: "bus", Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "hadir", Subsystem: "bus", Name: name, Help: help})
	}
	m := &busMetrics{
		published: counter("published_total", "Messages handed to Redis."),
		failed:    counter("publish_failures_total", "Publish calls that Redis did not take."),
		received:  counter("received_total", "Messages received from Redis."),
		dropped: counter("dropped_total",
			"Messages dropped because the sockets were slower than Redis; each is followed by a resync."),
		reconnects: counter("reconnects_total", "Lost subscriptions to Redis that were made again."),
		connected:  gauge("connected", "1 while the subscription to Redis stands."),
		topics:     gauge("channels", "Channels subscribed to."),
		unheard: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hadir_bus_role_unheard",
			Help: "1 while a listener hears no process of a role that it awaits."}, []string{"role"}),
	}
	if r != nil {
		r.MustRegister(m.published, m.failed, m.received, m.dropped, m.reconnects, m.connected, m.topics,
			m.unheard)
	}
	return m
}
