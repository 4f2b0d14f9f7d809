package requests

import (
	"context"
	"encoding/json"
	"strconv"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
)

// announce leaves the task that tells of a new request, and its audit entry.
func announce(ctx context.Context, tx *ledger.Tx, q *attendance.Request, id int64) error {
	if err := tx.Leave(ctx, task.RequestBroadcast, task.Request{V: 1, Type: q.Type, ID: id}); err != nil {
		return err
	}
	return requested(tx, q, id)
}

// requested leaves the audit entry of a new request.
func requested(tx *ledger.Tx, q *attendance.Request, id int64) error {
	after, err := json.Marshal(contents(q))
	if err != nil {
		return err
	}
	table, _ := requestTable(q.Type)
	tx.Audit(ledger.AuditEntry{Action: string(q.Type) + ".requested", Table: table,
		RowID: strconv.FormatInt(id, 10), After: after})
	return nil
}

// contents are what a request asks for, without what the database adds to it.
func contents(q *attendance.Request) map[string]any {
	if q.Type == attendance.RequestLeave {
		return map[string]any{"employee_id": q.EmployeeID, "kind": q.Kind, "from": q.From, "to": q.To,
			"reason": q.Reason}
	}
	asked := map[string]any{"employee_id": q.EmployeeID, "work_date": q.WorkDate, "reason": q.Reason}
	if q.Adds() {
		asked["direction"], asked["occurred_at"] = q.Direction, q.OccurredAt
	}
	if q.VoidPunchID != 0 {
		asked["void_punch_id"] = q.VoidPunchID
	}
	if q.Claim != "" {
		asked["claim"] = q.Claim
	}
	return asked
}
