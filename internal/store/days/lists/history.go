// Package lists is the part of the days' room that only reads: days as people look at them.
package lists

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// DayFilter selects days. Empty fields do not filter; BranchIDs as in EmployeeFilter.
type DayFilter struct {
	From, To    attendance.Date // History only; inclusive
	BranchIDs   []int64
	EmployeeIDs []int64
	Statuses    []attendance.Status
	Query       string // as in EmployeeFilter
	Limit       int    // 0 means 50; at most 500
	Cursor      string
}

const historyList = "history"

// History lists stored days, latest date first, then by employee id. BranchIDs are those in which the days were worked.
func (s *Lists) History(ctx context.Context, f DayFilter) (rows []attendance.Entry, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, historyList, 2)
	if err != nil {
		return nil, "", err
	}
	if company.Nobody(f.BranchIDs) {
		return nil, "", nil
	}
	limit := db.PageSize(f.Limit)
	page := s.historyQuery(f).Limit(int64(limit + 1))
	if found {
		date := attendance.Date(position[0])
		// The first condition says no more than the second, but databases make a range of the index of it.
		page = page.Where("a.work_date <= ?", date).
			Where("(a.work_date < ? OR a.employee_id > ?)", date, position[1])
	}
	if page, err = s.searchDays(ctx, page, f.Query); err != nil {
		return nil, "", db.Failed("list history", err)
	}
	var stored []historyRow
	if err := s.named(page, &stored).Scan(ctx); err != nil {
		return nil, "", db.Failed("list history", err)
	}
	slices.SortFunc(stored, func(a, b historyRow) int {
		return cmp.Or(cmp.Compare(b.WorkDate, a.WorkDate), cmp.Compare(a.EmployeeID, b.EmployeeID))
	})
	stored, next = db.Cut(stored, limit, func(d historyRow) string {
		return db.EncodeCursor(historyList, int64(d.WorkDate), d.EmployeeID)
	})
	if len(stored) == 0 {
		return nil, next, nil
	}
	ref, err := s.plans.ReferenceAt(ctx, s.db.Read(), stored[0].Reference)
	for i := range stored {
		if err == nil {
			r := &stored[i]
			rows = append(rows, ref.Entry(r.Domain(), r.EmployeeNumber, r.EmployeeName, r.Department))
		}
	}
	return rows, next, db.Failed("list history", err)
}

// historyRow is a day of a page with what the employee's row adds to it, the employment of its date, and the version of
// the reference data.
type historyRow struct {
	bun.BaseModel `bun:"table:attendances,alias:d"`

	dayrows.Row
	EmployeeNumber string `bun:"employee_number,scanonly"`
	EmployeeName   string `bun:"employee_name,scanonly"`
	Department     string `bun:"department,scanonly"`
	Reference      int64  `bun:"reference,scanonly"`
}

// named adds the names to a page of days. The outer join keeps databases from beginning with the employees.
func (s *Lists) named(page *bun.SelectQuery, into *[]historyRow) *bun.SelectQuery {
	return s.db.Read().NewSelect().Model(into).ModelTableExpr("(?) AS d", page).ColumnExpr("?TableColumns").
		ColumnExpr("e.number AS employee_number, e.name AS employee_name").
		ColumnExpr(departmentOn("d") + " AS department").
		ColumnExpr("(" + company.ReferenceVersion + ") AS reference").
		Join("LEFT JOIN employees AS e ON e.id = d.employee_id")
}

// historyQuery reads one table only, so that the index decides the order and no optimizer can begin elsewhere.
func (s *Lists) historyQuery(f DayFilter) *bun.SelectQuery {
	q := s.db.Read().NewSelect().Model((*dayrows.Row)(nil)).OrderExpr("a.work_date DESC, a.employee_id")
	if f.From != 0 {
		q = q.Where("a.work_date >= ?", f.From)
	}
	if f.To != 0 {
		q = q.Where("a.work_date <= ?", f.To)
	}
	if f.BranchIDs != nil {
		q = q.Where("a.branch_id IN (?)", bun.List(f.BranchIDs))
	}
	if len(f.EmployeeIDs) > 0 {
		q = q.Where("a.employee_id IN (?)", bun.List(f.EmployeeIDs))
	}
	if len(f.Statuses) > 0 {
		q = q.Where("a.status IN (?)", bun.List(f.Statuses))
	}
	return q
}

// fewEmployees is up to how many people a search may mean for History to look at each one's days. If it means more,
// going through the days of everyone finds a page of theirs sooner.
const fewEmployees = 500

// searchDays adds the condition of a Query to a select of days. Databases cannot weigh the two ways, because they do
// not know how many names match: left alone they join all days of all who do, and sort them for one page.
func (s *Lists) searchDays(ctx context.Context, q *bun.SelectQuery, query string) (*bun.SelectQuery, error) {
	if strings.TrimSpace(query) == "" {
		return q, nil
	}
	var ids []int64
	who := s.db.Read().NewSelect().TableExpr("employees AS e").ColumnExpr("e.id").Limit(fewEmployees + 1)
	if err := identity.Matching(who, query).Scan(ctx, &ids); err != nil {
		return nil, err
	}
	if len(ids) <= fewEmployees {
		return q.Where("a.employee_id IN (?)", bun.List(ids)), nil
	}
	one := s.db.Read().NewSelect().TableExpr("employees AS e").ColumnExpr("1").Where("e.id = a.employee_id")
	return q.Where("(?) = 1", identity.Matching(one, query)), nil // a value, unlike EXISTS, is never turned into a join
}

// entries adds to days the names and the departments of their dates, in one query, keeping their order.
func (s *Lists) entries(ctx context.Context, stored []dayrows.Row) ([]attendance.Entry, error) {
	if len(stored) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(stored))
	for i := range stored {
		ids[i] = stored[i].EmployeeID
	}
	slices.Sort(ids)
	var rows []nameRow
	err := s.db.Read().NewSelect().TableExpr("employees AS e").ColumnExpr("e.id, e.number, e.name, e.department").
		ColumnExpr("m.from_date, m.department AS department_then").
		ColumnExpr("("+company.ReferenceVersion+") AS reference").
		Join("LEFT JOIN employments AS m ON m.employee_id = e.id").
		Where("e.id IN (?)", bun.List(slices.Compact(ids))).OrderExpr("e.id, m.from_date").Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ref, err := s.plans.ReferenceAt(ctx, s.db.Read(), rows[0].Reference)
	if err != nil {
		return nil, err
	}
	byID, histories := make(map[int64]*nameRow, len(rows)), make(map[int64]employments.History, len(rows))
	for i := range rows {
		r := &rows[i]
		byID[r.ID] = r
		if r.FromDate != nil {
			histories[r.ID] = append(histories[r.ID],
				employments.Row{EmployeeID: r.ID, FromDate: *r.FromDate, Department: r.DepartmentThen})
		}
	}
	entries := make([]attendance.Entry, 0, len(stored))
	for i := range stored {
		if e, ok := byID[stored[i].EmployeeID]; ok {
			department := histories[e.ID].Department(stored[i].WorkDate, e.Department)
			entries = append(entries, ref.Entry(stored[i].Domain(), e.Number, e.Name, department))
		}
	}
	return entries, nil
}

// nameRow is an employee with one of the employments.
type nameRow struct {
	ID             int64            `bun:"id"`
	Number         string           `bun:"number"`
	Name           string           `bun:"name"`
	Department     string           `bun:"department"`
	FromDate       *attendance.Date `bun:"from_date"`
	DepartmentThen string           `bun:"department_then"`
	Reference      int64            `bun:"reference"`
}

// entryRow is a day with what the employee's row adds to it, and the employment of its date.
type entryRow struct {
	bun.BaseModel `bun:"table:attendances,alias:a"`

	dayrows.Row
	EmployeeNumber string `bun:"employee_number,scanonly"`
	EmployeeName   string `bun:"employee_name,scanonly"`
	Department     string `bun:"department,scanonly"`
}

// refsPerQuery bounds the alternatives of a condition: SQLite's parser takes at most a thousand levels.
const refsPerQuery = 250

// Entries returns the current state of days with the punch that was recorded last for each, in two queries per 250
// besides the reference data, ordered by date and employee id; missing ones are left out. The versions in refs do not
// matter.
func (s *Lists) Entries(ctx context.Context, refs []task.DayRef) ([]attendance.Entry, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("load entries", err)
	}
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b task.DayRef) int {
		return cmp.Or(cmp.Compare(a.WorkDate, b.WorkDate), cmp.Compare(a.EmployeeID, b.EmployeeID))
	})
	refs = slices.CompactFunc(refs,
		func(a, b task.DayRef) bool { return a.WorkDate == b.WorkDate && a.EmployeeID == b.EmployeeID })
	entries := make([]attendance.Entry, 0, len(refs))
	for chunk := range slices.Chunk(refs, refsPerQuery) {
		rows, err := s.entryRows(ctx, chunk)
		if err != nil {
			return nil, db.Failed("load entries", err)
		}
		for i := range rows {
			r := &rows[i]
			entries = append(entries, ref.Entry(r.Domain(), r.EmployeeNumber, r.EmployeeName, r.Department))
		}
		if err := s.addLastPunch(ctx, entries[len(entries)-len(rows):]); err != nil {
			return nil, db.Failed("load entries", err)
		}
	}
	return entries, nil
}

// departmentOn is the department of a day's date, which a database finds with the key of employments alone.
func departmentOn(day string) string {
	return "COALESCE((SELECT m.department FROM employments AS m WHERE m.employee_id = " + day + ".employee_id " +
		"AND m.from_date <= " + day + ".work_date ORDER BY m.from_date DESC LIMIT 1), e.department)"
}

func (s *Lists) entryRows(ctx context.Context, refs []task.DayRef) (rows []entryRow, err error) {
	byDate := map[attendance.Date][]int64{}
	for _, r := range refs {
		byDate[r.WorkDate] = append(byDate[r.WorkDate], r.EmployeeID)
	}
	err = s.db.Read().NewSelect().Model(&rows).ColumnExpr("?TableColumns").
		ColumnExpr("e.number AS employee_number, e.name AS employee_name").
		ColumnExpr(departmentOn("a")+" AS department").
		Join("JOIN employees AS e ON e.id = a.employee_id").
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			// Pairs in an IN list are not understood by every database, or not as ranges of an index. Commits touch few
			// dates.
			for date, ids := range byDate {
				q = q.WhereOr("(a.work_date = ? AND a.employee_id IN (?))", date, bun.List(ids))
			}
			return q
		}).OrderExpr("a.work_date, a.employee_id").Scan(ctx)
	return rows, err
}

// Lists are the days as people look at them.
type Lists struct {
	db    *db.DB
	plans *company.Plans
	waits *reviews.Reviews
}

// NewLists returns the lists of a database.
func NewLists(d *db.DB, p *company.Plans, r *reviews.Reviews) *Lists { return &Lists{d, p, r} }
