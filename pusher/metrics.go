package pusher

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	connections   prometheus.Gauge
	subscriptions prometheus.Gauge
	frames        prometheus.Counter
	bytes         prometheus.Counter
	received      prometheus.Counter
	slow          prometheus.Counter
	refused       *prometheus.CounterVec
	latency       prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) *metrics {
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "hadir", Subsystem: "pusher", Name: name, Help: help}
	}
	m := &metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts(opts("connections", "Open WebSockets."))),
		subscriptions: prometheus.NewGauge(
			prometheus.GaugeOpts(opts("subscriptions", "Subscriptions of all sockets."))),
		frames: prometheus.NewCounter(
			prometheus.CounterOpts(opts("frames_total", "Event frames sent to sockets."))),
		bytes: prometheus.NewCounter(
			prometheus.CounterOpts(opts("sent_bytes_total", "Bytes of event frames sent to sockets."))),
		received: prometheus.NewCounter(
			prometheus.CounterOpts(opts("received_total", "Messages received from sockets."))),
		slow: prometheus.NewCounter(prometheus.CounterOpts(opts("slow_disconnects_total",
			"Sockets closed because they did not keep up."))),
		refused: prometheus.NewCounterVec(
			prometheus.CounterOpts(opts("refused_total", "Connections refused, by close code.")),
			[]string{"code"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "hadir", Subsystem: "pusher", Name: "delivery_seconds",
			Help: "From publication to the write to the sockets, per joined write: the oldest frame in it. Clocks " +
				"of different " +
				"machines may disagree by some milliseconds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
	}
	if r != nil {
		r.MustRegister(m.connections, m.subscriptions, m.frames, m.bytes, m.received, m.slow, m.refused, m.latency)
	}
	return m
}
