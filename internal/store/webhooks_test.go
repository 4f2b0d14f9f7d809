package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"
	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

var somebody = store.Actor{UserID: 7, Address: "192.0.2.7"}

func hook(t *testing.T, b *bench, kinds ...webhook.Kind) webhook.Endpoint {
	t.Helper()
	e, err := b.AddEndpoint(t.Context(), webhook.Endpoint{URL: "https://contoh.id/hook", Kinds: kinds, Active: true},
		"whsec_c2VjcmV0", somebody)
	require.NoError(t, err)
	return e
}

func message(t *testing.T, endpoint int64, data string) webhook.Delivery {
	t.Helper()
	d, err := webhook.NewDelivery(endpoint, webhook.KindRecap, json.RawMessage(data), start)
	require.NoError(t, err)
	return d
}

func TestWebhookEndpoints(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		_, err := b.AddEndpoint(ctx, webhook.Endpoint{URL: "https://contoh.id", Kinds: []webhook.Kind{"no.such"}}, "s",
			somebody)
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
		e := hook(t, b, webhook.KindRecap, webhook.KindRecorded, webhook.KindRecap)
		require.Equal(t, []webhook.Kind{webhook.KindRecorded, webhook.KindRecap}, e.Kinds)
		require.Equal(t, webhook.Endpoint{ID: e.ID, URL: "https://contoh.id/hook", Kinds: e.Kinds, Active: true,
			CreatedBy: 7, CreatedAt: start}, e)
		for range 2 { // the second changes nothing and leaves no trace
			e, err = b.UpdateEndpoint(ctx, e.ID, somebody,
				func(e *webhook.Endpoint) error { e.Active, e.Description = false, "Gaji"; return nil })
			require.NoError(t, err)
		}
		all, err := b.Endpoints(ctx)
		require.NoError(t, err)
		require.Equal(t, []webhook.Endpoint{e}, all)
		require.NoError(t, b.DeleteEndpoint(ctx, e.ID, somebody))
		for _, err := range []error{b.DeleteEndpoint(ctx, e.ID, somebody),
			func() error { _, err := b.Endpoint(ctx, e.ID); return err }(),
			func() error {
				_, err := b.UpdateEndpoint(ctx, e.ID, somebody, func(*webhook.Endpoint) error { return nil })
				return err
			}()} {
			require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		}
		var actions []string
		require.NoError(t, b.Query(ctx, &actions, "SELECT action FROM audit_log ORDER BY id"))
		require.Equal(t, []string{"webhook.created", "webhook.updated", "webhook.deleted"}, actions)
		var leaks int
		require.NoError(t, b.Query(ctx, &leaks,
			"SELECT COUNT(*) FROM audit_log WHERE after_json LIKE '%whsec%' OR before_json LIKE '%whsec%'"))
		require.Zero(t, leaks)
		for range 50 {
			hook(t, b, webhook.KindRecap)
		}
		_, err = b.AddEndpoint(ctx, webhook.Endpoint{URL: "https://contoh.id", Kinds: webhook.Kinds()}, "s", somebody)
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
	})
}

// bury stores the dead letter of a delivery's task.
func bury(t *testing.T, b *bench, d webhook.Delivery) {
	t.Helper()
	payload, err := json.Marshal(task.Webhook{V: 1, Message: d.MessageID, Endpoint: d.EndpointID})
	require.NoError(t, err)
	_, created, err := b.SaveDeadLetter(t.Context(), task.DeadLetter{TaskID: "x", Queue: task.QueueOutside,
		Kind: task.WebhookDeliver, Payload: payload, DiedAt: b.clock.Now()})
	require.NoError(t, err)
	require.True(t, created)
	b.clock.Advance(time.Millisecond)
}

func TestWebhookDeliveries(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := hook(t, b, webhook.KindRecap)
		one, two := message(t, e.ID, "1"), message(t, e.ID, "2")
		require.NoError(t, b.AddDeliveries(ctx, []webhook.Delivery{one, two, one}))
		rows := b.left()
		require.Len(t, rows, 2)
		stored, err := b.ClaimOutbox(ctx, start.Add(time.Hour), start.Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Equal(t, stored, rows, "the rows are handed over under the ids that they have")
		var p task.Webhook
		require.NoError(t, json.Unmarshal(rows[1].Payload, &p))
		require.Equal(t, task.Webhook{V: 1, Message: two.MessageID, Endpoint: e.ID}, p)
		require.NoError(t, b.AddDeliveries(ctx, []webhook.Delivery{two, one}))
		require.Empty(t, b.left(), "what is left twice is sent once")
		three := message(t, e.ID+1, "3")
		three.State, three.LastError = webhook.StateDropped, "too many"
		require.NoError(t, b.AddDeliveries(ctx, []webhook.Delivery{three}))
		require.Empty(t, b.left())
		waiting, err := b.WaitingDeliveries(ctx)
		require.NoError(t, err)
		require.Equal(t, map[int64]int{e.ID: 2}, waiting)

		take := func(message string) (store.Dispatch, bool, bool) {
			d, ok, busy, err := b.TakeDelivery(ctx, message, 20*time.Second)
			require.NoError(t, err)
			return d, ok, busy
		}
		d, ok, busy := take(one.MessageID)
		require.True(t, ok)
		require.False(t, busy)
		require.Equal(t, "https://contoh.id/hook whsec_c2VjcmV0", d.URL+" "+strings.Join(d.Secrets, " "))
		require.Equal(t, 1, d.Attempts)
		require.JSONEq(t, string(one.Payload), string(d.Payload))
		_, ok, busy = take(one.MessageID)
		require.False(t, ok)
		require.True(t, busy, "two workers do not send one message at once")
		b.clock.Advance(21 * time.Second)
		d, ok, _ = take(one.MessageID)
		require.True(t, ok, "the first worker died")
		require.Equal(t, 2, d.Attempts)
		_, err = b.RotateSecret(ctx, e.ID, "whsec_bmV3", b.clock.Now().Add(time.Hour), somebody)
		require.NoError(t, err)
		require.NoError(t, b.KeepDelivery(ctx, one.MessageID, webhook.StatePending, 500, "broken"))
		d, ok, _ = take(one.MessageID)
		require.True(t, ok)
		require.Equal(t, []string{"whsec_bmV3", "whsec_c2VjcmV0"}, d.Secrets, "both sign for a while")
		require.NoError(t, b.KeepDelivery(ctx, one.MessageID, webhook.StatePending, 500, "broken"))
		b.clock.Advance(time.Hour)
		d, ok, _ = take(one.MessageID)
		require.True(t, ok)
		require.Equal(t, []string{"whsec_bmV3"}, d.Secrets)
		_, err = b.RotateSecret(ctx, 424242, "whsec_bmV3", b.clock.Now(), somebody)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		require.NoError(t, b.KeepDelivery(ctx, one.MessageID, webhook.StatePending, 500, "broken"))
		_, err = b.ReplayDelivery(ctx, d.ID, somebody)
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		_, ok, _ = take(one.MessageID)
		require.True(t, ok)
		require.NoError(t, b.KeepDelivery(ctx, one.MessageID, webhook.StateDelivered, 204, ""))
		_, ok, busy = take(one.MessageID)
		require.False(t, ok || busy, "it was delivered")
		bury(t, b, one)

		ds, next, err := b.Deliveries(ctx, store.DeliveryFilter{EndpointID: e.ID, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, two.MessageID, ds[0].MessageID)
		ds, next, err = b.Deliveries(ctx, store.DeliveryFilter{EndpointID: e.ID, Limit: 1, Cursor: next})
		require.NoError(t, err)
		require.Empty(t, next)
		require.Equal(t, webhook.StateDelivered, ds[0].State)
		require.Equal(t, 204, ds[0].LastStatus)
		require.Equal(t, 5, ds[0].Attempts)

		b.left()
		again, err := b.ReplayDelivery(ctx, ds[0].ID, somebody)
		require.NoError(t, err)
		require.Len(t, b.left(), 1)
		require.Equal(t, webhook.StatePending, again.State)
		require.Equal(t, one.MessageID, again.MessageID)
		b.left()
		bury(t, b, two)
		require.Equal(t, task.DeadNotify, b.left()[0].Kind)
		ds, _, err = b.Deliveries(ctx, store.DeliveryFilter{EndpointID: e.ID, State: webhook.StateDead})
		require.NoError(t, err)
		require.Len(t, ds, 1)
		_, ok, _ = take(two.MessageID)
		require.True(t, ok, "a dead letter that operators retry is sent")

		_, err = b.UpdateEndpoint(ctx, e.ID, somebody, func(e *webhook.Endpoint) error { e.Active = false; return nil })
		require.NoError(t, err)
		_, ok, busy = take(one.MessageID)
		require.False(t, ok || busy)
		test, err := webhook.NewDelivery(e.ID, webhook.KindTest, json.RawMessage("3"), start)
		require.NoError(t, err)
		_, err = b.TestDelivery(ctx, test, somebody)
		require.NoError(t, err)
		require.Len(t, b.left(), 1)
		_, ok, _ = take(test.MessageID)
		require.True(t, ok, "a test goes to one that is turned off")
		require.NoError(t, b.DeleteEndpoint(ctx, e.ID, somebody))
		_, err = b.TestDelivery(ctx, test, somebody)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		ds, _, err = b.Deliveries(ctx, store.DeliveryFilter{EndpointID: e.ID, State: webhook.StateDropped})
		require.NoError(t, err)
		require.Len(t, ds, 1)
		_, err = b.ReplayDelivery(ctx, ds[0].ID, somebody)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err), "its endpoint is gone")

		n, err := b.DeleteDeliveries(ctx, start.Add(time.Second), 1)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = b.DeleteDeliveries(ctx, start.Add(time.Second), 10)
		require.NoError(t, err)
		require.Equal(t, 2, n, "the younger one stays")
		_, ok, busy = take(two.MessageID)
		require.False(t, ok || busy)
	})
}
