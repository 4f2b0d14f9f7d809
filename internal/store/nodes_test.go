package store_test

import (
	"strings"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

func TestNodes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		node := func(id, role string) store.Node {
			return store.Node{ID: id, Role: role, Host: "mesin-1", PID: 4242, Version: "v1", StartedAt: start}
		}
		list := func() []store.Node {
			ns, err := b.Nodes(ctx)
			require.NoError(t, err)
			return ns
		}
		require.Empty(t, list())
		one, two := node("n1", "worker"), node("n2", "api")
		require.NoError(t, b.Beat(ctx, one))
		require.NoError(t, b.Beat(ctx, two))
		b.clock.Advance(5 * time.Second)
		require.NoError(t, b.another(t).Beat(ctx, one))
		one.LastSeen, two.LastSeen = start.Add(5*time.Second), start
		require.Equal(t, []store.Node{two, one}, list(), "a beat moves the same row on")

		n, err := b.ForgetNodes(ctx, start.Add(time.Second))
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, []store.Node{one}, list())
		require.NoError(t, b.LeaveNode(ctx, "n1"))
		require.NoError(t, b.LeaveNode(ctx, "n1"))
		require.Empty(t, list())
		odd := node(strings.Repeat("☀", 50), strings.Repeat("x", 50))
		odd.Host = "\xff\x00" + strings.Repeat("é", 400)
		require.NoError(t, b.Beat(ctx, odd), "what does not fit is cut")
	})
}

func TestSearchingDeadLetters(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		letters := deadLetters(t, b)
		for name, c := range map[string]struct {
			filter store.DeadLetterFilter
			want   []int64
		}{
			"kind":             {store.DeadLetterFilter{Kind: "summary:refresh"}, []int64{letters[1]}},
			"error":            {store.DeadLetterFilter{Query: "TIME OUT"}, []int64{letters[0]}},
			"payload":          {store.DeadLetterFilter{Query: `"b":77`}, []int64{letters[1]}},
			"task":             {store.DeadLetterFilter{Query: "outbox:3"}, []int64{letters[2]}},
			"both":             {store.DeadLetterFilter{Kind: "summary:refresh", Query: "time out"}, nil},
			"wildcards":        {store.DeadLetterFilter{Query: "100%"}, []int64{letters[2]}},
			"state":            {store.DeadLetterFilter{State: "discarded", Query: "outbox"}, nil},
			"rubbish":          {store.DeadLetterFilter{Query: "' OR 1=1 -- \x00"}, nil},
			"blanks are no q":  {store.DeadLetterFilter{Query: "  "}, []int64{letters[2], letters[1], letters[0]}},
			"a kind of nobody": {store.DeadLetterFilter{Kind: "%"}, nil},
		} {
			rows, _, err := b.DeadLetters(ctx, c.filter)
			require.NoError(t, err)
			var ids []int64
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			require.Equal(t, c.want, ids, name)
		}
	})
}

func deadLetters(t *testing.T, b *bench) []int64 {
	t.Helper()
	var ids []int64
	for _, d := range []task.DeadLetter{
		{TaskID: "outbox:1", Kind: "attendance:broadcast", Payload: []byte(`{"v":1}`), Error: "Time Out"},
		{TaskID: "outbox:2", Kind: "summary:refresh", Payload: []byte(`{"b":77}`), Error: "boom"},
		{TaskID: "outbox:3", Kind: "attendance:broadcast", Payload: []byte("\xff\xfe"), Error: "100% lost"},
	} {
		d.DiedAt = start
		id, _, err := b.SaveDeadLetter(t.Context(), d)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

func TestDecidingAboutManyDeadLetters(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		for i := range 205 {
			d := task.DeadLetter{TaskID: "t:" + itoa(i), Queue: task.QueueDefault, Kind: task.RecapBranch,
				Payload: []byte(`{"v":1}`), Error: "Table is away", Attempts: 4, DiedAt: start}
			if i == 0 {
				d.Kind, d.Error = task.SummaryRefresh, "something else"
			}
			_, _, err := b.SaveDeadLetter(ctx, d)
			require.NoError(t, err)
		}
		by := store.Actor{UserID: 7, Address: "10.0.0.1"}
		n, err := b.DecideDeadLetters(ctx, store.DeadLetterFilter{Query: "table IS"}, by, task.DeadRetried, "")
		require.NoError(t, err)
		require.Equal(t, 200, n)
		n, err = b.DecideDeadLetters(ctx, store.DeadLetterFilter{Kind: task.RecapBranch}, by, task.DeadDiscarded,
			"dibuang")
		require.NoError(t, err)
		require.Equal(t, 4, n, "what is left of them")
		waiting, _, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Equal(t, 205+200, waiting, "205 announcements, and what runs again")
		open, _, err := b.DeadLetters(ctx, store.DeadLetterFilter{State: task.DeadOpen})
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Equal(t, task.SummaryRefresh, open[0].Kind)
		gone, _, err := b.DeadLetters(ctx, store.DeadLetterFilter{State: task.DeadDiscarded})
		require.NoError(t, err)
		require.Equal(t, "dibuang", gone[0].Reason)
		require.EqualValues(t, 7, gone[0].DecidedBy)
	})
}

func TestTheDatabasesClock(t *testing.T) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		s, err := store.Open(t.Context(), store.Options{URL: url, Clock: clock.System()})
		require.NoError(t, err, name)
		at, err := s.DB.DatabaseTime(t.Context())
		require.NoError(t, err, name)
		require.WithinDuration(t, time.Now(), at, testkit.Patience, name)
		require.NoError(t, s.Close())
	}
}
