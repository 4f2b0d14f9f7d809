package company

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Employments returns where an employee belonged, belongs and will belong, the earliest first.
func (s *Employees) Employments(ctx context.Context, employeeID int64) ([]attendance.Employment, error) {
	all, err := employments.Of(ctx, s.db.Read(), []int64{employeeID})
	if err != nil {
		return nil, db.Failed("load employments", err)
	}
	return all[employeeID].Domain(), nil
}

// EmployeeState is what the version of an employee names (see db.Version): the row, and where the employee belongs on
// which dates. Whoever changes one of them has to have seen both.
type EmployeeState struct {
	attendance.Employee

	Employments []attendance.Employment
}

// EmploymentsOf is Employments of many employees, keyed by their ids: one query per thousand.
func (s *Employees) EmploymentsOf(ctx context.Context, employeeIDs []int64) (map[int64][]attendance.Employment, error) {
	all, err := employments.Of(ctx, s.db.Read(), employeeIDs)
	if err != nil {
		return nil, db.Failed("load employments", err)
	}
	out := make(map[int64][]attendance.Employment, len(all))
	for id, rows := range all {
		out[id] = rows.Domain()
	}
	return out, nil
}

// Everybody returns the next employees of the company, by id.
func (s *Employees) Everybody(ctx context.Context, afterID int64, limit int) (ids []int64, err error) {
	err = s.db.Read().NewSelect().Model((*EmployeeRow)(nil)).Column("id").Where("id > ?", afterID).Order("id").
		Limit(int64(limit)).Scan(ctx, &ids)
	return ids, db.Failed("list people", err)
}

// People returns the next employees, by id, whose days of some dates concern a branch: who belonged there, or has a
// stored day of it.
func (s *Employees) People(ctx context.Context, branchID int64, dates attendance.Dates, afterID int64,
	limit int) (ids []int64, err error) {
	err = s.db.Read().NewRaw(`
SELECT m.employee_id AS id FROM employments AS m WHERE m.branch_id = ?0 AND m.employee_id > ?3
    AND `+employments.During("?1", "?2")+`
UNION
SELECT a.employee_id FROM attendances AS a WHERE a.branch_id = ?0 AND a.work_date BETWEEN ?1 AND ?2
    AND a.employee_id > ?3
ORDER BY id LIMIT ?4`, branchID, dates.From, dates.To, afterID, limit).Scan(ctx, &ids)
	return ids, db.Failed("list people", err)
}

// present returns the employment that holds now. Each begins with its date on the clocks of its own branch.
func (ref *Reference) present(history employments.History, now time.Time) (*employments.Row, error) {
	for i := len(history) - 1; i > 0; i-- {
		b, err := ref.Branch(history[i].BranchID)
		if err != nil {
			return nil, err
		}
		if history[i].FromDate <= b.Today(now) {
			return &history[i], nil
		}
	}
	return &history[0], nil
}

// settleEmployees brings the employees' branch, department and position to what their employments say of the present.
// It is the only place that changes them in a stored row, and returns how many it changed.
func (s *Employees) settleEmployees(ctx context.Context, tx bun.Tx, ids []int64) (int, error) {
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return 0, err
	}
	history, err := employments.Of(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	es, err := s.plans.EmployeesByID(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	type place struct {
		branch               int64
		department, position string
	}
	moved, n := map[place][]int64{}, 0
	for _, e := range es {
		if len(history[e.ID]) == 0 {
			continue
		}
		p, err := ref.present(history[e.ID], s.db.Clock.Now())
		if err != nil {
			return 0, fmt.Errorf("employee %d: %w", e.ID, err)
		}
		if to := (place{p.BranchID, p.Department, p.Position}); to != (place{e.BranchID, e.Department, e.Position}) {
			moved[to] = append(moved[to], e.ID)
			n++
		}
	}
	for to, ids := range moved {
		for chunk := range slices.Chunk(ids, db.IDChunk) {
			_, err := tx.NewUpdate().Model((*EmployeeRow)(nil)).Set("branch_id = ?", to.branch).Set("department = ?",
				to.department).
				Set("position = ?", to.position).Where("id IN (?)", bun.List(chunk)).Exec(ctx)
			if err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// moveReach is how many days after its date a move is still looked for that did not become the present: an outage is
// shorter.
const moveReach = 400

// BeginEmployments makes the employments present that began since: at a midnight of their branch. It also gives an
// employment to employees whom a node of a release before employments added. It returns how many employees changed.
func (s *Employees) BeginEmployments(ctx context.Context, now time.Time) (n int, err error) {
	var missing []employments.Row
	err = s.db.Read().NewRaw(`
SELECT e.id AS employee_id, e.branch_id, e.department, e.position FROM employees AS e
WHERE e.id > (SELECT COALESCE(MAX(employee_id), 0) FROM employments) ORDER BY e.id LIMIT ?`, db.IDChunk).
		Scan(ctx, &missing)
	if err != nil {
		return 0, db.Failed("begin employments", err)
	}
	var ids []int64
	last := attendance.DateOf(now, time.UTC) + 1
	err = s.db.Read().NewRaw(`
SELECT m.employee_id FROM employments AS m JOIN employees AS e ON e.id = m.employee_id
WHERE m.from_date >= ?0 AND `+employments.On("?1")+`
  AND (e.branch_id <> m.branch_id OR e.department <> m.department OR e.position <> m.position)
ORDER BY m.employee_id LIMIT ?2`, last-moveReach, last, db.IDChunk).Scan(ctx, &ids)
	if err != nil || len(ids)+len(missing) == 0 {
		return 0, db.Failed("begin employments", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		for i := range missing {
			missing[i].FromDate = attendance.EverSince
		}
		if len(missing) > 0 {
			if err := employments.Put(ctx, s.db, tx, missing); err != nil {
				return err
			}
		}
		if len(ids) == 0 {
			return nil
		}
		if err := TouchPlans(ctx, tx, ids); err != nil {
			return err
		}
		n, err = s.settleEmployees(ctx, tx, ids)
		return err
	})
	return n + len(missing), db.Failed("begin employments", err)
}

// change is what another employment does to one employee: the dates from..until belong elsewhere.
type change struct {
	before, after employments.Row
	until         attendance.Date  // the last date concerned; attendance.OpenEnd for all to come
	remove        bool             // the row of after goes, since it says what the one before it says
	next          *employments.Row // the row behind, which goes since it says what after says; nil if it does not
}

// changeOf tells what an employment does to the history of its employee; false for nothing.
func changeOf(history employments.History, to employments.Row) (c change, ok bool) {
	i := history.At(to.FromDate)
	c = change{before: history[i], after: to, until: attendance.OpenEnd}
	if i+1 < len(history) {
		c.until = history[i+1].FromDate - 1
		if history[i+1].Says(to) {
			c.next = &history[i+1]
		}
	}
	if c.before.Says(to) {
		return c, false
	}
	// A row that says what the one before it says is none: it would end a later move that takes effect before it.
	c.remove = history[i].FromDate == to.FromDate && i > 0 && history[i-1].Says(to)
	return c, true
}

// place carries out new employments of employees whose rows are locked, at most one each, leaves the tasks of what
// follows, and returns what changed. What is said of a date of a locked period stays: a move is CodePeriodLocked, and a
// correction holds from the first date that is open.
func (s *Employees) place(ctx context.Context, tx *ledger.Tx, moves []move) (changes []change, err error) {
	ids := make([]int64, len(moves))
	for i := range moves {
		ids[i] = moves[i].to.EmployeeID
	}
	history, err := employments.Of(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	locked, err := s.lockPlaces(ctx, tx.Tx, moves, history)
	if err != nil {
		return nil, err
	}
	var put, gone []employments.Row
	var refused attendance.Refused
	for i := range moves {
		row := moves[i].to
		own := history[row.EmployeeID]
		if len(own) == 0 {
			row.FromDate = attendance.EverSince
			put = append(put, row)
			continue
		}
		if b := locked[row.BranchID]; moves[i].corrects && b != nil && b.LockedThrough != nil {
			row.FromDate = max(row.FromDate, *b.LockedThrough+1)
		}
		c, ok := changeOf(own, row)
		if !ok {
			continue
		}
		if err := refused.Add(row.EmployeeID, c.open(locked)); err != nil {
			return nil, err
		}
		changes = append(changes, c)
		if c.next != nil {
			gone = append(gone, *c.next)
		}
		if c.remove {
			gone = append(gone, row)
		} else {
			put = append(put, row)
		}
	}
	if err := refused.OrNil(); err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(gone, db.RowsPerInsert) {
		if _, err := tx.NewDelete().Model(&chunk).WherePK().Exec(ctx); err != nil {
			return nil, err
		}
	}
	if err := employments.Put(ctx, s.db, tx.Tx, put); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return nil, nil
	}
	if err := TouchPlans(ctx, tx.Tx, ids); err != nil {
		return nil, err
	}
	if _, err := s.settleEmployees(ctx, tx.Tx, ids); err != nil {
		return nil, err
	}
	if err := s.begins.ReachBack(ctx, tx.Tx, ids); err != nil {
		return nil, err
	}
	return changes, computeMoved(ctx, tx, changes)
}

// lockPlaces locks the branches that moves are about, all at once, so that nobody settles dates of theirs meanwhile.
func (s *Employees) lockPlaces(ctx context.Context, tx bun.Tx, moves []move,
	history map[int64]employments.History) (map[int64]*BranchRow, error) {
	var ids []int64
	for i := range moves {
		to := &moves[i].to
		ids = append(ids, to.BranchID)
		if own := history[to.EmployeeID]; len(own) > 0 {
			ids = append(ids, own[own.At(to.FromDate)].BranchID)
		}
	}
	locked := make(map[int64]*BranchRow, len(ids))
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), db.IDChunk) {
		var rows []BranchRow
		q := tx.NewSelect().Model(&rows).Column("id", "code", "locked_through").Where("id IN (?)",
			bun.List(chunk)).Order("id")
		if err := s.db.ForUpdate(q, "").Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			locked[rows[i].ID] = &rows[i]
		}
	}
	return locked, nil
}

// open refuses a change of dates that are settled in either branch. Reports of such dates name the department, so it is
// settled with them.
func (c *change) open(branches map[int64]*BranchRow) error {
	for _, id := range []int64{c.before.BranchID, c.after.BranchID} {
		b, ok := branches[id]
		if !ok {
			return identity.NoBranch(nil)
		}
		if l := b.LockedThrough; l != nil && c.after.FromDate <= *l {
			return &attendance.Error{Code: attendance.CodePeriodLocked, Field: "from",
				Message: "The days of branch " + b.Code + " are settled through " + l.String() + "."}
		}
	}
	return nil
}

// computeMoved leaves tasks that compute the days again whose branch changes. The date before belongs to them, since
// the windows of neighbours meet, and so do the two after: what the first of them takes from the second hangs on it.
func computeMoved(ctx context.Context, tx *ledger.Tx, changes []change) error {
	moved, again := ledger.Spans{}, ledger.Spans{}
	for _, c := range changes {
		if c.before.BranchID != c.after.BranchID {
			moved.Add(attendance.Dates{From: c.after.FromDate, To: c.until}, c.after.EmployeeID)
			again.Add(attendance.Dates{From: c.after.FromDate - 1, To: c.until + 2}, c.after.EmployeeID)
		}
	}
	if err := moved.Touch(ctx, tx); err != nil {
		return err
	}
	return again.Recompute(ctx, tx)
}
