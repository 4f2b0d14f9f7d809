package requests

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
)

// mostAsked is how many requests of a kind are taken about one person within askedWithin, whatever becomes of them:
// what the days of a whole month need, three times. Each is kept for good, and told to whoever looks after the branch.
const (
	mostAsked   = 100
	askedWithin = 24 * time.Hour
)

// seldom refuses a request about somebody about whom there are so many already: CodeTooManyRequests in a Later. Claims
// have bounds of their own.
func seldom(ctx context.Context, tx *ledger.Tx, q *attendance.Request) error {
	table, _ := requestTable(q.Type)
	var rows []struct {
		At time.Time `bun:"requested_at"`
	}
	before := tx.NewSelect().Table(table).Column("requested_at").Where("employee_id = ?", q.EmployeeID).
		Where("requested_at > ?", tx.Now.Add(-askedWithin)).Order("requested_at DESC").Limit(mostAsked)
	if q.Type == attendance.RequestCorrection {
		before = before.Where("claim = ''")
	}
	if err := before.Scan(ctx, &rows); err != nil || len(rows) < mostAsked {
		return err
	}
	return attendance.Later{RetryAt: rows[mostAsked-1].At.Add(askedWithin), Cause: attendance.NewError(
		attendance.CodeTooManyRequests, "So many requests about one person are not taken within a day.")}
}
