package lists

import (
	"context"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/days"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// Person is somebody with what their days about a date are made of.
type Person struct {
	Employee attendance.Employee
	Roster   *attendance.Roster
	Changed  bool // they changed days of their own themselves: the audit log says which
	Claims   bool // claimed punches of theirs wait for a decision

	lists   *Lists
	history employments.History
	seen    seen
}

// seen is what was read of somebody's days.
type seen struct {
	dates    attendance.Dates // whose stored days were read
	from, to time.Time        // between which punches were read
	rows     []dayrows.Row
	punches  []attendance.Punch // by when they were made
}

// seenAround is how far on both sides of a date's beginning in UTC punches are read that its day mostly hangs on. What
// hangs on more, as after a shift over midnight, is read when it is known.
const seenAround = 72 * time.Hour

// Person reads somebody with the days around a date, in one round trip. The roster is exact for so many dates on both
// sides.
func (s *Lists) Person(ctx context.Context, employeeID int64, d attendance.Date, reach int) (*Person, error) {
	p := &Person{lists: s, seen: seen{dates: attendance.Dates{From: d.AddDays(-1), To: d.AddDays(1)},
		from: d.At(0, time.UTC).Add(-seenAround), to: d.At(0, time.UTC).Add(seenAround)}}
	var told []struct {
		Changed bool `bun:"changed"`
		Claims  bool `bun:"claims"`
	}
	asides := s.db.Builder().NewRaw("SELECT "+
		"EXISTS (SELECT 1 FROM audit_log AS al WHERE al.table_name = ? AND al.row_id = ?) AS changed, "+
		"EXISTS (SELECT 1 FROM corrections AS r WHERE r.employee_id = ? AND r.state = ? AND r.claim <> '') AS claims",
		ledger.OwnDaysTable, strconv.FormatInt(employeeID, 10), employeeID,
		attendance.RequestPending)
	fs := append(p.seen.fetches(s, employeeID),
		employments.Fetch(s.db, employeeID, &p.history),
		db.Fetch{Query: asides, Read: db.ScanInto(s.db.Builder(), &told)})
	var err error
	p.Employee, p.Roster, err = s.plans.Roster(ctx, employeeID, d.AddDays(-reach), d.AddDays(reach), fs...)
	if err != nil {
		return nil, err
	}
	for _, t := range told {
		p.Changed, p.Claims = t.Changed, t.Claims
	}
	return p, nil
}

// PersonNow reads somebody with the days that a punch of an instant may count for.
func (s *Lists) PersonNow(ctx context.Context, employeeID int64, now time.Time) (*Person, error) {
	const reach = 2 // dates before and after today, in UTC
	return s.Person(ctx, employeeID, attendance.DateOf(now, time.UTC), reach)
}

// Button is what the button of somebody whom PersonNow read does at that instant.
func (p *Person) Button(ctx context.Context, now time.Time) (attendance.Button, error) {
	date, _ := p.Roster.WorkDate(now)
	punches, _, err := p.On(ctx, date)
	return p.Roster.Button(punches, now), err
}

// fetches reads the days and the punches.
func (n *seen) fetches(s *Lists, employeeID int64) []db.Fetch {
	stored := s.db.Builder().NewSelect().Model((*dayrows.Row)(nil)).Where("a.employee_id = ?", employeeID).
		Where("a.work_date BETWEEN ? AND ?", n.dates.From, n.dates.To)
	return []db.Fetch{
		{Query: stored, Read: db.ScanEither(s.db, &n.rows, (*dayrows.Row).Columns)},
		days.PunchesOf(s.db, employeeID, n.from, n.to, &n.punches),
	}
}

// On returns all punches that the day of a date may take, by when they were made, and the day that is stored; nil for
// none.
func (p *Person) On(ctx context.Context, d attendance.Date) (own []attendance.Punch, stored *attendance.Entry,
	err error) {
	from, to := p.Roster.PunchRange(d)
	if n := &p.seen; d < n.dates.From || d > n.dates.To || from.Before(n.from) || to.After(n.to) {
		again := seen{dates: attendance.Dates{From: d, To: d}, from: from, to: to}
		if err := db.Together(ctx, p.lists.db, again.fetches(p.lists, p.Employee.ID)...); err != nil {
			return nil, nil, db.Failed("load day", err)
		}
		p.seen = again
	}
	for _, punch := range p.seen.punches {
		if !punch.OccurredAt.Before(from) && punch.OccurredAt.Before(to) {
			own = append(own, punch)
		}
	}
	for i := range p.seen.rows {
		if row := &p.seen.rows[i]; row.WorkDate == d {
			stored, err = p.entry(ctx, row)
		}
	}
	return own, stored, err
}

// entry is a stored day with its names.
func (p *Person) entry(ctx context.Context, row *dayrows.Row) (*attendance.Entry, error) {
	e := attendance.Entry{Day: row.Domain(), EmployeeNumber: p.Employee.Number, EmployeeName: p.Employee.Name,
		Department: p.Department(row.WorkDate)}
	if branch := p.Roster.On(row.WorkDate).Branch; branch.ID == row.BranchID {
		e.BranchCode, e.BranchName = branch.Code, branch.Name
		return &e, nil
	}
	ref, err := p.lists.plans.Reference(ctx, p.lists.db.Read()) // a move that is yet to be computed
	if err != nil {
		return nil, db.Failed("load day", err)
	}
	e = ref.Entry(e.Day, e.EmployeeNumber, e.EmployeeName, e.Department)
	return &e, nil
}

// Department is that of a date.
func (p *Person) Department(d attendance.Date) string {
	return p.history.Department(d, p.Employee.Department)
}
