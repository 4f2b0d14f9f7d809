package company

import (
	"context"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

// lockedRow is what a transaction needs to know of an employee whose row it locks.
type lockedRow struct {
	id, branch, planVersion int64
	status                  attendance.EmployeeStatus
	hiredOn, leftOn         *attendance.Date
	forgotten               bool
	// reference is reference_version.version. A subquery takes no lock, but may be answered before the statement has
	// waited for its locks.
	reference int64
}

// lockEmployees asks for the employees of ids in the order of their ids, and for their row locks.
func (s *Plans) lockEmployees(ids []int64, into *[]lockedRow) db.Fetch {
	q := s.db.Builder().NewSelect().Table("employees").Column("id", "branch_id", "plan_version", "status", "hired_on",
		"left_on", "forgotten").
		ColumnExpr("("+ReferenceVersion+")").Where("?", db.Among("id", ids)).Order("id")
	return db.Fetch{Query: s.db.ForUpdate(q, ""), Read: db.ScanColumns(into, func(r *lockedRow) []any {
		return []any{db.Number(&r.id), db.Number(&r.branch), db.Number(&r.planVersion), &r.status, &r.hiredOn,
			&r.leftOn, &r.forgotten, db.Number(&r.reference)}
	})}
}

func (s *Plans) plansFor(ids []int64, dates attendance.Dates, into *[]planRow) db.Fetch {
	return db.Fetch{Query: planOf(s.db.Builder(), ids, dates), Read: db.ScanColumns(into, (*planRow).columns)}
}

// LockRosters takes the employees' row locks in the order of their ids, which is what keeps two transactions from
// deadlocking and makes every later read see what the transaction before wrote. Then it gathers their rosters, exact
// for the dates. All this is one round trip, as is what else is to be fetched with it. Of the employees only what a
// lockedRow has is known.
func (s *Plans) LockRosters(ctx context.Context, p *db.Pipeline, ids []int64, dates attendance.Dates,
	more ...db.Fetch) (map[int64]*EmployeeRoster, error) {
	needed := dates.Widened(rosterMargin)
	wide := needed.Widened(planSpare)
	var rows []lockedRow
	fs := []db.Fetch{s.lockEmployees(ids, &rows)}
	unknown := slices.DeleteFunc(slices.Clone(ids), s.plans.Contains)
	var loaded []planRow
	if len(unknown) > 0 {
		fs = append(fs, s.plansFor(unknown, wide, &loaded))
	}
	if err := p.Fetch(ctx, append(fs, more...)...); err != nil {
		return nil, fmt.Errorf("lock employees: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	plans := make(map[int64]*plan, len(rows))
	if err := s.keepPlans(loaded, unknown, rows, wide, plans); err != nil {
		return nil, err
	}
	var missing []int64
	for i := range rows {
		if id := rows[i].id; plans[id] == nil {
			if plans[id] = s.keptPlan(id, rows[i].planVersion, needed); plans[id] == nil {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) > 0 {
		loaded = loaded[:0]
		if err := p.Fetch(ctx, s.plansFor(missing, wide, &loaded)); err != nil {
			return nil, fmt.Errorf("load plans: %w", err)
		}
		if err := s.keepPlans(loaded, missing, rows, wide, plans); err != nil {
			return nil, err
		}
	}
	ref, err := s.referenceFor(ctx, p, rows, plans)
	if err != nil {
		return nil, err
	}
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		r := &rows[i]
		es[i] = attendance.Employee{ID: r.id, BranchID: r.branch, Status: r.status, HiredOn: r.hiredOn,
			LeftOn: r.leftOn, Forgotten: r.forgotten}
	}
	all := make(map[int64]*EmployeeRoster, len(rows))
	return all, rosters{ref, dates, all}.add(es, plans)
}

// referenceFor returns a snapshot of the reference data that knows all that the rows and plans name. What the rows say
// of its version can be older than themselves: they may have waited for the transaction that names something new.
func (s *Plans) referenceFor(ctx context.Context, p *db.Pipeline, rows []lockedRow,
	plans map[int64]*plan) (*Reference, error) {
	ref, err := s.ReferenceAt(ctx, p.Conn, rows[0].reference)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		own := plans[rows[i].id]
		if _, err := ref.Branch(rows[i].branch); err != nil || !ref.knowsShifts(own) || !ref.knowsPlaces(own) {
			return loadReference(ctx, p.Conn, rows[0].reference)
		}
	}
	return ref, nil
}

func (ref *Reference) knowsShifts(p *plan) bool {
	for i := range p.assignments {
		for _, id := range p.assignments[i].Pattern {
			if _, ok := ref.Shifts[id]; !ok && id != 0 {
				return false
			}
		}
	}
	return true
}

func (ref *Reference) knowsPlaces(p *plan) bool {
	return !slices.ContainsFunc(p.places, func(at Placed) bool { return ref.Branches[at.Branch] == nil })
}
