package days

import (
	"encoding/binary"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/traces"

	"github.com/uptrace/bun"
)

// inputs are what the days of some employees are computed from, and what is stored of these. They are read under the
// employees' locks.
type inputs struct {
	rosters map[int64]*company.EmployeeRoster
	heard   []heardRow
	rows    []dayrows.Row
	punches map[int64][]attendance.Punch // oldest first
	stored  map[dayKey]*dayrows.Row
}

// heardRow is a punch as far as days hang on it.
type heardRow struct {
	employeeID int64
	direction  attendance.Direction
	at         bun.NullTime // MySQL hands out instants, SQLite text
	offline    bool
	source     attendance.Source
	outside    bool
	doubts     string
	voided     bool
}

func (r *heardRow) columns() []any {
	return []any{db.Number(&r.employeeID), &r.direction, &r.at, &r.offline, &r.source, &r.outside, &r.doubts, &r.voided}
}

// shareWindows makes the people whose rosters were read keep their windows, together where the same is planned in the
// same zone: a company has many people and few plans.
func (in *inputs) shareWindows() {
	type plan struct {
		zone     *time.Location
		assigned string
	}
	shared := map[plan]attendance.Windows{}
	var text []byte
	for _, er := range in.rosters {
		r := er.Roster
		if len(r.Places) > 1 {
			r.Kept = attendance.Windows{}
			continue
		}
		text = appendPlan(text[:0], r.Assignments)
		p := plan{r.Places[0].Zone, string(text)}
		if shared[p] == nil {
			shared[p] = attendance.Windows{}
		}
		r.Kept = shared[p]
	}
}

// appendPlan appends what decides which shift is planned on which date, in a form that nothing else has. No two
// assignments of an employee begin on the same date.
func appendPlan(text []byte, assigned []attendance.Assignment) []byte {
	for i := range assigned {
		a := &assigned[i]
		to := attendance.DateOr(a.To, attendance.OpenEnd)
		for _, n := range []int64{int64(a.From), int64(to), int64(len(a.Pattern))} {
			text = binary.AppendVarint(text, n)
		}
		for _, id := range a.Pattern {
			text = binary.AppendVarint(text, id)
		}
	}
	return text
}

// hear asks for the punches that occurred in [from, to).
func (in *inputs) hear(s *Days, ids []int64, from, to time.Time) db.Fetch {
	return db.Fetch{Query: s.db.Builder().NewSelect().Model((*punchRow)(nil)).
		Column("employee_id", "direction", "occurred_at", "offline", "source", "outside_area", "doubts").
		ColumnExpr(voidedColumn).
		Where("employee_id IN (?)", bun.List(ids)).Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()),
		Read: db.ScanColumns(&in.heard, (*heardRow).columns)}
}

// recall asks for the stored days that a condition chooses.
func (in *inputs) recall(s *Days, choose string, args ...any) db.Fetch {
	f := db.Fetch{Query: s.db.Builder().NewSelect().Model((*dayrows.Row)(nil)).Where(choose, args...),
		Read: db.ScanColumns(&in.rows, (*dayrows.Row).Columns)}
	if s.db.SQLite() { // its driver hands out instants as text, which bun's scanner takes
		f.Read = db.ScanInto(s.db.Builder(), &in.rows)
	}
	return f
}

// settle arranges what was read.
func (in *inputs) settle() {
	all := make([]attendance.Punch, len(in.heard))
	for i := range in.heard {
		r, p := &in.heard[i], &all[i]
		p.EmployeeID, p.Direction, p.OccurredAt, p.Offline = r.employeeID, r.direction, r.at.UTC(), r.offline
		p.Source, p.OutsideArea, p.Doubts = r.source, r.outside, traces.DoubtsOf(r.doubts)
		if r.voided {
			p.Voided = &attendance.Voided{}
		}
	}
	oldest := func(a, b attendance.Punch) int { return a.OccurredAt.Compare(b.OccurredAt) }
	in.punches = make(map[int64][]attendance.Punch, len(in.rosters))
	for first := 0; first < len(all); {
		id, end := all[first].EmployeeID, first+1
		for end < len(all) && all[end].EmployeeID == id {
			end++
		}
		own := all[first:end:end]
		if before, ok := in.punches[id]; ok {
			own = append(before, own...)
		}
		if !slices.IsSortedFunc(own, oldest) {
			slices.SortFunc(own, oldest)
		}
		in.punches[id], first = own, end
	}
	in.stored = make(map[dayKey]*dayrows.Row, len(in.rows))
	for i := range in.rows {
		in.stored[dayKey{in.rows[i].EmployeeID, in.rows[i].WorkDate}] = &in.rows[i]
	}
}

// heardAround is how many days of punches before and after a date can say something about it: windows with the hours
// after them reach at most three dates past their own, zones less than a day.
const heardAround = 5

// around returns an employee's punches that can say something about a date.
func (in *inputs) around(id int64, d attendance.Date) []attendance.Punch {
	all := in.punches[id]
	first := firstFrom(all, d.AddDays(-heardAround).UTC())
	return all[first : first+firstFrom(all[first:], d.AddDays(heardAround).UTC())]
}

// firstFrom returns the position of the first of some punches, the oldest first, that occurred at an instant or later.
func firstFrom(punches []attendance.Punch, at time.Time) int {
	n, _ := slices.BinarySearchFunc(punches, at,
		func(p attendance.Punch, at time.Time) int { return p.OccurredAt.Compare(at) })
	return n
}
