package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store/days/lists"
)

// Recorder takes the punches; it is what requests use too, so they travel the same way to the screens.
type Recorder interface {
	Record(ctx context.Context, p attendance.NewPunch) (attendance.Recorded, error)
}

// LiveOptions configures Live.
type LiveOptions struct {
	Lists    *lists.Lists
	Recorder Recorder
	Clock    clock.Clock
	Log      *slog.Logger
	Every    time.Duration // mean time between two punches; 0 means 2 s
	Random   uint64
}

// Live lets the demo company's people arrive, take breaks and leave, one about every Every, until ctx ends. Who punches
// fits the hour: whoever is due and not in checks in, whoever is in when the shift is over checks out, and while
// neither is the case people go on breaks and come back.
func Live(ctx context.Context, o LiveOptions) error {
	if o.Every <= 0 {
		o.Every = 2 * time.Second
	}
	l := &live{o: o, rng: rand.New(rand.NewPCG(o.Random, uint64(o.Clock.Now().UnixNano()))),
		away: map[int64]time.Time{}}
	for {
		pause := o.Every/2 + time.Duration(l.rng.Int64N(int64(o.Every)+1))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if err := l.step(ctx); err != nil && ctx.Err() == nil {
			o.Log.WarnContext(ctx, "demo punch", "error", err)
		}
	}
}

type live struct {
	o    LiveOptions
	rng  *rand.Rand
	away map[int64]time.Time // on a break since
}

// move is a punch that somebody could make now.
type move struct {
	employee  int64
	direction attendance.Direction
}

// step makes one move, if there is one.
func (l *live) step(ctx context.Context) error {
	now := l.o.Clock.Now()
	var rows []attendance.Entry
	for cursor := ""; ; {
		page, next, err := l.o.Lists.Today(ctx, lists.DayFilter{Limit: 500, Cursor: cursor}, now)
		if err != nil {
			return err
		}
		rows = append(rows, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	m, ok := l.choose(rows, now)
	if !ok {
		return nil
	}
	_, err := l.o.Recorder.Record(ctx, attendance.NewPunch{
		EmployeeID: m.employee, Direction: m.direction, OccurredAt: now, Source: attendance.SourceDemo,
		IdempotencyKey: fmt.Sprintf("demo:%s:%d", m.direction, now.UnixMicro()),
	})
	if err != nil {
		return err
	}
	switch m.direction {
	case attendance.BreakOut:
		l.away[m.employee] = now
	default:
		delete(l.away, m.employee)
	}
	return nil
}

// choose draws one of the moves that fit the hour; arrivals and departures come before breaks.
func (l *live) choose(rows []attendance.Entry, now time.Time) (move, bool) {
	var due, out, back []move
	inside := 0
	for i := range rows {
		d := &rows[i].Day
		if d.ShiftStart == nil || d.ShiftEnd == nil || d.WindowOpens == nil || d.WindowCloses == nil ||
			now.Before(*d.WindowOpens) || !now.Before(*d.WindowCloses) || d.LastOut != nil {
			continue
		}
		switch {
		case d.FirstIn == nil:
			if d.Status == attendance.StatusPending && !staysAway(d) && now.After(d.ShiftStart.Add(-25*time.Minute)) &&
				now.Before(d.ShiftEnd.Add(-2*time.Hour)) {
				due = append(due, move{d.EmployeeID, attendance.In})
			}
		case now.After(*d.ShiftEnd):
			due = append(due, move{d.EmployeeID, attendance.Out})
		case now.Sub(*d.FirstIn) > 30*time.Minute:
			inside++
			since, gone := l.away[d.EmployeeID]
			if !gone {
				out = append(out, move{d.EmployeeID, attendance.BreakOut})
			} else if now.Sub(since) > time.Minute {
				back = append(back, move{d.EmployeeID, attendance.BreakIn})
			}
		}
	}
	// A sixth of the people at most are on a break together.
	crowded := len(l.away)*6 > inside
	for _, moves := range [][]move{due, l.either(out, back, crowded)} {
		if len(moves) > 0 {
			return moves[l.rng.IntN(len(moves))], true
		}
	}
	return move{}, false
}

func (l *live) either(out, back []move, crowded bool) []move {
	if len(back) > 0 && (crowded || len(out) == 0 || l.rng.IntN(2) == 0) {
		return back
	}
	if crowded {
		return nil
	}
	return out
}

// staysAway picks the few who will not come that day, the same ones however often it is asked.
func staysAway(d *attendance.Day) bool {
	return (uint64(d.EmployeeID)*31+uint64(d.WorkDate)*17)%100 < absentPercent
}
