package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"
	"hadir/internal/task"
)

// Keep is how long personal data is kept that days do not need. A zero duration keeps it.
type Keep struct {
	Positions time.Duration // of punches
	Addresses time.Duration // of sign-ins and in the audit log, with the browsers
	Leavers   int           // days after the last one at which a leaver is forgotten; 0 for never
}

// sweepBatches bounds one run: what is left is for the next one, an hour later.
const sweepBatches = 200

// retention closes the accounts of leavers, and removes what is older than the settings allow. It goes on where the run
// before stopped. What fails of it leaves the rest alone.
func (w *Worker) retention(ctx context.Context, _ task.Tick) error {
	closed, err := w.o.Store.Users.CloseLeavers(ctx)
	if closed > 0 {
		w.o.Log.InfoContext(ctx, "accounts of employees were disabled whose last day is over", "employees", closed)
	}
	if err = errors.Join(err, w.removeOld(ctx), w.forgetLeavers(ctx)); err != nil {
		return fmt.Errorf("worker: retention: %w", err)
	}
	return nil
}

// removeOld removes what is older than the settings allow.
func (w *Worker) removeOld(ctx context.Context) error {
	const sessionsAtOnce = 500
	p, k := w.o.Store.Persons, w.o.Keep
	for _, s := range []struct {
		what string
		keep time.Duration
		step func(ctx context.Context, before time.Time) (persons.Swept, error)
	}{
		{"positions", k.Positions, p.ForgetPositions},
		{"positions", k.Positions, p.ForgetClaimedPositions},
		{"addresses", k.Addresses, p.ForgetAddresses},
		{"browsers", k.Addresses, func(ctx context.Context, before time.Time) (persons.Swept, error) {
			return p.ForgetBrowsers(ctx, before, sessionsAtOnce)
		}},
	} {
		if s.keep <= 0 {
			continue
		}
		before, removed := w.o.Clock.Now().Add(-s.keep), 0
		for n := 0; n < sweepBatches; n++ {
			swept, err := s.step(ctx, before)
			if err != nil {
				return err
			}
			removed += swept.Removed
			w.removed.WithLabelValues(s.what).Add(float64(swept.Removed))
			if !swept.More {
				break
			}
		}
		if removed > 0 {
			w.o.Log.InfoContext(ctx, "personal data was removed, as the settings ask for", "what", s.what, "rows",
				removed, "before", before)
		}
	}
	return nil
}

// forgetLeavers gives a pseudonym to whoever left long ago. Who cannot be forgotten yet is tried again next time.
func (w *Worker) forgetLeavers(ctx context.Context) error {
	const page = 100
	if w.o.Keep.Leavers <= 0 {
		return nil
	}
	before := attendance.DateOf(w.o.Clock.Now(), time.UTC).AddDays(-w.o.Keep.Leavers)
	forgotten := 0
	for after := int64(0); ; {
		ids, err := w.o.Store.Persons.Leavers(ctx, before, after, page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, err := w.o.Store.Persons.Pseudonymise(ctx, ledger.Actor{}, persons.Ending{EmployeeID: id})
			switch attendance.CodeOf(err) {
			case "":
				forgotten++
			case attendance.CodeStillEmployed, attendance.CodeNotSettled, attendance.CodeForgotten:
			default:
				return err
			}
		}
		if len(ids) < page {
			break
		}
		after = ids[len(ids)-1]
	}
	if forgotten > 0 {
		w.removed.WithLabelValues("leavers").Add(float64(forgotten))
		w.o.Log.InfoContext(ctx, "leavers were forgotten, as the settings ask for", "employees", forgotten, "before",
			before)
	}
	return nil
}
