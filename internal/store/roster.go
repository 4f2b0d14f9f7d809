package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// rosterMargin is how many dates on both sides of those asked for a roster must know exactly: a punch may belong to the
// window of two dates before its own, and each window is cut by neighbours up to three dates away.
const rosterMargin = 5

// idChunk is how many ids go into one IN list. Long lists cost the optimizer more than a second query would.
const idChunk = 1000

// employeeRoster is an employee with the roster that decides their days.
type employeeRoster struct {
	Employee attendance.Employee
	Roster   *attendance.Roster
}

// employeesByID returns the employees of the given ids in the order of their ids, in one query; unknown ids are left out.
// With lock their rows stay locked until the transaction ends, on databases that have row locks; the order keeps two
// transactions from waiting for each other.
func (s *Store) employeesByID(ctx context.Context, db bun.IDB, ids []int64, lock bool) ([]attendance.Employee, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows := make([]employeeRow, 0, len(ids))
	q := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id")
	if lock {
		q = s.forUpdate(q, "")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("load employees: %w", err)
	}
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		es[i] = rows[i].domain()
	}
	return es, nil
}

// rosters returns the rosters of the given employees, exact for the days of from..to, keyed by employee id; unknown ids
// are left out. It takes three queries per thousand employees.
func (s *Store) rosters(ctx context.Context, db bun.IDB, employeeIDs []int64, from, to attendance.Date) (map[int64]*employeeRoster, error) {
	all := make(map[int64]*employeeRoster, len(employeeIDs))
	for ids := range slices.Chunk(employeeIDs, idChunk) {
		es, err := s.employeesByID(ctx, db, ids, false)
		if err != nil {
			return nil, err
		}
		ref, err := s.reference(ctx, db) // after the employees, so that it knows their branches
		if err != nil {
			return nil, err
		}
		if err := addRosters(ctx, db, ref, es, from, to, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// rostersOf is rosters for employees that were read (and perhaps locked) already: one query per thousand.
func rostersOf(ctx context.Context, db bun.IDB, ref *reference, es []attendance.Employee, from, to attendance.Date) (map[int64]*employeeRoster, error) {
	all := make(map[int64]*employeeRoster, len(es))
	for chunk := range slices.Chunk(es, idChunk) {
		if err := addRosters(ctx, db, ref, chunk, from, to, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// planRow is one row of the three tables that hold an employee's own plan, brought together by UNION ALL: one round trip
// instead of three, which is what the recorder's transactions are made of.
type planRow struct {
	Source     int              `bun:"source"` // planAssignment, planLeave, planHoliday
	ID         int64            `bun:"id"`
	EmployeeID int64            `bun:"employee_id"`
	FromDate   attendance.Date  `bun:"from_date"`
	ToDate     *attendance.Date `bun:"to_date"`
	Detail     string           `bun:"detail"` // the pattern, the leave's kind, the holiday's name
	Working    bool             `bun:"working"`
}

const (
	planAssignment = 1
	planLeave      = 2
	planHoliday    = 3
)

const planQuery = `
SELECT 1 AS source, id, employee_id, from_date, to_date, pattern AS detail, 0 AS working
FROM shift_assignments WHERE employee_id IN (?0) AND from_date <= ?2 AND (to_date IS NULL OR to_date >= ?1)
UNION ALL
SELECT 2, id, employee_id, from_date, to_date, kind, 0
FROM leave_requests WHERE employee_id IN (?0) AND from_date <= ?2 AND to_date >= ?1 AND state = 'approved'
UNION ALL
SELECT 3, id, employee_id, holiday_date, NULL, name, working
FROM holidays WHERE employee_id IN (?0) AND holiday_date BETWEEN ?1 AND ?2`

func addRosters(ctx context.Context, db bun.IDB, ref *reference, es []attendance.Employee, from, to attendance.Date,
	all map[int64]*employeeRoster) error {
	if len(es) == 0 {
		return nil
	}
	from, to = from.AddDays(-rosterMargin), to.AddDays(rosterMargin)
	ids := make([]int64, len(es))
	made := make([]employeeRoster, len(es))
	bodies := make([]attendance.Roster, len(es))
	for i, e := range es {
		b, err := ref.branch(e.BranchID)
		if err != nil {
			return fmt.Errorf("employee %d: %w", e.ID, err)
		}
		ids[i] = e.ID
		bodies[i] = attendance.Roster{Branch: b.Branch, Zone: b.zone, Shifts: ref.shifts,
			Holidays: ref.holidaysOf(e.BranchID, from, to)}
		made[i] = employeeRoster{Employee: e, Roster: &bodies[i]}
		all[e.ID] = &made[i]
	}
	var rows []planRow
	if err := db.NewRaw(planQuery, bun.List(ids), from, to).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("load rosters: %w", err)
	}
	patterns := map[string][]int64{} // a company has a handful of them
	for i := range rows {
		row := &rows[i]
		r := all[row.EmployeeID].Roster
		switch row.Source {
		case planAssignment:
			pattern, ok := patterns[row.Detail]
			if !ok {
				var err error
				if pattern, err = parsePattern(row.Detail); err != nil {
					return fmt.Errorf("assignment %d: %w", row.ID, err)
				}
				patterns[row.Detail] = pattern
			}
			r.Assignments = append(r.Assignments, attendance.Assignment{ID: row.ID, EmployeeID: row.EmployeeID,
				From: row.FromDate, To: row.ToDate, Pattern: pattern})
		case planLeave:
			r.Leaves = append(r.Leaves, attendance.Leave{ID: row.ID, EmployeeID: row.EmployeeID,
				Kind: attendance.LeaveKind(row.Detail), From: row.FromDate, To: *row.ToDate})
		case planHoliday:
			r.Holidays = append(r.Holidays, attendance.Holiday{ID: row.ID, Date: row.FromDate, Name: row.Detail,
				EmployeeID: row.EmployeeID, Working: row.Working})
		}
	}
	return nil
}

func parsePattern(text string) ([]int64, error) {
	var pattern []int64
	if err := json.Unmarshal([]byte(text), &pattern); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	return pattern, nil
}

// employed tells whether the employee counts on a date.
func employed(e *attendance.Employee, d attendance.Date) bool {
	return (e.HiredOn == nil || *e.HiredOn <= d) && (e.LeftOn == nil || *e.LeftOn >= d)
}

// Roster returns the roster of one employee, exact for the days of dates from..to.
func (s *Store) Roster(ctx context.Context, employeeID int64, from, to attendance.Date) (attendance.Employee, *attendance.Roster, error) {
	rs, err := s.rosters(ctx, s.read(), []int64{employeeID}, from, to)
	if err != nil {
		return attendance.Employee{}, nil, failed("load roster", err)
	}
	r, ok := rs[employeeID]
	if !ok {
		return attendance.Employee{}, nil, attendance.NewError(attendance.CodeNotFound, "no such employee")
	}
	return r.Employee, r.Roster, nil
}

// Punches returns an employee's punches that occurred in [from, to), oldest first.
func (s *Store) Punches(ctx context.Context, employeeID int64, from, to time.Time) ([]attendance.Punch, error) {
	var rows []punchRow
	err := s.read().NewSelect().Model(&rows).Where("employee_id = ?", employeeID).
		Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()).Order("occurred_at", "id").Scan(ctx)
	if err != nil {
		return nil, failed("load punches", err)
	}
	ps := make([]attendance.Punch, len(rows))
	for i := range rows {
		ps[i] = rows[i].domain()
	}
	return ps, nil
}
