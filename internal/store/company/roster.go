package company

import (
	"context"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// rosterMargin is how many dates on both sides of those asked for a roster must know exactly: a punch may answer the
// window of three dates before its own, whose day has another such window before it, and each is cut by neighbours up
// to three dates away.
const rosterMargin = 9

// EmployeeRoster is an employee with the roster that decides their days.
type EmployeeRoster struct {
	Employee attendance.Employee
	Roster   *attendance.Roster
}

// EmployeesByID returns the employees of the given ids in the order of their ids, in one query; unknown ids are left
// out.
func (s *Plans) EmployeesByID(ctx context.Context, db bun.IDB, ids []int64) ([]attendance.Employee, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows := make([]EmployeeRow, 0, len(ids))
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("load employees: %w", err)
	}
	return employeesOf(rows), nil
}

func employeesOf(rows []EmployeeRow) []attendance.Employee {
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		es[i] = rows[i].Domain()
	}
	return es
}

// Rosters returns the rosters of the given employees, exact for the days of from..to, keyed by employee id; unknown ids
// are left out. It takes three queries per thousand employees.
func (s *Plans) Rosters(ctx context.Context, idb bun.IDB, employeeIDs []int64, from,
	to attendance.Date) (map[int64]*EmployeeRoster, error) {
	all, dates := make(map[int64]*EmployeeRoster, len(employeeIDs)), attendance.Dates{From: from, To: to}
	for ids := range slices.Chunk(employeeIDs, db.IDChunk) {
		es, err := s.EmployeesByID(ctx, idb, ids)
		if err != nil {
			return nil, err
		}
		ref, err := s.Reference(ctx, idb) // after the employees, so that it knows their branches
		if err != nil {
			return nil, err
		}
		if err := (rosters{ref, dates, all}).load(ctx, idb, es); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// RostersOf is Rosters for employees that were read already: one query per thousand.
func RostersOf(ctx context.Context, idb bun.IDB, ref *Reference, es []attendance.Employee,
	dates attendance.Dates) (map[int64]*EmployeeRoster, error) {
	all := make(map[int64]*EmployeeRoster, len(es))
	for chunk := range slices.Chunk(es, db.IDChunk) {
		if err := (rosters{ref, dates, all}).load(ctx, idb, chunk); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// rosters gathers rosters that are exact for some dates.
type rosters struct {
	ref   *Reference
	dates attendance.Dates
	all   map[int64]*EmployeeRoster // by employee
}

// load adds the rosters of employees, whose plans it reads in one query.
func (r rosters) load(ctx context.Context, db bun.IDB, es []attendance.Employee) error {
	if len(es) == 0 {
		return nil
	}
	ids := make([]int64, len(es))
	for i := range es {
		ids[i] = es[i].ID
	}
	var rows []planRow
	known := r.dates.Widened(rosterMargin)
	if err := planOf(db, ids, known).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("load rosters: %w", err)
	}
	plans, err := plansOf(rows, known.From)
	if err != nil {
		return err
	}
	return r.add(es, plans)
}

// add adds the rosters of employees with plans that were read for the dates and the margin around them.
func (r rosters) add(es []attendance.Employee, plans map[int64]*plan) error {
	known := r.dates.Widened(rosterMargin)
	made := make([]EmployeeRoster, len(es))
	bodies := make([]attendance.Roster, len(es))
	places := make([]attendance.Place, 0, len(es)) // most people have one
	for i, e := range es {
		p := plans[e.ID]
		first := len(places)
		if p == nil || len(p.places) == 0 {
			// added by a node of a release before employments
			p = &plan{places: []Placed{{attendance.EverSince, e.BranchID}}}
		}
		for _, at := range p.places {
			b, err := r.ref.Branch(at.Branch)
			if err != nil {
				return fmt.Errorf("employee %d: %w", e.ID, err)
			}
			places = append(places, attendance.Place{From: at.from, Branch: &b.Branch, Zone: b.Location})
		}
		bodies[i] = attendance.Roster{Places: places[first:len(places):len(places)], Shifts: r.ref.Shifts,
			Holidays: r.ref.HolidaysOf(p.places, known.From, known.To), Assignments: p.assignments, Leaves: p.leaves}
		bodies[i].Holidays = append(bodies[i].Holidays, p.holidays...)
		made[i] = EmployeeRoster{Employee: e, Roster: &bodies[i]}
		r.all[e.ID] = &made[i]
	}
	return nil
}

// versionedRow is an employee with the versions of what is kept.
type versionedRow struct {
	EmployeeRow

	PlanVersion int64 `bun:"plan_version,scanonly"`
	Reference   int64 `bun:"reference,scanonly"`
}

func (r *versionedRow) columns() []any {
	return []any{db.Number(&r.ID), &r.Number, &r.Name, db.Number(&r.BranchID), &r.Department, &r.Position, &r.Status,
		&r.HiredOn, &r.LeftOn, &r.Forgotten, db.Number(&r.PlanVersion), db.Number(&r.Reference)}
}

// Roster returns the roster of one employee, exact for the days of dates from..to, in one round trip; what else is to
// be fetched goes with it. Plans are kept as the recorder keeps them. The versions are read first, so what is kept
// with them is at least as new.
func (s *Plans) Roster(ctx context.Context, employeeID int64, from, to attendance.Date,
	more ...db.Fetch) (attendance.Employee, *attendance.Roster, error) {
	dates, ids := attendance.Dates{From: from, To: to}, []int64{employeeID}
	wide := dates.Widened(rosterMargin + planSpare)
	var rows []versionedRow
	var loaded []planRow
	fs := []db.Fetch{{Read: db.ScanColumns(&rows, (*versionedRow).columns),
		Query: s.db.Builder().NewSelect().Table("employees").Column("id", "number", "name", "branch_id", "department",
			"position", "status", "hired_on", "left_on", "forgotten", "plan_version").
			ColumnExpr("("+ReferenceVersion+")").Where("id = ?", employeeID)}}
	load := !s.plans.Contains(employeeID)
	if load {
		fs = append(fs, s.plansFor(ids, wide, &loaded))
	}
	if err := db.Together(ctx, s.db, append(fs, more...)...); err != nil {
		return attendance.Employee{}, nil, db.Failed("load roster", err)
	}
	if len(rows) == 0 {
		return attendance.Employee{}, nil, attendance.NewError(attendance.CodeNotFound, "no such employee")
	}
	e := rows[0].Domain()
	own := s.keptPlan(e.ID, rows[0].PlanVersion, dates.Widened(rosterMargin))
	if own == nil && !load {
		load = true
		if err := db.Together(ctx, s.db, s.plansFor(ids, wide, &loaded)); err != nil {
			return e, nil, db.Failed("load roster", err)
		}
	}
	if load {
		plans := map[int64]*plan{}
		versions := []lockedRow{{id: e.ID, planVersion: rows[0].PlanVersion}}
		if err := s.keepPlans(loaded, ids, versions, wide, plans); err != nil {
			return e, nil, db.Failed("load roster", err)
		}
		own = plans[e.ID]
	}
	ref, err := s.ReferenceAt(ctx, s.db.Read(), rows[0].Reference)
	if err == nil && (!ref.knowsShifts(own) || !ref.knowsPlaces(own)) { // the plans are newer
		ref, err = s.Reference(ctx, s.db.Read())
	}
	all := map[int64]*EmployeeRoster{}
	if err == nil {
		err = rosters{ref, dates, all}.add([]attendance.Employee{e}, map[int64]*plan{e.ID: own})
	}
	if err != nil {
		return e, nil, db.Failed("load roster", err)
	}
	return e, all[e.ID].Roster, nil
}
