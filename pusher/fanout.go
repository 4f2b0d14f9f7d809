package pusher

import (
	"context"
	"sync/atomic"

	"hadir/internal/realtime"
	"hadir/internal/telemetry"
)

// fanout is the span of one frame on its way to the sockets of this node: from its arrival to the last shard's write.
type fanout struct {
	span    telemetry.Span
	shards  atomic.Int32 // that have not written it yet
	sockets atomic.Int64
}

// fanouts begins spans for frames of recorded traces. Without a tracer it costs nothing, and with one a look at each
// frame.
func (h *hub) fanouts(batch []realtime.Delivery) map[int]*fanout {
	if h.srv.o.Tracer == nil {
		return nil
	}
	var out map[int]*fanout
	for i := range batch {
		d := &batch[i]
		if d.Trace == "" {
			continue
		}
		_, span := h.srv.o.Tracer.Start(telemetry.WithTrace(context.Background(), d.Trace), "fan out",
			telemetry.Consumer)
		if !span.Recording() {
			continue
		}
		span.SetText("messaging.destination.name", d.Channel)
		span.SetInt("messaging.message.body.size", len(d.Frame))
		f := &fanout{span: span}
		f.shards.Store(int32(len(h.shards)))
		if out == nil {
			out = make(map[int]*fanout, len(batch))
		}
		out[i] = f
	}
	return out
}

// reached is called by each shard with the number of sockets that it wrote the frame to. The last call ends the span.
func (f *fanout) reached(sockets int) {
	if f == nil {
		return
	}
	total := f.sockets.Add(int64(sockets))
	if f.shards.Add(-1) == 0 {
		f.span.SetInt("hadir.sockets", int(total))
		f.span.End()
	}
}
