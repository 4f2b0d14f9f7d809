package company

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

const holidaysTable = "holidays"

// The audit log's words for changes of holidays.
const (
	actionHolidayAdd  = "holiday.created"
	actionHolidayEdit = "holiday.updated"
	actionHolidayGone = "holiday.deleted"
)

// HolidayFilter selects holidays of a span of dates. The company's own are always among them.
type HolidayFilter struct {
	From, To   attendance.Date
	BranchIDs  []int64 // nil: every branch and its employees
	OwnBranch  int64   // with BranchIDs: the holidays of this branch too, without those of its employees
	EmployeeID int64   // with BranchIDs: those of this employee too
	Limit      int     // 0 means 50; at most 500
	Cursor     string
}

// HolidayEntry is a holiday as the list shows it.
type HolidayEntry struct {
	attendance.Holiday
	EmployeeNumber   string `json:"employee_number,omitempty"`
	EmployeeName     string `json:"employee_name,omitempty"`
	EmployeeBranchID int64  `json:"employee_branch_id,omitempty"`
}

type holidayEntryRow struct {
	holidayRow `bun:",extend"`

	EmployeeNumber   string `bun:"employee_number,scanonly"`
	EmployeeName     string `bun:"employee_name,scanonly"`
	EmployeeBranchID int64  `bun:"employee_branch_id,scanonly"`
}

func (r *holidayEntryRow) entry() HolidayEntry {
	return HolidayEntry{r.domain(), r.EmployeeNumber, r.EmployeeName, r.EmployeeBranchID}
}

// Holidays lists holidays ordered by date.
func (s *Holidays) Holidays(ctx context.Context, f HolidayFilter) (rows []HolidayEntry, next string, err error) {
	position, more, err := db.DecodeCursor(f.Cursor, holidaysTable, 2)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var found []holidayEntryRow
	q := holidayEntries(s.db.Read(), &found).Where("h.holiday_date BETWEEN ? AND ?", f.From, f.To)
	if more {
		at := attendance.Date(min(max(position[0], int64(f.From)), int64(f.To)))
		q = q.Where("(h.holiday_date > ? OR (h.holiday_date = ? AND h.id > ?))", at, at, position[1])
	}
	if f.BranchIDs != nil {
		q = q.Where("((h.branch_id IS NULL AND h.employee_id IS NULL) OR h.branch_id IN (?) OR m.branch_id IN (?) "+
			"OR h.branch_id = ? OR h.employee_id = ?)",
			bun.List(f.BranchIDs), bun.List(f.BranchIDs), f.OwnBranch, f.EmployeeID)
	}
	if err := q.Order("h.holiday_date", "h.id").Limit(int64(limit + 1)).Scan(ctx); err != nil {
		return nil, "", db.Failed("list holidays", err)
	}
	found, next = db.Cut(found, limit,
		func(r holidayEntryRow) string { return db.EncodeCursor(holidaysTable, int64(r.HolidayDate), r.ID) })
	for i := range found {
		rows = append(rows, found[i].entry())
	}
	return rows, next, nil
}

// Holiday returns one holiday, or CodeNotFound.
func (s *Holidays) Holiday(ctx context.Context, id int64) (HolidayEntry, error) {
	var row holidayEntryRow
	if err := holidayEntries(s.db.Read(), &row).Where("h.id = ?", id).Scan(ctx); err != nil {
		return HolidayEntry{}, db.NotFound("load holiday", "no such holiday", err)
	}
	return row.entry(), nil
}

func holidayEntries(db bun.IDB, into any) *bun.SelectQuery {
	return db.NewSelect().Model(into).ColumnExpr("h.*").
		ColumnExpr("COALESCE(e.number, '') AS employee_number, COALESCE(e.name, '') AS employee_name, " +
			"COALESCE(m.branch_id, 0) AS employee_branch_id").
		Join("LEFT JOIN employees AS e ON e.id = h.employee_id").
		Join("LEFT JOIN employments AS m ON m.employee_id = h.employee_id AND " + employments.On("h.holiday_date"))
}

// MayTouch tells whether somebody may have to do with a holiday; of one for an employee it gets the branch where the
// employee belongs on that date, 0 for an employee who does not exist. Nil lets everybody.
type MayTouch func(h attendance.Holiday, employeeBranch int64) error

// AddHoliday inserts one holiday and puts the recomputation of the days it touches into the outbox.
// A second one on the same date in the same scope is CodeConflict, an unknown branch or employee CodeInvalid.
func (s *Holidays) AddHoliday(ctx context.Context, h attendance.Holiday, by ledger.Actor,
	may MayTouch) (added attendance.Holiday, err error) {
	h.ID = 0
	if err := checks.Holiday(&h); err != nil {
		return h, err
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		added = h
		if err := TouchPlans(ctx, tx.Tx, EmployeesIn([]attendance.Holiday{h}, employeeOf)); err != nil {
			return err
		}
		if err := s.allowed(ctx, tx, h, may); err != nil {
			return err
		}
		row := newHolidayRow(h)
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		added.ID = row.ID
		return s.holidayChanged(ctx, tx, actionHolidayAdd, nil, &added)
	})
	return added, holidayError("add holiday", err)
}

// ChangeHoliday lets change work on a holiday and stores what came out, as AddHoliday does; the days of before and
// after are recomputed. change may be called more than once; its error ends it.
func (s *Holidays) ChangeHoliday(ctx context.Context, id int64, by ledger.Actor, may MayTouch,
	change func(*attendance.Holiday) error) (err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockHoliday(ctx, tx, id, func(h *attendance.Holiday) []int64 {
			after := *h
			_ = change(&after) // it is called again below
			return EmployeesIn([]attendance.Holiday{*h, after}, employeeOf)
		})
		if err != nil {
			return err
		}
		if err := s.allowed(ctx, tx, before, may); err != nil {
			return err
		}
		after := before
		if err := change(&after); err != nil {
			return err
		}
		after.ID = id
		if err := checks.Holiday(&after); err != nil {
			return err
		}
		if err := s.allowed(ctx, tx, after, may); err != nil {
			return err
		}
		if after == before {
			return nil
		}
		row := newHolidayRow(after)
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.holidayChanged(ctx, tx, actionHolidayEdit, &before, &after)
	})
	return holidayError("change holiday", err)
}

// RemoveHoliday deletes a holiday; its day is recomputed.
func (s *Holidays) RemoveHoliday(ctx context.Context, id int64, by ledger.Actor, may MayTouch) (err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockHoliday(ctx, tx, id,
			func(h *attendance.Holiday) []int64 { return EmployeesIn([]attendance.Holiday{*h}, employeeOf) })
		if err != nil {
			return err
		}
		if err := s.allowed(ctx, tx, before, may); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*holidayRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
		return s.holidayChanged(ctx, tx, actionHolidayGone, &before, nil)
	})
	return holidayError("remove holiday", err)
}

func employeeOf(h attendance.Holiday) int64 { return h.EmployeeID }

// EmployeesIn returns the employees that rows name, without those that name none.
func EmployeesIn[R any](rows []R, employee func(R) int64) []int64 {
	var ids []int64
	for _, r := range rows {
		if id := employee(r); id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// lockHoliday touches the plans of the employees that the change of a holiday concerns, and then locks its row.
func (s *Holidays) lockHoliday(ctx context.Context, tx *ledger.Tx, id int64,
	concerns func(*attendance.Holiday) []int64) (attendance.Holiday, error) {
	var row holidayRow
	if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return attendance.Holiday{}, db.NotFound("load holiday", "no such holiday", err)
	}
	h := row.domain()
	if err := TouchPlans(ctx, tx.Tx, concerns(&h)); err != nil {
		return h, err
	}
	var locked holidayRow
	if err := s.db.ForUpdate(tx.NewSelect().Model(&locked).Where("id = ?", id), "").Scan(ctx); err != nil {
		return h, db.NotFound("load holiday", "no such holiday", err)
	}
	if locked.EmployeeID != h.EmployeeID {
		return h, attendance.NewError(attendance.CodeStale, "somebody else changed this holiday meanwhile")
	}
	return locked.domain(), nil
}

func (s *Holidays) allowed(ctx context.Context, tx *ledger.Tx, h attendance.Holiday, may MayTouch) error {
	var branch int64
	if h.EmployeeID != 0 {
		stays, err := employments.Stays(ctx, tx, []int64{h.EmployeeID}, attendance.Dates{From: h.Date, To: h.Date})
		if err != nil {
			return err
		}
		for _, at := range stays[h.EmployeeID] { // one, since it is of one date; none if there is no such employee
			branch = at.BranchID
		}
	}
	if may != nil {
		if err := may(h, branch); err != nil {
			return err
		}
	}
	if h.EmployeeID != 0 && branch == 0 {
		return attendance.Invalid("employee_id", "There is no such employee.")
	}
	return s.db.NotForgotten(ctx, tx, EmployeesIn([]attendance.Holiday{h}, employeeOf)...)
}

// holidayChanged does what every change needs: other nodes read again, nothing is there twice, the audit log knows, and
// the days that come out differently are recomputed.
func (s *Holidays) holidayChanged(ctx context.Context, tx *ledger.Tx, action string,
	before, after *attendance.Holiday) error {
	// Also for employees' holidays, which nobody caches: this puts the changes in line.
	if err := bumpReference(ctx, tx.Tx); err != nil {
		return err
	}
	if after != nil {
		if err := s.onlyOne(ctx, tx, *after); err != nil {
			return err
		}
	}
	row := ledger.Row{Table: holidaysTable, ID: cmp.Or(before, after).ID}
	if err := ledger.AuditChange(tx, action, row, before, after); err != nil {
		return err
	}
	var work []task.Recompute
	for _, h := range []*attendance.Holiday{before, after} {
		if h == nil {
			continue
		}
		r := task.Recompute{V: 1, BranchID: h.BranchID, From: h.Date, To: h.Date}
		if h.EmployeeID != 0 {
			r.EmployeeIDs = []int64{h.EmployeeID}
		}
		work = append(work, r)
	}
	if before != nil && after != nil {
		switch renamed := (attendance.Holiday{ID: before.ID, Date: before.Date, Name: after.Name,
			BranchID: before.BranchID, EmployeeID: before.EmployeeID, Working: before.Working}); {
		case renamed == *after:
			work = nil // a name changes no day
		case before.Date == after.Date && before.BranchID == after.BranchID && before.EmployeeID == after.EmployeeID:
			work = work[:1]
		}
	}
	for _, r := range work {
		if err := tx.Touch(ctx, ledger.TouchOf(r)); err != nil {
			return err
		}
		if err := tx.Leave(ctx, task.AttendanceRecompute, r); err != nil {
			return err
		}
	}
	return nil
}

// onlyOne refuses a second holiday on one date in one scope, among those given and beside the stored ones. It reads
// with locks, since what others committed meanwhile counts.
func (s *Holidays) onlyOne(ctx context.Context, tx *ledger.Tx, hs ...attendance.Holiday) error {
	own, dates := map[int64]bool{}, make([]attendance.Date, len(hs))
	for i, h := range hs {
		own[h.ID], dates[i] = true, h.Date
	}
	type scope struct {
		date             attendance.Date
		branch, employee int64
	}
	taken := map[scope]bool{}
	for chunk := range slices.Chunk(dates, db.IDChunk) {
		var stored []holidayRow
		q := tx.NewSelect().Model(&stored).Where("holiday_date IN (?)", bun.List(chunk))
		if err := s.db.ForUpdate(q, "").Scan(ctx); err != nil {
			return err
		}
		for _, r := range stored {
			if !own[r.ID] {
				taken[scope{r.HolidayDate, r.BranchID, r.EmployeeID}] = true
			}
		}
	}
	for _, h := range hs {
		if taken[scope{h.Date, h.BranchID, h.EmployeeID}] {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "date",
				Message: "There is an entry on this date already."}
		}
		taken[scope{h.Date, h.BranchID, h.EmployeeID}] = true
	}
	return nil
}

func holidayError(action string, err error) error {
	var known *attendance.Error
	if !errors.As(err, &known) && db.DanglingReference(err) {
		return identity.NoBranch(err)
	}
	return db.Failed(action, err)
}
