package company

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Branches returns branches by ids (nil: all), ordered by code.
func (s *Branches) Branches(ctx context.Context, ids []int64) ([]attendance.Branch, error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("load branches", err)
	}
	selected := ref.SelectBranches(ids)
	bs := make([]attendance.Branch, len(selected))
	for i, b := range selected {
		bs[i] = b.Branch
		bs[i].Sites = slices.Clone(b.Sites)
	}
	return bs, nil
}

// Shifts returns all shifts, ordered by code.
func (s *Shifts) Shifts(ctx context.Context) ([]attendance.Shift, error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("load shifts", err)
	}
	shifts := make([]attendance.Shift, 0, len(ref.Shifts))
	for _, sh := range ref.Shifts {
		shifts = append(shifts, sh)
	}
	slices.SortFunc(shifts, func(a, b attendance.Shift) int { return strings.Compare(a.Code, b.Code) })
	return shifts, nil
}

// SaveBranch inserts (ID 0) or updates a branch of a company that is being set up, under the limits of AddBranch, and
// returns it with its id. A taken code is CodeConflict, an unknown id
// CodeNotFound, an unknown zone CodeInvalidZone.
func (s *Branches) SaveBranch(ctx context.Context, b attendance.Branch) (attendance.Branch, error) {
	if err := checkWholeBranch(&b); err != nil {
		return b, err
	}
	row, err := newBranchRow(b)
	if err != nil {
		return b, db.Failed("save branch", err)
	}
	err = s.plans.saveReference(ctx, &row, b.ID, "branch")
	b.ID = row.ID
	return b, err
}

func checkBranch(b *attendance.Branch) error {
	b.Code, b.Name = strings.TrimSpace(b.Code), strings.TrimSpace(b.Name)
	// "Local" is whatever the machine is set to, and "" is UTC by accident.
	if _, err := time.LoadLocation(b.Zone); err != nil || b.Zone == "" || b.Zone == "Local" {
		return &attendance.Error{Code: attendance.CodeInvalidZone, Field: "zone", Cause: err,
			Message: fmt.Sprintf("%q is not the IANA name of a time zone", b.Zone)}
	}
	switch b.Policy {
	case "":
		b.Policy = attendance.PolicyRecord
	case attendance.PolicyRecord, attendance.PolicyFlag, attendance.PolicyBlock:
	default:
		return attendance.Invalid("policy", "the policy is record, flag or block")
	}
	return db.CheckLengths(
		db.Text("code", b.Code, 1, 32),
		db.Text("name", b.Name, 1, 200),
		db.Text("zone", b.Zone, 1, 64),
	)
}

// SaveShift is SaveBranch for shifts.
func (s *Shifts) SaveShift(ctx context.Context, sh attendance.Shift) (attendance.Shift, error) {
	sh.Code, sh.Name = strings.TrimSpace(sh.Code), strings.TrimSpace(sh.Name)
	sh.BreakMode = cmp.Or(sh.BreakMode, attendance.BreakFixed)
	if err := db.CheckLengths(db.Text("code", sh.Code, 1, 32), db.Text("name", sh.Name, 1, 100)); err != nil {
		return sh, err
	}
	row := newShiftRow(sh)
	err := s.plans.saveReference(ctx, &row, sh.ID, "shift")
	sh.ID = row.ID
	return sh, err
}

// saveReference writes one row of a table that reference caches; row is a pointer to a row model with its id.
func (s *Plans) saveReference(ctx context.Context, row any, id int64, what string) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if id == 0 {
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
			return bumpReference(ctx, tx)
		}
		res, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, attendance.NewError(attendance.CodeNotFound, "no such "+what))
		}
		return bumpReference(ctx, tx)
	})
	if db.Duplicate(err) {
		return &attendance.Error{Code: attendance.CodeConflict, Field: "code", Message: "the code is taken", Cause: err}
	}
	return db.Failed("save "+what, err)
}

// AddAssignments inserts assignments in one transaction; one that begins on the same date as another of the same
// employee takes its place. A pattern that does not have seven entries per week, or an unknown employee, is
// CodeInvalid.
func (s *Assignments) AddAssignments(ctx context.Context, as []attendance.Assignment) error {
	rows := make([]assignmentRow, len(as))
	for i, a := range as {
		if len(a.Pattern) == 0 || len(a.Pattern)%7 != 0 {
			return attendance.Invalid("pattern", "a pattern has seven entries per week")
		}
		if a.To != nil && *a.To < a.From {
			return attendance.Invalid("to", "an assignment ends no earlier than it begins")
		}
		var err error
		if rows[i], err = newAssignmentRow(a); err != nil {
			return db.Failed("add assignments", err)
		}
		rows[i].ID = 0
	}
	sets := []string{"to_date = " + s.db.Inserted("to_date"), "pattern = " + s.db.Inserted("pattern"),
		"phase = " + s.db.Inserted("phase")}
	ids := employeesIn(as, func(a attendance.Assignment) int64 { return a.EmployeeID })
	return added("assignments", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := touchPlans(ctx, tx, ids); err != nil {
			return err
		}
		for chunk := range slices.Chunk(rows, db.RowsPerInsert) {
			q := tx.NewInsert().Model(&chunk).Returning("NULL")
			if _, err := s.db.Upsert(q, "employee_id, from_date", sets...).Exec(ctx); err != nil {
				return err
			}
		}
		return s.plans.reachBack(ctx, tx, ids)
	}))
}

// AddHolidays is AddHoliday for many, for a company that is being set up: no day is computed again. An unknown branch
// or employee is CodeInvalid.
func (s *Holidays) AddHolidays(ctx context.Context, hs []attendance.Holiday) error {
	rows := make([]holidayRow, len(hs))
	cached := false
	for i, h := range hs {
		if err := checkHoliday(&h); err != nil {
			return err
		}
		rows[i] = newHolidayRow(h)
		rows[i].ID = 0
		cached = cached || h.EmployeeID == 0
	}
	return added("holidays", s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		if err := touchPlans(ctx, tx.Tx, employeesIn(hs, employeeOf)); err != nil {
			return err
		}
		if err := s.onlyOne(ctx, tx, hs...); err != nil {
			return err
		}
		if err := db.InsertAll(ctx, tx, rows); err != nil || !cached {
			return err
		}
		return bumpReference(ctx, tx.Tx)
	}))
}

// AddLeaves inserts leaves, as requests that are approved, in one transaction. An unknown employee is CodeInvalid.
func (s *Requests) AddLeaves(ctx context.Context, ls []attendance.Leave) error {
	now := s.db.Clock.Now()
	rows := make([]leaveRow, len(ls))
	for i, l := range ls {
		if l.To < l.From {
			return attendance.Invalid("to", "a leave ends no earlier than it begins")
		}
		rows[i] = leaveRow{EmployeeID: l.EmployeeID, Kind: string(l.Kind), FromDate: l.From, ToDate: l.To,
			State: LeaveApproved, RequestedAt: now, DecidedAt: &now}
	}
	return added("leaves", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := touchPlans(ctx, tx,
			employeesIn(ls, func(l attendance.Leave) int64 { return l.EmployeeID })); err != nil {
			return err
		}
		return db.InsertAll(ctx, tx, rows)
	}))
}

// employeesIn returns the employees that rows name, without those that name none.
func employeesIn[R any](rows []R, employee func(R) int64) []int64 {
	var ids []int64
	for _, r := range rows {
		if id := employee(r); id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func added(what string, err error) error {
	if db.DanglingReference(err) {
		return &attendance.Error{Code: attendance.CodeInvalid,
			Message: "the " + what + " name an employee or branch that does not exist",
			Cause:   err}
	}
	return db.Failed("add "+what, err)
}
