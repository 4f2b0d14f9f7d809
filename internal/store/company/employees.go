package company

import (
	"context"
	"errors"
	"maps"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// EmployeeFilter selects employees. Empty fields do not filter. BranchIDs nil means every branch, an empty non-nil
// slice none.
type EmployeeFilter struct {
	BranchIDs []int64
	Status    attendance.EmployeeStatus
	Query     string // matches the number's beginning or any part of the name, case-insensitively
	// WithoutShiftOn keeps those whom no assignment covers on that date.
	WithoutShiftOn *attendance.Date
	Limit          int // 0 means 50; at most 500
	Cursor         string
}

const employeesList = "employees"

// Employees lists employees ordered by id; next is "" on the last page. A foreign cursor is CodeInvalidCursor.
func (s *Employees) Employees(ctx context.Context,
	f EmployeeFilter) (rows []attendance.Employee, next string, err error) {
	position, _, err := db.DecodeCursor(f.Cursor, employeesList, 1)
	if err != nil {
		return nil, "", err
	}
	if Nobody(f.BranchIDs) {
		return nil, "", nil
	}
	limit := db.PageSize(f.Limit)
	var found []EmployeeRow
	q := s.db.Read().NewSelect().Model(&found).Where("e.id > ?", position[0]).Order("e.id").Limit(int64(limit + 1))
	if err := f.keep(q).Scan(ctx); err != nil {
		return nil, "", db.Failed("list employees", err)
	}
	found, next = db.Cut(found, limit, func(e EmployeeRow) string { return db.EncodeCursor(employeesList, e.ID) })
	rows = make([]attendance.Employee, len(found))
	for i := range found {
		rows[i] = found[i].Domain()
	}
	return rows, next, nil
}

// keep adds the filter's conditions, besides limit and cursor, to a query of employees.
func (f EmployeeFilter) keep(q *bun.SelectQuery) *bun.SelectQuery {
	if f.BranchIDs != nil {
		q = q.Where("e.branch_id IN (?)", bun.List(f.BranchIDs))
	}
	if f.Status != "" {
		q = q.Where("e.status = ?", f.Status)
	}
	if on := f.WithoutShiftOn; on != nil {
		q = q.Where("NOT EXISTS (SELECT 1 FROM shift_assignments AS sa WHERE sa.employee_id = e.id AND sa.from_date "+
			"<= ? AND (sa.to_date IS NULL OR sa.to_date >= ?))", *on, *on)
	}
	return identity.Matching(q, f.Query)
}

// Nobody tells apart the scope of no branches from the nil one of all.
func Nobody(branchIDs []int64) bool { return branchIDs != nil && len(branchIDs) == 0 }

// Employee returns one employee or CodeNotFound.
func (s *Employees) Employee(ctx context.Context, id int64) (attendance.Employee, error) {
	var row EmployeeRow
	if err := s.db.Read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return attendance.Employee{}, db.NotFound("load employee", "no such employee", err)
	}
	return row.Domain(), nil
}

// ByID returns the employees of some ids that exist, in no order.
func (s *Employees) ByID(ctx context.Context, ids []int64) ([]attendance.Employee, error) {
	return s.plans.EmployeesByID(ctx, s.db.Read(), ids)
}

// EmployeesByNumber returns the employees of the given numbers, keyed by those. Where nobody has a number as it is
// written, it stands for the one that reads alike.
func (s *Employees) EmployeesByNumber(ctx context.Context, numbers []string) (map[string]attendance.Employee, error) {
	found, err := s.ByNumber(ctx, s.db.Read(), numbers, false)
	if err == nil && len(found) < len(numbers) {
		err = s.addAlike(ctx, numbers, found)
	}
	return found, db.Failed("load employees", err)
}

func (s *Employees) addAlike(ctx context.Context, numbers []string, found map[string]attendance.Employee) error {
	alike, err := identity.Alike(ctx, s.db.Read(), identity.Unknown(numbers, found))
	if err != nil || len(alike) == 0 {
		return err
	}
	others, err := s.ByNumber(ctx, s.db.Read(), slices.Collect(maps.Values(alike)), false)
	for n, other := range alike {
		if e, ok := others[other]; ok {
			found[n] = e
		}
	}
	return err
}

func (s *Employees) ByNumber(ctx context.Context, idb bun.IDB, numbers []string,
	lock bool) (map[string]attendance.Employee, error) {
	found := make(map[string]attendance.Employee, len(numbers))
	for chunk := range slices.Chunk(numbers, db.IDChunk) {
		var rows []EmployeeRow
		q := idb.NewSelect().Model(&rows).Where("number IN (?)", bun.List(chunk)).Order("id")
		if lock {
			q = s.db.ForUpdate(q, "")
		}
		if err := q.Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			found[rows[i].Number] = rows[i].Domain()
		}
	}
	return found, nil
}

// UpsertEmployees writes employees by number in one transaction, at most a few thousand at a time, and tells for each
// what happened; ids are filled into the slice. A number that comes twice is taken in order: the later row updates the
// earlier. A malformed row is CodeInvalid, and nothing is written. Another branch is a move from now on, as in
// ChangeEmployee.
func (s *Employees) UpsertEmployees(ctx context.Context, es []attendance.Employee) ([]attendance.UpsertResult, error) {
	return s.UpsertEmployeesFrom(ctx, ledger.Actor{}, Upsert{Employees: es})
}

// UpsertEmployeesFrom is UpsertEmployees by somebody. Numbers and Known need not be set.
func (s *Employees) UpsertEmployeesFrom(ctx context.Context, by ledger.Actor,
	u Upsert) ([]attendance.UpsertResult, error) {
	results, err := s.upsert(ctx, by, u, nil)
	if err != nil {
		return nil, db.Failed("write employees", err)
	}
	return results, nil
}

// errRehearsed rolls back.
var errRehearsed = errors.New("a rehearsal")

// RehearseEmployees tells what writing employees in somebody's name would do or how it would fail, and writes nothing.
// Numbers and Known need not be set.
func (s *Employees) RehearseEmployees(ctx context.Context, by ledger.Actor,
	u Upsert) ([]attendance.UpsertResult, error) {
	results, err := s.upsert(ctx, by, u, errRehearsed)
	if errors.Is(err, errRehearsed) {
		return results, nil
	}
	return nil, db.Failed("rehearse employees", err)
}

// upsert writes employees that nobody has looked up yet. The transaction ends with the error given, if it comes so far.
func (s *Employees) upsert(ctx context.Context, by ledger.Actor, u Upsert, end error) (
	results []attendance.UpsertResult, err error) {
	if u.Numbers, err = checks.Employees(u.Employees); err != nil {
		return nil, err
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) (err error) {
		if u.Known, err = s.ByNumber(ctx, tx, u.Numbers, true); err != nil {
			return err
		}
		if results, err = s.UpsertKnown(ctx, tx, u); err != nil {
			return err
		}
		return end
	})
	return results, err
}

// Upsert is employees as a file has them, beside what is stored of them.
type Upsert struct {
	Employees []attendance.Employee
	MovedFrom map[string]*attendance.Date    // since when the place holds that is given, by number
	Reasons   map[string]string              // of moves, by number; "" for none
	MayMove   MayMove                        // about every move
	Numbers   []string                       // as checks.Employees returns them
	Known     map[string]attendance.Employee // the stored ones, locked, by number
}

// UpsertKnown writes what differs from the known employees, which it changes, with audit entries, and fills the ids in.
// The place is a move from the date given with the number; without one another branch is dated as dated says. What
// stands against some of the rows of known employees is attendance.Refused, a branch that is not there CodeInvalid.
func (s *Employees) UpsertKnown(ctx context.Context, tx *ledger.Tx, u Upsert) ([]attendance.UpsertResult, error) {
	results, err := s.upsertKnown(ctx, tx, u)
	if db.DanglingReference(err) {
		err = identity.NoBranch(err)
	}
	return results, err
}

func (s *Employees) upsertKnown(ctx context.Context, tx *ledger.Tx, u Upsert) ([]attendance.UpsertResult, error) {
	es, numbers, known := u.Employees, u.Numbers, u.Known
	if err := checks.StillForgotten(es, known, u.MovedFrom); err != nil {
		return nil, err
	}
	before := maps.Clone(known)
	from, err := s.placedOn(ctx, tx.Tx, u)
	if err != nil {
		return nil, err
	}
	was := maps.Clone(known)
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i := range es {
		old := known[es[i].Number]
		if err := s.leaves(ref, &old, &es[i]); err != nil {
			return nil, err
		}
	}
	if err := identity.Apart(ctx, tx, identity.Unknown(numbers, known)); err != nil {
		return nil, err
	}
	results, changed := checks.Compare(es, known)
	rows := make([]EmployeeRow, 0, len(changed))
	for _, n := range numbers {
		if changed[n] {
			rows = append(rows, newEmployeeRow(known[n]))
		}
	}
	if err := s.upsertRows(ctx, tx.Tx, rows); err != nil {
		return nil, err
	}
	stored, err := s.ByNumber(ctx, tx, numbers, false)
	if err != nil {
		return nil, err
	}
	for i := range es {
		es[i].ID = stored[es[i].Number].ID
	}
	var added []attendance.Employee
	var edits []edit
	for _, n := range numbers {
		if e, ok := known[n]; changed[n] && ok {
			e.ID = stored[n].ID
			if old, existed := was[n]; existed {
				edits = append(edits, edit{before: old, after: e, from: from[n], reason: u.Reasons[n]})
			} else {
				added = append(added, e)
			}
		}
	}
	if err := s.join(ctx, tx, added...); err != nil {
		return nil, err
	}
	if err := s.edited(ctx, tx, edits, u.MayMove); err != nil {
		return nil, err
	}
	if len(edits) > 0 { // where they belong at present, whatever was ordered
		if stored, err = s.ByNumber(ctx, tx, numbers, false); err != nil {
			return nil, err
		}
	}
	for i, e := range es {
		if results[i] == attendance.Unchanged {
			continue
		}
		var old *attendance.Employee
		if b, existed := before[e.Number]; existed {
			now := stored[e.Number]
			e.BranchID, e.Department, e.Position = now.BranchID, now.Department, now.Position
			if b.Equal(e) {
				continue
			}
			old = &b
		}
		if err := auditEmployee(tx, old, &e); err != nil {
			return nil, err
		}
	}
	var left []int64
	for _, e := range edits {
		if attendance.Leaves(e.before, e.after) {
			left = append(left, e.after.ID)
		}
	}
	if len(left) == 0 {
		return results, nil
	}
	return results, s.leave(ctx, tx, left)
}

// placedOn returns from when the places of rows hold that are moves, by number, and makes known of whom they move where
// they would belong then.
func (s *Employees) placedOn(ctx context.Context, tx bun.Tx, u Upsert) (map[string]*attendance.Date, error) {
	var edits []edit
	for _, e := range u.Employees {
		if old, ok := u.Known[e.Number]; ok && (u.MovedFrom[e.Number] != nil || old.BranchID != e.BranchID) {
			e.ID = old.ID
			edits = append(edits, edit{before: old, after: e, from: u.MovedFrom[e.Number]})
		}
	}
	if len(edits) == 0 {
		return nil, nil
	}
	from := make(map[string]*attendance.Date, len(edits))
	err := s.dated(ctx, tx, edits)
	for i := range edits {
		from[edits[i].after.Number] = edits[i].from
		u.Known[edits[i].after.Number] = edits[i].before
	}
	return from, err
}

// upsertRows inserts the rows without an id, and changes those of the others by their numbers. The new ones are no
// upsert: MySQL would change whoever has the same key.
func (s *Employees) upsertRows(ctx context.Context, tx bun.Tx, all []EmployeeRow) error {
	var rows, added []EmployeeRow
	for _, row := range all {
		if row.ID == 0 {
			added = append(added, row)
			continue
		}
		row.ID, row.NumberKey = 0, ""
		rows = append(rows, row)
	}
	if err := db.InsertAll(ctx, tx, added); db.Duplicate(err) {
		return identity.TakenNumber(db.Overtaken(err))
	} else if err != nil {
		return err
	}
	// the others are for settleEmployees
	sets := db.Overwritten(s.db, "name", "status", "hired_on", "left_on", "search_text")
	for chunk := range slices.Chunk(rows, db.RowsPerInsert) {
		q := tx.NewInsert().Model(&chunk).Returning("NULL")
		if _, err := s.db.Upsert(q, "number", sets...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
