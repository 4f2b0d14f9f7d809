package dayrows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun/schema"
)

// Upsert is the statement that writes days, whose versions the caller has raised while it held the employees' locks.
func Upsert(d *db.DB, days []attendance.Day) schema.QueryAppender {
	all := make([]*attendance.Day, len(days))
	for i := range days {
		all[i] = &days[i]
	}
	return upsert{d, all}
}

// upsert writes what bun would, in a third of the time: days are most of what is written.
type upsert struct {
	db   *db.DB
	days []*attendance.Day
}

// columns are the columns of attendances besides the key, in the order of appendRest.
var columns = []string{"branch_id", "zone", "shift_id", "shift_name", "shift_start", "shift_end", "window_opens",
	"window_closes", "first_in", "last_out", "status", "late_minutes", "early_minutes", "worked_minutes",
	"overtime_minutes", "flags", "punch_count", "inside", "version", "updated_at"}

// AppendQuery implements schema.QueryAppender.
func (q upsert) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	b = append(appendInto(b), "VALUES "...)
	w := dayWriter{dialect: gen.Dialect()}
	for i, day := range q.days {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(b, '('), day.EmployeeID, 10)
		b = append(w.appendRest(b, day), ')')
	}
	return append(b, db.Overwriting(q.db, key, columns)...), nil
}

// Bulk are the statements that write days as Upsert does. Many people have the same day where nobody punched: absent,
// on leave, a holiday, a day off. Such a day is written once for all of them.
func Bulk(d *db.DB, days []attendance.Day) (statements []schema.QueryAppender) {
	w := dayWriter{dialect: d.Builder().Dialect()}
	var text []byte
	alike := map[string][]int{} // positions of days that say the same
	var sayings []string
	var single []*attendance.Day
	for i := range days {
		if days[i].PunchCount > 0 {
			single = append(single, &days[i])
			continue
		}
		start := len(text)
		text = w.appendRest(text, &days[i])
		if alike[string(text[start:])] == nil {
			sayings = append(sayings, string(text[start:]))
		}
		alike[string(text[start:])] = append(alike[string(text[start:])], i)
	}
	for _, rest := range sayings {
		same := alike[rest]
		ids := make([]int64, len(same))
		for n, i := range same {
			ids[n] = days[i].EmployeeID
			if len(same) < worthwhile {
				single = append(single, &days[i])
			}
		}
		if len(same) >= worthwhile {
			slices.Sort(ids)
			statements = append(statements, sameDay{d, rest, ids})
		}
	}
	if len(single) > 0 {
		statements = append(statements, upsert{d, single})
	}
	return statements
}

// worthwhile is how many days that are alike make a statement of their own cheaper.
const worthwhile = 16

// sameDay writes what one day says for some employees.
type sameDay struct {
	db   *db.DB
	rest string
	ids  []int64
}

// AppendQuery implements schema.QueryAppender.
func (q sameDay) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	b = append(append(appendInto(b), "SELECT member"...), q.rest...)
	// A name of its own, so that no other column of employees is meant below.
	b = append(b, " FROM (SELECT id AS member FROM employees WHERE "...)
	b, err := db.Among("id", q.ids).AppendQuery(gen, b)
	// SQLite needs a condition here to tell ON CONFLICT from a join.
	return append(append(b, ") AS e WHERE TRUE"...), db.Overwriting(q.db, key, columns)...), err
}

const key = "employee_id, work_date"

func appendInto(b []byte) []byte {
	b = append(append(b, "INSERT INTO attendances ("...), key...)
	return append(append(append(b, ", "...), strings.Join(columns, ", ")...), ") "...)
}

// dayWriter remembers how it wrote the instants of the row before: those of the shift are mostly the same.
type dayWriter struct {
	dialect schema.Dialect
	written [7]struct {
		at         time.Time
		start, end int
	}
}

// appendRest appends a comma and all that follows the employee in a row.
func (w *dayWriter) appendRest(b []byte, d *attendance.Day) []byte {
	b = append(d.WorkDate.UTC().AppendFormat(append(b, ", '"...), time.DateOnly), '\'')
	b = appendNumbers(b, int(d.BranchID))
	b = w.dialect.AppendString(append(b, ", "...), d.Zone)
	if d.ShiftID == 0 {
		b = append(b, ", NULL"...)
	} else {
		b = appendNumbers(b, int(d.ShiftID))
	}
	b = w.dialect.AppendString(append(b, ", "...), d.ShiftName)
	for i, at := range []*time.Time{d.ShiftStart, d.ShiftEnd, d.WindowOpens, d.WindowCloses, d.FirstIn, d.LastOut} {
		b = w.appendInstant(b, i, at)
	}
	b = w.dialect.AppendString(append(b, ", "...), string(d.Status))
	b = appendNumbers(b, d.LateMinutes, d.EarlyMinutes, d.WorkedMinutes, d.OvertimeMinutes)
	b = w.dialect.AppendString(append(b, ", "...), joinFlags(d.Flags))
	b = appendNumbers(b, d.PunchCount)
	b = w.dialect.AppendBool(append(b, ", "...), d.Inside)
	b = appendNumbers(b, int(d.Version))
	return w.appendInstant(b, len(w.written)-1, &d.UpdatedAt)
}

func appendNumbers(b []byte, ns ...int) []byte {
	for _, n := range ns {
		b = strconv.AppendInt(append(b, ", "...), int64(n), 10)
	}
	return b
}

func (w *dayWriter) appendInstant(b []byte, column int, at *time.Time) []byte {
	b = append(b, ", "...)
	if at == nil {
		return append(b, "NULL"...)
	}
	last := &w.written[column]
	if last.end > 0 && last.at.Equal(*at) {
		return append(b, b[last.start:last.end]...)
	}
	last.at, last.start = *at, len(b)
	b = w.dialect.AppendTime(b, at.UTC())
	last.end = len(b)
	return b
}
