package requests

import (
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
)

// touched are the days that change when a request comes into a state: none unless it is approved or revoked.
func touched(q *requestRow, to attendance.RequestState) []ledger.Touch {
	if to != attendance.RequestApproved && to != attendance.RequestRevoked {
		return nil
	}
	t := ledger.Touch{EmployeeIDs: []int64{q.EmployeeID}}
	switch {
	case q.WorkDate != nil:
		t.From, t.To = *q.WorkDate, *q.WorkDate
	case q.From != nil && q.To != nil:
		t.From, t.To = *q.From, *q.To
	default:
		return nil
	}
	return []ledger.Touch{t}
}
