package company

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// plan is what concerns one employee alone, for some dates. It is shared between goroutines and must not be modified.
type plan struct {
	version     int64            // employees.plan_version
	dates       attendance.Dates // those it was loaded for
	assignments []attendance.Assignment
	leaves      []attendance.Leave
	holidays    []attendance.Holiday
	places      []Placed // by date; the first covers the first of the dates
}

// Placed is the branch of an employee from a date on.
type Placed struct {
	from   attendance.Date
	Branch int64
}

const (
	// planCache is how many employees' plans are kept, of some 350 bytes each.
	planCache = 100_000
	// planSpare is how many more dates a kept plan covers on both sides of those asked for, so that it serves the next
	// days.
	planSpare = 14
)

// planRow is one row of the four tables that hold an employee's own plan, brought together by UNION ALL: one round trip
// instead of four, which is what the recorder's transactions are made of.
type planRow struct {
	Source     int              `bun:"source"` // planAssignment, planLeave, planHoliday, planPlace
	ID         int64            `bun:"id"`     // of a place: the branch
	EmployeeID int64            `bun:"employee_id"`
	FromDate   attendance.Date  `bun:"from_date"`
	ToDate     *attendance.Date `bun:"to_date"`
	Detail     string           `bun:"detail"` // the pattern, the leave's kind, the holiday's name
	Working    bool             `bun:"working"`
}

func (r *planRow) columns() []any {
	return []any{db.Number(&r.Source), db.Number(&r.ID), db.Number(&r.EmployeeID), &r.FromDate, &r.ToDate, &r.Detail,
		&r.Working}
}

const (
	planAssignment = 1
	planLeave      = 2
	planHoliday    = 3
	planPlace      = 4
)

// planQuery asks for the own plans of the employees whom ?0 chooses that touch the dates ?1..?2, and for all their
// employments that began by then.
const planQuery = `
SELECT 1 AS source, id, employee_id, from_date, to_date, pattern AS detail, 0 AS working
FROM shift_assignments WHERE ?0 AND from_date <= ?2 AND (to_date IS NULL OR to_date >= ?1)
UNION ALL
SELECT 2, id, employee_id, from_date, to_date, kind, 0
FROM leave_requests WHERE ?0 AND from_date <= ?2 AND to_date >= ?1 AND state = 'approved'
UNION ALL
SELECT 3, id, employee_id, holiday_date, NULL, name, working
FROM holidays WHERE ?0 AND holiday_date BETWEEN ?1 AND ?2
UNION ALL
SELECT 4, branch_id, employee_id, from_date, NULL, '', 0
FROM employments WHERE ?0 AND from_date <= ?2`

// planOf asks for the employees' own plans that touch some dates. The ids are in ascending order.
func planOf(idb bun.IDB, ids []int64, dates attendance.Dates) *bun.RawQuery {
	return idb.NewRaw(planQuery, db.Among("employee_id", ids), dates.From, dates.To)
}

// plansOf gives the rows to their employees, of the employments those that hold from a date on.
func plansOf(rows []planRow, from attendance.Date) (map[int64]*plan, error) {
	all := make(map[int64]*plan, len(rows))
	patterns := map[string][]int64{} // a company has a handful of them
	for i := range rows {
		row := &rows[i]
		p := all[row.EmployeeID]
		if p == nil {
			p = &plan{}
			all[row.EmployeeID] = p
		}
		switch row.Source {
		case planAssignment:
			pattern, ok := patterns[row.Detail]
			if !ok {
				var err error
				if pattern, err = ParsePattern(row.Detail); err != nil {
					return nil, fmt.Errorf("assignment %d: %w", row.ID, err)
				}
				patterns[row.Detail] = pattern
			}
			p.assignments = append(p.assignments, attendance.Assignment{ID: row.ID, EmployeeID: row.EmployeeID,
				From: row.FromDate, To: row.ToDate, Pattern: pattern})
		case planLeave:
			p.leaves = append(p.leaves, attendance.Leave{ID: row.ID, EmployeeID: row.EmployeeID,
				Kind: attendance.LeaveKind(row.Detail), From: row.FromDate, To: *row.ToDate})
		case planHoliday:
			p.holidays = append(p.holidays, attendance.Holiday{ID: row.ID, Date: row.FromDate, Name: row.Detail,
				EmployeeID: row.EmployeeID, Working: row.Working})
		case planPlace:
			p.places = append(p.places, Placed{row.FromDate, row.ID})
		}
	}
	for _, p := range all {
		slices.SortFunc(p.places, func(a, b Placed) int { return cmp.Compare(a.from, b.from) })
		for len(p.places) > 1 && p.places[1].from <= from {
			p.places = p.places[1:]
		}
	}
	return all, nil
}

func ParsePattern(text string) ([]int64, error) {
	var pattern []int64
	if err := json.Unmarshal([]byte(text), &pattern); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	return pattern, nil
}

// TouchPlans locks the employees and raises the versions of their plans, so that no recorder goes on with what it kept.
// It comes first in the transaction of every change to their assignments, leaves, holidays and employments: the foreign
// keys of those tables would otherwise take weaker locks first, which two transactions cannot both strengthen.
func TouchPlans(ctx context.Context, tx bun.Tx, ids []int64) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), db.IDChunk) {
		if _, err := tx.NewRaw("UPDATE employees SET plan_version = plan_version + 1 WHERE id IN (?)",
			bun.List(chunk)).Exec(ctx); err != nil {
			return fmt.Errorf("touch plans: %w", err)
		}
	}
	return nil
}

// keptPlan returns a plan of that version that covers the dates, or nil.
func (s *Plans) keptPlan(id, version int64, needed attendance.Dates) *plan {
	p, ok := s.plans.Get(id)
	if !ok || p.version != version || p.dates.From > needed.From || p.dates.To < needed.To {
		return nil
	}
	return p
}

// keepPlans makes plans of what was loaded for the dates, keeps them with the versions that were read before, and adds
// them to a map by employee. That there is nothing for an employee is worth keeping, too. Who looks at a day long ago
// takes the plan of the present away from nobody: the recorder would have to read it again.
func (s *Plans) keepPlans(loaded []planRow, ids []int64, rows []lockedRow, dates attendance.Dates,
	into map[int64]*plan) error {
	if len(ids) == 0 {
		return nil
	}
	plans, err := plansOf(loaded, dates.From)
	if err != nil {
		return err
	}
	today := attendance.DateOf(s.db.Clock.Now(), time.UTC)
	now := attendance.Dates{From: today, To: today}
	for i := range rows {
		id := rows[i].id
		if _, asked := slices.BinarySearch(ids, id); !asked {
			continue
		}
		p := plans[id]
		if p == nil {
			p = &plan{}
		}
		p.version, p.dates = rows[i].planVersion, dates
		if dates.From <= today && today <= dates.To || s.keptPlan(id, p.version, now) == nil {
			s.plans.Add(id, p)
		}
		into[id] = p
	}
	return nil
}
