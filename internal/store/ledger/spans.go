package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"
)

const (
	// mostSpans is how many different dates one change leaves tasks for. Where there are more, those that begin near
	// one another share one: a day that did not change comes out as it is.
	mostSpans = 50
	// employeesPerTask bounds a task.
	employeesPerTask = 500
)

// Spans are dates, and the employees whose days of them change.
type Spans map[attendance.Dates][]int64

// Add adds employees to those of some dates.
func (s Spans) Add(dates attendance.Dates, employees ...int64) {
	s[dates] = append(s[dates], employees...)
}

// sorted returns the dates, so that a change asks and leaves the same however often it runs.
func (s Spans) sorted() []attendance.Dates {
	return slices.SortedFunc(maps.Keys(s), func(a, b attendance.Dates) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// Touch is Tx.Touch for all of them at once.
func (s Spans) Touch(ctx context.Context, tx *Tx) error {
	ts := make([]Touch, 0, len(s))
	for _, d := range s.sorted() {
		ts = append(ts, Touch{EmployeeIDs: s[d], From: d.From, To: d.To})
	}
	return tx.Touch(ctx, ts...)
}

// Recompute leaves tasks that compute the days again, as far back as days are closed at all; employees with the same
// dates share one.
func (s Spans) Recompute(ctx context.Context, tx *Tx) error {
	today, due := attendance.DateOf(tx.Now, time.UTC), Spans{}
	for d, ids := range s {
		d.From, d.To = max(d.From, today-attendance.RecapReach), min(d.To, today+2)
		if d.From <= d.To {
			due.Add(d, ids...)
		}
	}
	for near := range slices.Chunk(due.sorted(), 1+(len(due)-1)/mostSpans) {
		dates, ids := near[0], []int64(nil)
		for _, d := range near {
			dates.To = max(dates.To, d.To)
			ids = append(ids, due[d]...)
		}
		slices.Sort(ids)
		for chunk := range slices.Chunk(slices.Compact(ids), employeesPerTask) {
			r := task.Recompute{V: 1, EmployeeIDs: chunk, From: dates.From, To: dates.To}
			if err := tx.Leave(ctx, task.AttendanceRecompute, r); err != nil {
				return err
			}
		}
	}
	return nil
}
