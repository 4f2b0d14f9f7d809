package demo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/demo"
	"hadir/internal/store/days"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// hurrying is a clock that goes on by three minutes whenever it is looked at, so that a day goes by in a moment.
type hurrying struct{ *clock.Manual }

func (h hurrying) Now() time.Time {
	h.Advance(3 * time.Minute)
	return h.Manual.Now()
}

// watching passes punches on and shows them.
type watching struct {
	*days.Recorder
	seen chan attendance.Recorded
}

func (w *watching) Record(ctx context.Context, p attendance.NewPunch) (attendance.Recorded, error) {
	r, err := w.Recorder.Record(ctx, p)
	if err == nil {
		select {
		case w.seen <- r:
		case <-ctx.Done():
		}
	}
	return r, err
}

func TestLivePeopleBehave(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)) // Tuesday, 05:00 in Jakarta
	s := openStore(t, c)
	_, err := demo.Seed(t.Context(), s, demo.Options{Clock: c, Employees: 48, Days: 3})
	require.NoError(t, err)
	recorder := days.NewRecorder(s.Days, days.RecorderOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- recorder.Run(ctx) }()
	w := &watching{recorder, make(chan attendance.Recorded)}
	lived := make(chan error, 1)
	go func() {
		lived <- demo.Live(ctx,
			demo.LiveOptions{Lists: s.Lists, Recorder: w, Clock: hurrying{c}, Log: slog.New(slog.DiscardHandler),
				Every: time.Microsecond})
	}()

	directions := map[attendance.Direction]int{}
	branches := map[int64]bool{}
	type who struct {
		employee int64
		date     attendance.Date
	}
	last := map[who]attendance.Direction{}
	for end := c.Now().Add(16 * time.Hour); c.Now().Before(end); {
		var r attendance.Recorded
		select {
		case r = <-w.seen:
		case <-time.After(testkit.Patience):
			t.Fatal("nobody moves")
		}
		require.False(t, r.Replayed)
		require.Equal(t, attendance.SourceDemo, r.Punch.Source)
		require.NotContains(t, r.Day.Flags, attendance.FlagOffShift)
		require.NotContains(t, r.Day.Flags, attendance.FlagNoCheckIn)
		require.NotContains(t, r.Day.Flags, attendance.FlagOnLeave)
		k := who{r.Punch.EmployeeID, r.Day.WorkDate}
		switch r.Punch.Direction {
		case attendance.In:
			require.Empty(t, last[k], "nobody comes twice")
		case attendance.Out:
			require.True(t, r.Punch.OccurredAt.After(*r.Day.ShiftEnd), "nobody leaves before the end")
		case attendance.BreakOut:
			require.NotEqual(t, attendance.BreakOut, last[k])
			require.NotEqual(t, attendance.Out, last[k])
		case attendance.BreakIn:
			require.Equal(t, attendance.BreakOut, last[k])
		}
		last[k] = r.Punch.Direction
		directions[r.Punch.Direction]++
		branches[r.Punch.BranchID] = true
	}
	require.Greater(t, directions[attendance.In], 25)
	require.Greater(t, directions[attendance.Out], 20)
	require.Greater(t, directions[attendance.BreakOut], 20)
	require.Len(t, branches, 3)
	cancel()
	require.NoError(t, <-lived)
	<-ran
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
