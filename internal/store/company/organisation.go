package company

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
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

// AddAssignments inserts assignments of a company that is being set up, in one transaction and in the system's name; no
// day is computed again. One that begins on the same date as another of the same employee takes its place. A pattern
// that does not have seven entries per week, or an unknown employee, is CodeInvalid.
func (s *Assignments) AddAssignments(ctx context.Context, as []attendance.Assignment) error {
	type order struct {
		from, to attendance.Date
		pattern  string
	}
	var orders []attendance.Assignment // without employees
	people := map[order][]int64{}
	key := func(a attendance.Assignment) order {
		return order{a.From, attendance.DateOr(a.To, attendance.OpenEnd), fmt.Sprint(a.Pattern)}
	}
	for _, a := range as {
		if len(a.Pattern) == 0 || len(a.Pattern)%7 != 0 {
			return attendance.Invalid("pattern", "a pattern has seven entries per week")
		}
		if a.To != nil && *a.To < a.From {
			return attendance.Invalid("to", "an assignment ends no earlier than it begins")
		}
		k := key(a)
		if people[k] == nil {
			orders = append(orders, a)
		}
		people[k] = append(people[k], a.EmployeeID)
	}
	ids := EmployeesIn(as, func(a attendance.Assignment) int64 { return a.EmployeeID })
	return db.Added("assignments", s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		if err := TouchPlans(ctx, tx.Tx, ids); err != nil {
			return err
		}
		for _, plan := range orders {
			for chunk := range slices.Chunk(people[key(plan)], assignmentsPerTask) {
				if err := s.assign(ctx, tx, chunk, plan); err != nil {
					return err
				}
			}
		}
		return s.begins.ReachBack(ctx, tx.Tx, ids)
	}))
}
