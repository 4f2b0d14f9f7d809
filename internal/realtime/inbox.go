package realtime

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Delivery is one frame for the sockets of a channel.
type Delivery struct {
	Channel string
	Frame   string // the text of the WebSocket message
	Except  string // socket id that must not receive it; empty for none
	SentAt  int64  // when it was published, in microseconds since 1970 by the publisher's clock; 0 if unknown

	// Trace is the traceparent of the publication if it is sampled, else empty.
	Trace string

	// Version orders the changes of a presence channel among one another and with its rosters; 0 on everything else. A
	// roster of the same or a higher version includes the change.
	Version int64

	order order
}

// order marks deliveries that carry no frame.
type order uint8

const (
	orderFrame order = iota
	orderResync
	orderInterrupted
	orderTerminate // Frame holds the user's id
	orderRevoke    // likewise
)

// maxBatch bounds what a receiver gets at once, in bytes.
const maxBatch = 1 << 20

// inbox decouples the connection to Redis from the sockets: Redis closes subscribers that do not read. It is bounded;
// what does not fit is dropped, and the channels it belonged to are remembered for a resync.
type inbox struct {
	limit   int
	wake    chan struct{}
	metrics *busMetrics

	mu    sync.Mutex
	items []Delivery
	bytes int
	lost  map[string]struct{}
}

func newInbox(limit int, m *busMetrics) *inbox {
	return &inbox{limit: limit, wake: make(chan struct{}, 1), metrics: m, lost: map[string]struct{}{}}
}

// put never blocks.
func (q *inbox) put(d Delivery) {
	q.mu.Lock()
	switch size := len(d.Frame); {
	case d.order == orderFrame && q.bytes > 0 && q.bytes+size > q.limit:
		q.lost[d.Channel] = struct{}{}
		q.metrics.dropped.Inc()
	default:
		q.items = append(q.items, d)
		q.bytes += size
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *inbox) take() (items []Delivery, lost []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items = q.items
	q.items, q.bytes = make([]Delivery, 0, min(len(items), 1024)), 0 // the receiver keeps the slice it got
	if len(q.lost) > 0 {
		lost = slices.Sorted(maps.Keys(q.lost))
		clear(q.lost)
	}
	return items, lost
}

// run hands over what arrives until ctx ends.
func (q *inbox) run(ctx context.Context, r Receiver) {
	for {
		select {
		case <-q.wake:
		case <-ctx.Done():
			return
		}
		items, lost := q.take()
		q.deliver(r, items)
		if len(lost) > 0 {
			r.Resync(lost)
		}
	}
}

// deliver passes frames on in batches, and the orders between them in their place.
func (q *inbox) deliver(r Receiver, items []Delivery) {
	start, size := 0, 0
	flush := func(end int) {
		if end > start {
			r.Deliver(items[start:end:end])
		}
		start, size = end, 0
	}
	for i := range items {
		switch items[i].order {
		case orderResync:
			flush(i)
			r.Resync(nil)
			start = i + 1
		case orderInterrupted:
			flush(i)
			r.Interrupted()
			start = i + 1
		case orderTerminate:
			flush(i)
			r.Terminate(items[i].Frame)
			start = i + 1
		case orderRevoke:
			flush(i)
			r.Revoke(items[i].Frame)
			start = i + 1
		default:
			if size += len(items[i].Frame); size >= maxBatch {
				flush(i + 1)
			}
		}
	}
	flush(len(items))
}
