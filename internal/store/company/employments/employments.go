// Package employments is the part of the company's room that holds where employees belong on which dates.
package employments

import (
	"context"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Row is where an employee belongs from a date on; employees.branch_id, department and position repeat the row of the
// present.
type Row struct {
	bun.BaseModel `bun:"table:employments,alias:m"`

	EmployeeID int64           `bun:"employee_id,pk"`
	FromDate   attendance.Date `bun:"from_date,pk"`
	BranchID   int64           `bun:"branch_id"`
	Department string          `bun:"department"`
	Position   string          `bun:"position"`
}

// Says tells whether two rows put an employee into the same place.
func (r *Row) Says(o Row) bool {
	return r.BranchID == o.BranchID && r.Department == o.Department && r.Position == o.Position
}

// History is the employments of one employee by their dates.
type History []Row

// Of returns the histories of employees by their ids, in one query per thousand.
func Of(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]History, error) {
	all := make(map[int64]History, len(ids))
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		var rows []Row
		q := idb.NewSelect().Model(&rows).Where("employee_id IN (?)", bun.List(chunk)).Order("employee_id", "from_date")
		if err := q.Scan(ctx); err != nil {
			return nil, fmt.Errorf("load employments: %w", err)
		}
		for _, r := range rows {
			all[r.EmployeeID] = append(all[r.EmployeeID], r)
		}
	}
	return all, nil
}

// Fetch asks for the history of one employee.
func Fetch(d *db.DB, employeeID int64, into *History) db.Fetch {
	return db.Fetch{Read: db.ScanColumns((*[]Row)(into), (*Row).columns),
		Query: d.Builder().NewSelect().Model((*Row)(nil)).Where("employee_id = ?", employeeID).Order("from_date")}
}

func (r *Row) columns() []any {
	return []any{db.Number(&r.EmployeeID), &r.FromDate, db.Number(&r.BranchID), &r.Department, &r.Position}
}

// Domain returns the history as the rest of the program knows it.
func (h History) Domain() []attendance.Employment {
	out := make([]attendance.Employment, len(h))
	for i, r := range h {
		out[i] = attendance.Employment{EmployeeID: r.EmployeeID, From: r.FromDate, BranchID: r.BranchID,
			Department: r.Department, Position: r.Position}
	}
	return out
}

// At returns the position of the employment that holds on a date. The history is not empty.
func (h History) At(d attendance.Date) int {
	i := len(h) - 1
	for i > 0 && h[i].FromDate > d {
		i--
	}
	return i
}

// Department returns the department of a date. Who has no employment yet, as somebody whom a node of a release before
// employments added, is where their row says: otherwise.
func (h History) Department(d attendance.Date, otherwise string) string {
	if len(h) == 0 {
		return otherwise
	}
	return h[h.At(d)].Department
}

// Stay is when an employee belongs to one branch.
type Stay struct {
	attendance.Dates

	BranchID int64
}

// Stays returns where employees belong on some dates, by their ids and in the order of the dates.
func Stays(ctx context.Context, idb bun.IDB, ids []int64, dates attendance.Dates) (map[int64][]Stay, error) {
	histories, err := Of(ctx, idb, ids)
	if err != nil {
		return nil, err
	}
	stays := make(map[int64][]Stay, len(histories))
	for id, history := range histories {
		stays[id] = history.Stays(dates)
	}
	return stays, nil
}

// Stays is Stays of one employee.
func (h History) Stays(dates attendance.Dates) (stays []Stay) {
	for i := range h {
		s := Stay{dates, h[i].BranchID}
		if i > 0 {
			s.From = max(s.From, h[i].FromDate)
		}
		if i+1 < len(h) {
			s.To = min(s.To, h[i+1].FromDate-1)
		}
		if s.From <= s.To {
			stays = append(stays, s)
		}
	}
	return stays
}

// Branches returns the branches to which an employee belongs on some dates, in the order of the dates.
func Branches(ctx context.Context, idb bun.IDB, employeeID int64, dates attendance.Dates) (ids []int64, err error) {
	stays, err := Stays(ctx, idb, []int64{employeeID}, dates)
	for _, at := range stays[employeeID] {
		if !slices.Contains(ids, at.BranchID) {
			ids = append(ids, at.BranchID)
		}
	}
	return ids, err
}

// Put writes employments; one that begins on the same date as another of the same employee takes its place.
func Put(ctx context.Context, d *db.DB, tx bun.Tx, rows []Row) error {
	sets := db.Overwritten(d, "branch_id", "department", "position")
	for chunk := range slices.Chunk(rows, db.RowsPerInsert) {
		q := tx.NewInsert().Model(&chunk).Returning("NULL")
		if _, err := d.Upsert(q, "employee_id, from_date", sets...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// EverIn is the condition that an employee, e in its query, belongs to one of some branches on any date.
const EverIn = "EXISTS (SELECT 1 FROM employments AS m WHERE m.employee_id = e.id AND m.branch_id IN (?))"

// During is the condition that an employment, m in its query, holds on some date of first..last, which are SQL
// such as "?0": it began by the last one, and no other of the employee's took its place by the first.
func During(first, last string) string {
	return "m.from_date <= " + last + " AND NOT EXISTS (SELECT 1 FROM employments AS n " +
		"WHERE n.employee_id = m.employee_id AND n.from_date > m.from_date AND n.from_date <= " + first + ")"
}

// On is During for one date.
func On(date string) string { return During(date, date) }

// Members asks for the employees who belong to a branch on a date. ?0 is the branch, ?1 the date.
func Members() string {
	return "SELECT m.employee_id FROM employments AS m WHERE m.branch_id = ?0 AND " + On("?1")
}
