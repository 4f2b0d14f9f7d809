package worker_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/queue"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

// receiver is a program that takes webhooks. answer says what it answers to its n-th request, from 1 on.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	got    []received
	answer func(n int) int
}

type received struct {
	ID     string
	Signed bool
	Type   string
	Data   json.RawMessage
}

func newReceiver(t *testing.T, answer func(n int) int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var m received
		_ = json.Unmarshal(body, &m)
		m.ID = req.Header.Get("webhook-id")
		seconds, _ := strconv.ParseInt(req.Header.Get("webhook-timestamp"), 10, 64)
		r.mu.Lock()
		want, err := webhook.Sign(m.ID, time.Unix(seconds, 0), body, r.secret)
		m.Signed = err == nil && want == req.Header.Get("webhook-signature")
		r.got = append(r.got, m)
		n := len(r.got)
		r.mu.Unlock()
		w.WriteHeader(r.answer(n))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) messages() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// endpoint sets a webhook up for the receiver.
func (s *stage) endpoint(r *receiver, kinds ...webhook.Kind) webhook.Endpoint {
	r.secret = webhook.NewSecret()
	e, err := s.Webhooks.AddEndpoint(s.t.Context(), webhook.Endpoint{URL: r.URL, Kinds: kinds, Active: true}, r.secret,
		ledger.Actor{})
	require.NoError(s.t, err)
	return e
}

func (s *stage) deliveries(e webhook.Endpoint, state webhook.State) []webhook.Delivery {
	ds, _, err := s.Deliveries.Deliveries(s.t.Context(), outside.DeliveryFilter{EndpointID: e.ID, State: state})
	require.NoError(s.t, err)
	return ds
}

func always(status int) func(int) int { return func(int) int { return status } }

// A check-in reaches who wants it, signed, once; a recap who wants recaps.
func TestWebhooksAreSent(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		s.hiredToday()
		days, recaps := newReceiver(t, always(200)), newReceiver(t, func(n int) int {
			if n == 1 {
				return 503
			}
			return 200
		})
		a, b := s.endpoint(days, webhook.KindRecorded), s.endpoint(recaps, webhook.KindRecap)
		s.punch(0, attendance.In, 0)
		s.until("delivered", func() bool { return len(s.deliveries(a, webhook.StateDelivered)) == 1 })
		m := days.messages()
		require.Len(t, m, 1)
		require.True(t, m[0].Signed)
		require.Equal(t, "attendance.recorded", m[0].Type)
		var data struct {
			Days []attendance.Entry `json:"days"`
		}
		require.NoError(t, json.Unmarshal(m[0].Data, &data))
		require.Equal(t, s.people[0].ID, data.Days[0].EmployeeID)
		require.Empty(t, s.deliveries(b, ""))

		s.clock.Advance(24 * time.Hour)
		s.tick("1")
		s.until("both branches' recaps, one of them at its second attempt",
			func() bool { return len(s.deliveries(b, webhook.StateDelivered)) == 2 })
		require.Len(t, recaps.messages(), 3)
		for _, m := range recaps.messages() {
			require.True(t, m.Signed)
			require.Equal(t, "recap.ready", m.Type)
		}
		ids := []string{recaps.messages()[0].ID, recaps.messages()[1].ID, recaps.messages()[2].ID}
		slices.Sort(ids)
		require.Len(t, slices.Compact(ids), 2, "a message keeps its id over attempts")
		require.Len(t, days.messages(), 1)
	})
}

// What no repetition heals dies at once, is a dead letter, and can be replayed.
func TestAWebhookThatIsGoneDies(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		gone := newReceiver(t, func(n int) int {
			if n == 1 {
				return http.StatusGone
			}
			return 200
		})
		e := s.endpoint(gone, webhook.KindRecorded)
		s.punch(0, attendance.In, 0)
		s.until("dead", func() bool { return len(s.deliveries(e, webhook.StateDead)) == 1 })
		s.until("a dead letter", func() bool {
			letters, _, err := s.DeadLetters.DeadLetters(t.Context(),
				ledger.DeadLetterFilter{Kind: task.WebhookDeliver, State: task.DeadOpen})
			require.NoError(t, err)
			return len(letters) == 1
		})
		d := s.deliveries(e, webhook.StateDead)[0]
		require.Equal(t, 410, d.LastStatus)
		_, err := s.Deliveries.ReplayDelivery(t.Context(), d.ID, ledger.Actor{})
		require.NoError(t, err)
		s.until("delivered", func() bool { return len(s.deliveries(e, webhook.StateDelivered)) == 1 })
		require.Equal(t, gone.messages()[0].ID, gone.messages()[1].ID)
	})
}

// A receiver that does not answer holds up neither other receivers nor anything else.
func TestASlowReceiverHoldsNobodyUp(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		answer := make(chan struct{})
		open := sync.OnceFunc(func() { close(answer) })
		defer open() // or the receiver would never close
		slow, quick := newReceiver(t, func(int) int { <-answer; return 200 }), newReceiver(t, always(200))
		a, b := s.endpoint(slow, webhook.KindRecorded), s.endpoint(quick, webhook.KindRecorded)
		for i := range 12 {
			s.punch(i%6, attendance.In, time.Duration(i)*2*time.Minute)
		}
		s.until("the quick one has all", func() bool {
			return len(s.deliveries(b, webhook.StatePending)) == 0 && len(s.deliveries(b, webhook.StateDelivered)) >= 6
		})
		require.NotEmpty(t, s.deliveries(a, webhook.StatePending))
		s.clock.Advance(3 * time.Second)
		s.punch(0, attendance.Out, 0)
		open()
		s.until("the slow one has all", func() bool { return len(s.deliveries(a, webhook.StatePending)) == 0 })
		letters, _, err := s.DeadLetters.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		require.Empty(t, letters)
	})
}

// An endpoint that was turned off gets nothing, and a task of a message that is gone ends.
func TestWebhooksThatAreTurnedOff(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		r := newReceiver(t, always(500))
		e := s.endpoint(r, webhook.KindRecorded)
		s.punch(0, attendance.In, 0)
		s.until("attempted", func() bool { return len(r.messages()) == 1 && s.deliveries(e, "")[0].LastStatus == 500 })
		_, err := s.Webhooks.UpdateEndpoint(t.Context(), e.ID, ledger.Actor{},
			func(e *webhook.Endpoint) error { e.Active = false; return nil })
		require.NoError(t, err)
		require.NoError(t, s.queue.Enqueue(t.Context(), task.WebhookDeliver, "now",
			task.Webhook{V: 1, Message: s.deliveries(e, "")[0].MessageID}, queue.EnqueueOptions{}))
		require.NoError(t, s.queue.Enqueue(t.Context(), task.WebhookDeliver, "gone",
			task.Webhook{V: 1, Message: "msg_gone"}, queue.EnqueueOptions{}))
		s.until("dropped", func() bool { return len(s.deliveries(e, webhook.StateDropped)) == 1 })
		s.clock.Advance(time.Minute)
		s.punch(1, attendance.In, 0)
		s.until("announced", func() bool {
			return len(events[json.RawMessage](s, "private-employee."+strconv.FormatInt(s.people[1].ID, 10),
				"attendance.recorded")) > 0
		})
		require.Len(t, r.messages(), 1)
		require.Len(t, s.deliveries(e, ""), 1)
	})
}

// What piles up for an endpoint that is away is bounded; the rest is kept, to be sent again by hand.
func TestOnlySoManyMessagesWait(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		r := newReceiver(t, always(200))
		e := s.endpoint(r, webhook.KindRecorded)
		ds := make([]webhook.Delivery, 5000)
		for i := range ds {
			var err error
			ds[i], err = webhook.NewDelivery(e.ID, webhook.KindRecorded, json.RawMessage(strconv.Itoa(i)),
				s.clock.Now())
			require.NoError(t, err)
		}
		s.loses = func(task.Outboxed) bool { return true }
		require.NoError(t, s.Deliveries.AddDeliveries(t.Context(), ds))
		s.loses = nil
		rows := slices.DeleteFunc(s.handed(), func(row task.Outboxed) bool { return row.Kind != task.WebhookDeliver })
		require.Len(t, rows, len(ds))
		s.punch(0, attendance.In, 0)
		s.until("kept", func() bool { return len(s.deliveries(e, webhook.StateDropped)) == 1 })
		d := s.deliveries(e, webhook.StateDropped)[0]
		require.Equal(t, "too many messages wait for this endpoint", d.LastError)
		_, err := s.Deliveries.ReplayDelivery(t.Context(), d.ID, ledger.Actor{})
		require.NoError(t, err)
		s.deliver(rows[:40])
		s.until("sent", func() bool { return len(r.messages()) == 41 })
	})
}
