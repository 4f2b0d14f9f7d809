package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"
	"hadir/internal/webhook"
)

// Sender sends one message of a webhook: *webhook.Sender.
type Sender interface {
	Send(ctx context.Context, url string, secrets []string, d webhook.Delivery, now time.Time) (status int, err error)
}

// hooks is what a worker knows of endpoints.
type hooks struct {
	mu        sync.Mutex
	endpoints []webhook.Endpoint
	waiting   map[int64]int // pending messages, by endpoint
	readAt    time.Time
	sending   map[int64]int  // attempts under way, by endpoint
	quick     map[int64]bool // endpoints whose last answer came soon
}

const (
	// hooksFor is how long an endpoint that was added or turned off may go unnoticed. It is what makes events free of
	// queries where nobody wants them.
	hooksFor = 3 * time.Second
	// perEndpoint and perQuick leave workers to the other endpoints; one that takes its time gets fewer.
	perEndpoint, perQuick = 2, 6
	quickly               = time.Second
	// mostWaiting bounds what piles up for an endpoint that is away: the relay looks at every task that waits. What
	// comes on top is stored and can be sent again, but is not sent by itself.
	mostWaiting = 5000
	// claimFor outlives an attempt, so that two tasks of one message do not send it at once.
	claimFor = 20 * time.Second
	// daysPerHook bounds a message's size.
	daysPerHook = 50
)

// wanting returns the endpoints that want a kind, from memory for some seconds.
func (w *Worker) wanting(ctx context.Context, k webhook.Kind) ([]webhook.Endpoint, error) {
	h, now := &w.hooks, w.o.Clock.Now()
	h.mu.Lock()
	endpoints, known := h.endpoints, !h.readAt.IsZero() && now.Sub(h.readAt) <= hooksFor
	h.mu.Unlock()
	if !known { // several may read at once: better than one query that holds up all
		var err error
		var waiting map[int64]int
		if endpoints, err = w.o.Store.Webhooks.Endpoints(ctx); err == nil && len(endpoints) > 0 {
			waiting, err = w.o.Store.Deliveries.WaitingDeliveries(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("worker: webhooks: %w", err)
		}
		h.mu.Lock()
		h.endpoints, h.waiting, h.readAt = endpoints, waiting, now
		h.mu.Unlock()
	}
	var out []webhook.Endpoint
	for _, e := range endpoints {
		if e.Wants(k) {
			out = append(out, e)
		}
	}
	return out, nil
}

// Hook leaves messages of a kind for the endpoints that want it, in one transaction. What is left twice is sent once.
func (w *Worker) Hook(ctx context.Context, k webhook.Kind, data ...json.RawMessage) error {
	endpoints, err := w.wanting(ctx, k)
	if err != nil || len(endpoints) == 0 || len(data) == 0 {
		return err
	}
	var ds []webhook.Delivery
	for _, e := range endpoints {
		for _, j := range data {
			d, err := webhook.NewDelivery(e.ID, k, j, w.o.Clock.Now())
			if err != nil {
				return queue.Permanent(err)
			}
			if !w.hooks.room(e.ID) {
				d.State, d.LastError = webhook.StateDropped, "too many messages wait for this endpoint"
			}
			ds = append(ds, d)
		}
	}
	if err := w.o.Store.Deliveries.AddDeliveries(ctx, ds); err != nil {
		return fmt.Errorf("worker: webhooks: %w", err)
	}
	return nil
}

// hookDays tells of changed days.
func (w *Worker) hookDays(ctx context.Context, entries []attendance.Entry) error {
	endpoints, err := w.wanting(ctx, webhook.KindRecorded)
	if err != nil || len(endpoints) == 0 {
		return err
	}
	var data []json.RawMessage
	for days := range slices.Chunk(entries, daysPerHook) {
		j, err := json.Marshal(struct {
			Days []attendance.Entry `json:"days"`
		}{days})
		if err != nil {
			return queue.Permanent(fmt.Errorf("worker: encoding days: %w", err))
		}
		data = append(data, j)
	}
	return w.Hook(ctx, webhook.KindRecorded, data...)
}

// room tells whether one more message may wait for an endpoint.
func (h *hooks) room(endpoint int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting[endpoint] < mostWaiting
}

// enter admits an attempt to an endpoint, or says when to come back. Those that wait for a slow one come back at
// different times and seldom, since there may be thousands.
func (h *hooks) enter(endpoint int64) (after time.Duration, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	most, wait := perEndpoint, time.Second
	if quick, known := h.quick[endpoint]; quick {
		most = perQuick
	} else if known {
		wait += rand.N(10 * time.Second)
	}
	if h.sending[endpoint] >= most {
		return wait, false
	}
	h.sending[endpoint]++
	return 0, true
}

// leave ends an attempt; quick tells whether it was over soon.
func (h *hooks) leave(endpoint int64, quick bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quick[endpoint] = quick
	if h.sending[endpoint]--; h.sending[endpoint] == 0 {
		delete(h.sending, endpoint)
	}
}

// webhookDeliver makes one attempt at a message.
func (w *Worker) webhookDeliver(ctx context.Context, p task.Webhook) error {
	after, ok := w.hooks.enter(p.Endpoint)
	if !ok {
		return queue.Later(after, "the endpoint has not answered others yet")
	}
	began, quick := clock.System().Now(), false // a stretch of time, whatever the instant is
	defer func() { w.hooks.leave(p.Endpoint, quick) }()
	d, ok, busy, err := w.o.Store.Deliveries.TakeDelivery(ctx, p.Message, claimFor)
	if err != nil {
		return fmt.Errorf("worker: webhook: %w", err)
	}
	if busy {
		return queue.Later(claimFor/4, "another worker sends it")
	}
	if !ok {
		return nil
	}
	status, failure := w.o.Sender.Send(ctx, d.URL, d.Secrets, d.Delivery, w.o.Clock.Now())
	quick = clock.System().Now().Sub(began) < quickly
	state, problem := webhook.StateDelivered, ""
	if failure != nil {
		state, problem = webhook.StatePending, failure.Error()
		if hopeless(status, failure) {
			state, failure = webhook.StateDead, queue.Permanent(failure)
		}
	}
	// What became of it is written down even when the attempt used its time up.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := w.o.Store.Deliveries.KeepDelivery(keep, p.Message, state, status, problem); err != nil {
		return fmt.Errorf("worker: webhook: %w", errors.Join(err, failure))
	}
	return failure
}

// hopeless tells whether no repetition will help: the address is refused, or the receiver says that it is gone for
// good.
func hopeless(status int, err error) bool {
	return status == http.StatusGone || errors.Is(err, webhook.ErrPrivate) ||
		errors.Is(err, webhook.ErrPlain) || errors.Is(err, webhook.ErrURL)
}
