package ledger

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/task"
)

// OwnTouched is what an entry OwnDaysChanged holds: the first and the last date, and, where dates between them were not
// touched, the runs of those that were.
type OwnTouched struct {
	attendance.Dates

	Runs []attendance.Dates `json:"runs,omitempty"`
}

// NewOwnTouched puts runs of dates together, which come in their order; nil for none.
func NewOwnTouched(runs ...attendance.Dates) *OwnTouched {
	var t OwnTouched
	for _, r := range runs {
		if n := len(t.Runs); n > 0 && r.From <= t.Runs[n-1].To+1 {
			t.Runs[n-1].To = max(t.Runs[n-1].To, r.To)
		} else if r.From <= r.To {
			t.Runs = append(t.Runs, r)
		}
	}
	n := len(t.Runs)
	if n == 0 {
		return nil
	}
	t.From, t.To = t.Runs[0].From, t.Runs[n-1].To
	if n == 1 {
		t.Runs = nil
	}
	return &t
}

// holds tells whether a date was touched.
func (t *OwnTouched) holds(d attendance.Date) bool {
	within := func(r attendance.Dates) bool { return r.From <= d && d <= r.To }
	return within(t.Dates) && (len(t.Runs) == 0 || slices.ContainsFunc(t.Runs, within))
}

// OwnEntry is the entry of a change that somebody made of their own days.
func OwnEntry(employeeID int64, t OwnTouched) (AuditEntry, error) {
	after, err := json.Marshal(t)
	return AuditEntry{Action: OwnDaysChanged, Table: OwnDaysTable, RowID: strconv.FormatInt(employeeID, 10),
		After: after}, err
}

// ownLimit bounds how many changes of the own days are told of one day, the latest ones.
const ownLimit = 500

// OwnChanges returns when an employee changed their day of a date themselves, since nobody else could, and under which
// name; the latest first.
func (s *Audit) OwnChanges(ctx context.Context, employeeID int64, d attendance.Date) ([]attendance.Reason, error) {
	var rows []auditRow
	err := s.db.Read().NewSelect().Model(&rows).Where("al.table_name = ?", OwnDaysTable).
		Where("al.row_id = ?", strconv.FormatInt(employeeID, 10)).Order("al.id DESC").Limit(ownLimit).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, db.Failed("list changes of own days", err)
	}
	users, err := s.auditors(ctx, rows)
	if err != nil {
		return nil, db.Failed("list changes of own days", err)
	}
	var out []attendance.Reason
	told := map[time.Time]bool{} // one act may touch a day in two ways
	for _, r := range rows {
		var t OwnTouched
		if r.AfterJSON == nil || json.Unmarshal([]byte(*r.AfterJSON), &t) != nil || !t.holds(d) {
			continue
		}
		at := r.CreatedAt.UTC()
		if !told[at] {
			told[at] = true
			out = append(out, attendance.Reason{Code: attendance.ReasonOwnChange, Name: users[r.UserID].Name, At: &at})
		}
	}
	return out, nil
}

// Touch says which days a change of data changes: of some employees, of whoever belongs to a branch on them, of whoever
// works a shift on dates that are computed again, or, with none of these, of everybody.
type Touch struct {
	EmployeeIDs []int64
	BranchID    int64
	ShiftID     int64           // From and To do not count; asked before the change writes anything
	From, To    attendance.Date // both inclusive; To may be attendance.OpenEnd
	AdminsOnly  bool            // no branch admin could make this change
	Decided     bool            // whether it lies in the caller's scope was asked before, of the whole
}

// TouchOf are the days that a task computes again. Only administrators change what concerns everybody.
func TouchOf(r task.Recompute) Touch {
	return Touch{EmployeeIDs: r.EmployeeIDs, BranchID: r.BranchID, From: r.From, To: r.To,
		AdminsOnly: r.BranchID == 0 && r.EmployeeIDs == nil}
}

// TouchMade asks the rules about a day of an employee where whoever acts may be that employee by an account of their
// making. It is for decisions that nobody takes about themselves at all: those refuse the employee's own account.
func TouchMade(ctx context.Context, tx *Tx, employeeID int64, d attendance.Date) error {
	if by := tx.By(); by.Is(employeeID) || !by.MayBe(employeeID) {
		return nil
	}
	return tx.Touch(ctx, Touch{EmployeeIDs: []int64{employeeID}, From: d, To: d, Decided: true})
}

// TouchRule decides about days that change together. What stands against some of the employees only is
// attendance.Refused.
type TouchRule func(ctx context.Context, tx *Tx, ts []Touch) error

// AskRules sets what Tx.Touch asks, in this order. It is called before anything is changed.
func (s *Ledger) AskRules(rules ...TouchRule) { s.rules = rules }

// Touch is called by every change of what days are made of, at once for all days of a change. An error of a rule ends
// the change. Without days nothing is asked.
func (t *Tx) Touch(ctx context.Context, days ...Touch) error {
	if len(days) == 0 {
		return nil
	}
	for _, rule := range t.rules {
		if err := rule(ctx, t, days); err != nil {
			return err
		}
	}
	return nil
}
