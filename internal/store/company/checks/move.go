package checks

import (
	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

// MoveReason checks the reason of a move that somebody orders.
func MoveReason(s string) error {
	if s == "" {
		return attendance.Invalid("reason", "A move needs a reason.")
	}
	return db.CheckTexts(db.Lines("reason", s, 1, 500))
}
