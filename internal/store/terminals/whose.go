package terminals

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/civil"
	"hadir/internal/iclock"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// numbers finds employees by their numbers, as company.Employees.EmployeesByNumber does.
type numbers func(ctx context.Context, numbers []string) (map[string]attendance.Employee, error)

// reader tells whose punches lines are, as importer.Intake reads them.
type reader struct {
	db      *db.DB
	numbers numbers
}

// reading is how lines of a terminal are understood.
type reading struct {
	format iclock.PINFormat
	zone   *time.Location
	means  map[string][]iclock.Meaning
	found  map[string]attendance.Employee // by number
}

// of prepares to read lines of a terminal with some PINs. One that was removed has no lines.
func (s *reader) of(ctx context.Context, idb bun.IDB, terminalID int64, pins []string) (*reading, error) {
	r := &reading{zone: time.UTC}
	var at []terminalRow
	if err := complete(idb.NewSelect().Model(&at)).Where("t.id = ?", terminalID).Scan(ctx); err != nil {
		return nil, err
	}
	if len(at) > 0 {
		t := at[0].domain()
		var err error
		if r.format, err = iclock.ParsePINFormat(t.PINFormat); err != nil {
			return nil, err
		}
		if t.ZoneNow != "" {
			if r.zone, err = attendance.LoadZone(t.ZoneNow); err != nil {
				return nil, err
			}
		}
	}
	var asked []string
	for _, pin := range pins {
		asked = append(append(asked, r.format.Number(pin)), r.format.Variants(pin)...)
	}
	slices.Sort(asked)
	r.found = map[string]attendance.Employee{}
	for chunk := range slices.Chunk(slices.Compact(asked), db.IDChunk) {
		found, err := s.numbers(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for n, e := range found {
			r.found[n] = e
		}
	}
	var err error
	r.means, err = meanings(ctx, idb, terminalID, pins)
	return r, err
}

// numbered returns the employees whose number a PIN may be: one, or several that terminals cannot tell apart.
func (r *reading) numbered(pin string) (ids []int64) {
	if e, ok := r.found[r.format.Number(pin)]; ok {
		return []int64{e.ID}
	}
	for _, n := range r.format.Variants(pin) {
		if e, ok := r.found[n]; ok && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// whose returns whose punch a line is, or may be where its PIN does not say which of several.
func (r *reading) whose(l *lineRow) []int64 {
	at := l.CreatedAt
	if t, err := time.Parse(time.DateTime, l.PunchedAt); err == nil {
		at = t
		if found := civil.Instants(t, r.zone); len(found) > 0 {
			at = found[0]
		}
	}
	ids := r.numbered(l.PIN)
	m := iclock.Meant{Decided: r.means[l.PIN]}
	if len(ids) == 1 {
		m.Numbered = ids[0]
	}
	if id := m.At(at); id != 0 {
		return []int64{id}
	}
	return ids
}

// kept is a condition on lines.
type kept func(*bun.SelectQuery) *bun.SelectQuery

// linesOf returns the lines of an employee among those that a condition keeps: with surely without what may be somebody
// else's by its PIN.
func (s *reader) linesOf(ctx context.Context, idb bun.IDB, employeeID int64, surely bool,
	keep kept) (out []lineRow, err error) {
	var pins []struct {
		TerminalID int64  `bun:"terminal_id"`
		PIN        string `bun:"pin"`
	}
	err = keep(idb.NewSelect().Model((*lineRow)(nil))).Distinct().Column("terminal_id", "pin").
		Where("pin <> ''").OrderExpr("terminal_id, pin").Scan(ctx, &pins)
	if err != nil {
		return nil, err
	}
	for len(pins) > 0 {
		terminal, own := pins[0].TerminalID, []string{}
		for ; len(pins) > 0 && pins[0].TerminalID == terminal; pins = pins[1:] {
			own = append(own, pins[0].PIN)
		}
		for chunk := range slices.Chunk(own, db.IDChunk) {
			r, err := s.of(ctx, idb, terminal, chunk)
			if err != nil {
				return nil, err
			}
			perhaps := r.perhaps(employeeID, chunk)
			if len(perhaps) == 0 {
				continue
			}
			var rows []lineRow
			err = keep(idb.NewSelect().Model(&rows)).Where("terminal_id = ? AND pin IN (?)", terminal,
				bun.List(perhaps)).Order("id").Scan(ctx)
			if err != nil {
				return nil, err
			}
			out = append(out, slices.DeleteFunc(rows, func(l lineRow) bool {
				ids := r.whose(&l)
				return !slices.Contains(ids, employeeID) || surely && len(ids) > 1
			})...)
		}
	}
	return out, nil
}

// perhaps returns the PINs that can mean an employee.
func (r *reading) perhaps(employeeID int64, pins []string) (out []string) {
	for _, pin := range pins {
		if slices.Contains(r.numbered(pin), employeeID) || slices.ContainsFunc(r.means[pin],
			func(m iclock.Meaning) bool { return m.EmployeeID == employeeID }) {
			out = append(out, pin)
		}
	}
	return out
}

// touchOwn asks the rules where some of the lines that a condition keeps are, or may be, of whoever acts: what is done
// to these changes their own days.
func (s *reader) touchOwn(ctx context.Context, tx *ledger.Tx, adminsOnly bool, keep kept) error {
	for _, own := range tx.By().Selves() {
		lines, err := s.linesOf(ctx, tx, own, false, func(q *bun.SelectQuery) *bun.SelectQuery {
			return keep(q).Where("discarded = ?", false)
		})
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			continue
		}
		change := ledger.Touch{EmployeeIDs: []int64{own}, From: attendance.OpenEnd, AdminsOnly: adminsOnly,
			Decided: true}
		for i := range lines {
			at := lines[i].CreatedAt
			if t, err := time.Parse(time.DateTime, lines[i].PunchedAt); err == nil {
				at = t
			}
			date := attendance.DateOf(at, time.UTC)
			change.From, change.To = min(change.From, date-1), max(change.To, date+1) // a night, and zones
		}
		if err := tx.Touch(ctx, change); err != nil {
			return err
		}
	}
	return nil
}

// touchOwnOf is touchOwn for all lines of a terminal.
func (s *reader) touchOwnOf(ctx context.Context, tx *ledger.Tx, terminalID int64) error {
	return s.touchOwn(ctx, tx, true, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("terminal_id = ?", terminalID)
	})
}

// LinesOf returns the ids of the lines of an employee in quarantine, those that were discarded among them, in their
// order. What may be somebody else's by its PIN is nobody's.
func (s *Quarantine) LinesOf(ctx context.Context, idb bun.IDB, employeeID int64) ([]int64, error) {
	lines, err := s.reader.linesOf(ctx, idb, employeeID, true, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
	ids := make([]int64, len(lines))
	for i := range lines {
		ids[i] = lines[i].ID
	}
	slices.Sort(ids)
	return ids, db.Failed("look for a person's lines", err)
}
