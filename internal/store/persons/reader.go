package persons

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// pageRows is how many rows of a list are in memory at a time.
const pageRows = 500

// List is one of the lists of a download, which is read page after page. It is not safe for concurrent use.
type List struct {
	Name    string
	db      *db.DB
	person  Person
	sources []source
	after   any // the first column of the last row that was read; nil at the beginning of a source
}

// source is a query for rows of a list.
type source struct {
	table   string
	columns []column
	keep    func(q *bun.SelectQuery) *bun.SelectQuery
}

// Lists returns the lists of everything that is stored about a person, in their order. An account without an employee
// has only those about accounts, an employee whose accounts are left out only the others.
func (s *Persons) Lists(ctx context.Context, p Person) ([]*List, error) {
	var lists []*List
	p, err := s.withLines(ctx, s.db.Read(), p)
	if err != nil {
		return nil, err
	}
	for _, h := range holdings() {
		arg, known := p.arg(h.account)
		if !known {
			continue
		}
		if h.where == "" {
			lists = append(lists, &List{Name: h.list, db: s.db, person: p, sources: p.ofLines(h)})
			continue
		}
		lists = append(lists, &List{Name: h.list, db: s.db, person: p, sources: []source{{h.table, h.columns,
			func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where(h.where, arg) }}}})
	}
	about := &List{Name: "audit_about", db: s.db, person: p}
	for _, t := range trails() {
		ids, err := s.trailIDs(ctx, s.db.Read(), p, t)
		if err != nil {
			return nil, db.Failed("look for a person's audit entries", err)
		}
		for chunk := range slices.Chunk(ids, trailChunk) {
			about.sources = append(about.sources, source{"audit_log", entryColumns(),
				func(q *bun.SelectQuery) *bun.SelectQuery {
					return q.Where("table_name = ?", t.table).Where("row_id IN (?)", bun.List(chunk))
				}})
		}
	}
	if len(about.sources) > 0 {
		lists = append(lists, about)
	}
	if arg, known := p.arg(true); known {
		lists = append(lists, &List{Name: "audit_done", db: s.db, person: p, sources: []source{{"audit_log",
			doneColumns(), func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("user_id IN (?)", arg) }}}})
	}
	return lists, nil
}

// withLines looks for the lines of a person in quarantine.
func (s *Persons) withLines(ctx context.Context, idb bun.IDB, p Person) (Person, error) {
	if p.EmployeeID == 0 {
		return p, nil
	}
	var err error
	p.lines, err = s.quarantine.LinesOf(ctx, idb, p.EmployeeID)
	return p, err
}

// ofLines reads the rows of a person's lines, some at a time.
func (p Person) ofLines(h holding) (out []source) {
	for chunk := range slices.Chunk(p.lines, trailChunk) {
		out = append(out, source{h.table, h.columns, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("id IN (?)", bun.List(chunk))
		}})
	}
	return out
}

// arg is what ? stands for in conditions about accounts or about the employee; false if there is nobody.
func (p Person) arg(account bool) (any, bool) {
	if account {
		return bun.List(p.UserIDs), len(p.UserIDs) > 0
	}
	return p.EmployeeID, p.EmployeeID != 0
}

// trailChunk is how many rows' entries are asked for at a time.
const trailChunk = 200

// trailIDs returns the ids of a trail's rows, as the audit log names them.
func (s *Persons) trailIDs(ctx context.Context, idb bun.IDB, p Person, t trail) ([]string, error) {
	arg, known := p.arg(t.account)
	if !known {
		return nil, nil
	}
	ids := p.lines
	if t.ids != "" {
		ids = nil
		if err := idb.NewRaw(t.ids, arg).Scan(ctx, &ids); err != nil {
			return nil, err
		}
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = strconv.FormatInt(id, 10)
	}
	return names, nil
}

// Next returns the next rows as JSON objects, at most a few hundred; none at the end.
func (l *List) Next(ctx context.Context) ([]json.RawMessage, error) {
	for len(l.sources) > 0 {
		rows, err := l.page(ctx, l.sources[0])
		if err != nil {
			return nil, db.Failed("read "+l.Name+" of a person", err)
		}
		if len(rows) < pageRows {
			l.sources, l.after = l.sources[1:], nil
		}
		if len(rows) > 0 {
			return rows, nil
		}
	}
	return nil, nil
}

func (l *List) page(ctx context.Context, from source) (out []json.RawMessage, err error) {
	key := from.columns[0].name
	q := from.keep(l.db.Read().NewSelect().Table(from.table)).Order(key).Limit(pageRows)
	for _, c := range from.columns {
		q = q.Column(c.name)
	}
	if l.after != nil {
		q = q.Where("? > ?", bun.Ident(key), l.after)
	}
	rows, err := q.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cells := make([]any, len(from.columns))
	for rows.Next() {
		for i, c := range from.columns {
			cells[i] = c.form.cell()
		}
		if err := rows.Scan(cells...); err != nil {
			return nil, err
		}
		row, err := l.object(from.columns, cells)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
		l.after = position(cells[0])
	}
	return out, rows.Err()
}

// cell returns a pointer to what a column is scanned into; all of them take NULL.
func (f form) cell() any {
	switch f {
	case number, actor:
		return new(sql.NullInt64)
	case decimal:
		return new(sql.NullFloat64)
	case flag:
		return new(sql.NullBool)
	case instant:
		return new(bun.NullTime)
	case date:
		return new(*attendance.Date)
	case hidden:
		return new([]byte)
	default:
		return new(sql.NullString)
	}
}

// position is the value of a cell as a condition takes it.
func position(cell any) any {
	switch c := cell.(type) {
	case *sql.NullInt64:
		return c.Int64
	case **attendance.Date:
		return **c
	case *[]byte:
		return *c
	}
	return nil
}

// object writes a row as a JSON object, in the order of its columns.
func (l *List) object(columns []column, cells []any) (json.RawMessage, error) {
	var b bytes.Buffer
	own := false
	for i, c := range columns {
		if c.form == hidden {
			continue
		}
		v := value(cells[i])
		switch id, _ := v.(int64); {
		case c.form == actor:
			own = slices.Contains(l.person.UserIDs, id)
			v = map[bool]string{true: "own", false: "other"}[own]
			if id == 0 {
				v = "system"
			}
		case c.form == ownText && !own:
			v = ""
		case c.form == encoded:
			if t, ok := v.(string); ok && json.Valid([]byte(t)) {
				v = json.RawMessage(t)
			}
		}
		j, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", c.name, j)
	}
	return json.RawMessage("{" + b.String() + "}"), nil
}

// value is what a cell holds, nil for NULL.
func value(cell any) any {
	switch c := cell.(type) {
	case *sql.NullInt64:
		if c.Valid {
			return c.Int64
		}
	case *sql.NullFloat64:
		if c.Valid {
			return c.Float64
		}
	case *sql.NullBool:
		if c.Valid {
			return c.Bool
		}
	case *sql.NullString:
		if c.Valid {
			return c.String
		}
	case *bun.NullTime:
		if !c.IsZero() {
			return c.UTC().Format(time.RFC3339Nano)
		}
	case **attendance.Date:
		if *c != nil {
			return (*c).String()
		}
	}
	return nil
}
