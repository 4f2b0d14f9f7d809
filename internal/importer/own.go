package importer

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
)

// Own is the rule about the own days for an import.
type Own struct {
	EmployeeID int64
	// Alone is told before the own punches of some dates are written; it is set if nobody else could import them. Nil
	// refuses them.
	Alone func(ctx context.Context, from, to attendance.Date) error
}

// tellOwn says of which dates a batch holds punches of whoever imports it alone, a day more at both ends: a night's
// punch may count for the date before, and zones differ.
func (p *punchRun) tellOwn(ctx context.Context, batch []PunchRow) error {
	own := p.o.Own
	if own == nil || own.Alone == nil {
		return nil
	}
	var dates []attendance.Date
	for i := range batch {
		if batch[i].Employee.ID == own.EmployeeID {
			dates = append(dates, attendance.DateOf(batch[i].Punch.OccurredAt, time.UTC))
		}
	}
	if len(dates) == 0 {
		return nil
	}
	return own.Alone(ctx, slices.Min(dates)-1, slices.Max(dates)+1)
}
