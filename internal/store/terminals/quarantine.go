package terminals

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Quarantine holds the lines that could not be recorded, and whom PINs mean.
type Quarantine struct {
	db     *db.DB
	ledger *ledger.Ledger
	others others
	reader reader
}

// NewQuarantine returns the quarantine of a database. others is accounts.Users.OthersAbout, numbers is
// company.Employees.EmployeesByNumber.
func NewQuarantine(d *db.DB, l *ledger.Ledger, others others, numbers numbers) *Quarantine {
	return &Quarantine{d, l, others, reader{d, numbers}}
}

type lineRow struct {
	bun.BaseModel `bun:"table:terminal_lines,alias:tl"`

	ID         int64     `bun:"id,pk,autoincrement"`
	TerminalID int64     `bun:"terminal_id"`
	Hash       []byte    `bun:"line_hash"`
	PIN        string    `bun:"pin"`
	PunchedAt  string    `bun:"punched_at"`
	Status     string    `bun:"status"`
	Verify     string    `bun:"verify"`
	Line       string    `bun:"line"`
	Reason     string    `bun:"reason"`
	Discarded  bool      `bun:"discarded"`
	CreatedAt  time.Time `bun:"created_at"`
}

func (r *lineRow) domain() iclock.Line {
	return iclock.Line{ID: r.ID, TerminalID: r.TerminalID, PIN: r.PIN, At: r.PunchedAt, Status: r.Status,
		Verify: r.Verify, Text: r.Line, Reason: iclock.Reason(r.Reason), ReceivedAt: r.CreatedAt.UTC()}
}

// printable keeps what can be shown of a line.
func printable(s string, max int) string {
	return db.Clip(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(s, "·")), max)
}

// hashOf is what a line is known by in quarantine.
func hashOf(text string) [16]byte {
	sum := sha256.Sum256([]byte(text))
	return [16]byte(sum[:16])
}

// MaxHeld bounds the lines of one terminal that wait.
const MaxHeld = 10_000

// Hold keeps lines of a terminal. One that is there already, by its text or by its id, gets the new reason, and stays
// discarded if it was. Of two lines with the same text one is kept. left counts those that are not kept, because too
// many wait.
func (s *Quarantine) Hold(ctx context.Context, terminalID int64, lines []iclock.Line) (left int, err error) {
	now, seen := s.db.Clock.Now(), map[[16]byte]bool{}
	rows, again := make([]lineRow, 0, len(lines)), map[iclock.Reason][]int64{}
	for i := range lines {
		l := &lines[i]
		if l.ID != 0 {
			again[l.Reason] = append(again[l.Reason], l.ID)
			continue
		}
		hash := hashOf(l.Text)
		if seen[hash] {
			continue
		}
		seen[hash] = true
		rows = append(rows, lineRow{TerminalID: terminalID, Hash: hash[:], PIN: printable(l.PIN, 64),
			PunchedAt: db.Clip(l.At, 19), Status: printable(l.Status, 8), Verify: printable(l.Verify, 8),
			Line: printable(l.Text, 120), Reason: db.Clip(string(l.Reason), 32), CreatedAt: now})
	}
	if left, err = s.add(ctx, terminalID, rows); err != nil {
		return 0, db.Failed("hold lines", err)
	}
	for reason, ids := range again {
		err := s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			_, err := idb.NewUpdate().Model((*lineRow)(nil)).Set("reason = ?", db.Clip(string(reason), 32)).
				Where("terminal_id = ? AND id IN (?)", terminalID, bun.List(ids)).Exec(ctx)
			return err
		})
		if err != nil {
			return 0, db.Failed("hold lines", err)
		}
	}
	return left, nil
}

// add keeps rows of a terminal for which there is room, and counts the others. The terminal is locked, or what comes at
// once would have the same room.
func (s *Quarantine) add(ctx context.Context, terminalID int64, all []lineRow) (left int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := lockTerminal(ctx, s.db, tx, terminalID); err != nil {
			return err
		}
		rows, over, err := fitting(ctx, tx, terminalID, all)
		if err != nil {
			return err
		}
		left = over
		for chunk := range slices.Chunk(rows, db.RowsPerInsert) {
			_, err := s.db.Upsert(tx.NewInsert().Model(&chunk), "terminal_id, line_hash",
				"reason = "+s.db.Inserted("reason")).Returning("NULL").Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return left, err
}

// fitting returns the rows that are there already, and of the others those for which there is room.
func fitting(ctx context.Context, tx bun.Tx, terminalID int64, rows []lineRow) (fit []lineRow, left int,
	err error) {
	n, err := tx.NewSelect().Model((*lineRow)(nil)).Where("terminal_id = ? AND discarded = ?", terminalID,
		false).Count(ctx)
	room := MaxHeld - int(n)
	if err != nil || len(rows) <= room {
		return rows, 0, err
	}
	hashes := make([][16]byte, len(rows))
	for i := range rows {
		hashes[i] = [16]byte(rows[i].Hash)
	}
	known, err := stored(ctx, hashes, "line_hash", func() *bun.SelectQuery {
		return tx.NewSelect().Model((*lineRow)(nil)).Where("terminal_id = ?", terminalID)
	})
	if err != nil {
		return nil, 0, err
	}
	for i := range rows {
		switch {
		case known[[16]byte(rows[i].Hash)]:
		case room > 0:
			room--
		default:
			left++
			continue
		}
		fit = append(fit, rows[i])
	}
	return fit, left, nil
}

// Counts are how many lines of each terminal wait.
func (s *Quarantine) Counts(ctx context.Context) (map[int64]int, error) {
	var rows []struct {
		TerminalID int64 `bun:"terminal_id"`
		N          int   `bun:"n"`
	}
	err := s.db.Read().NewSelect().Model((*lineRow)(nil)).Column("terminal_id").ColumnExpr("COUNT(*) AS n").
		Where("discarded = ?", false).Group("terminal_id").Scan(ctx, &rows)
	out := make(map[int64]int, len(rows))
	for _, r := range rows {
		out[r.TerminalID] = r.N
	}
	return out, db.Failed("count lines", err)
}

// LineFilter says which waiting lines are wanted.
type LineFilter struct {
	TerminalID int64
	PIN        *string // nil for every PIN
	Limit      int
	Cursor     string
}

const linesList = "terminal-lines"

// Lines lists lines that wait, in the order in which they came.
func (s *Quarantine) Lines(ctx context.Context, f LineFilter) ([]iclock.Line, string, error) {
	after, _, err := db.DecodeCursor(f.Cursor, linesList, 1)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var rows []lineRow
	q := s.db.Read().NewSelect().Model(&rows).Where("terminal_id = ? AND discarded = ?", f.TerminalID, false).
		Where("id > ?", after[0]).Order("id").Limit(int64(limit + 1))
	if f.PIN != nil {
		q = q.Where("pin = ?", *f.PIN)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list lines", err)
	}
	rows, next := db.Cut(rows, limit, func(last lineRow) string { return db.EncodeCursor(linesList, last.ID) })
	out := make([]iclock.Line, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, next, nil
}

// Release forgets lines that are recorded by now.
func (s *Quarantine) Release(ctx context.Context, ids []int64) error {
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		err := s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			_, err := idb.NewDelete().Model((*lineRow)(nil)).Where("id IN (?)", bun.List(chunk)).Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("release lines", err)
		}
	}
	return nil
}

// Discard says that a line is of no use. It does not come back when the terminal sends it again, whoever its PIN means
// then. One's own is somebody else's to discard: CodeOwnDays.
func (s *Quarantine) Discard(ctx context.Context, terminalID, id int64, by ledger.Actor) error {
	return db.Failed("discard line", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row lineRow
		err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ? AND terminal_id = ? AND discarded = ?", id,
			terminalID, false), "").Scan(ctx)
		if err != nil {
			return db.NotFound("load line", "no such line", err)
		}
		err = s.reader.touchOwn(ctx, tx, false, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("id = ?", id)
		})
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*lineRow)(nil)).Set("discarded = ?", true).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		before := row.domain()
		return ledger.AuditChange(tx, "terminal_line.discarded", ledger.Row{Table: "terminal_lines", ID: id}, &before,
			nil)
	}))
}

// DeleteLines forgets at most limit lines that came before an instant, and returns how many. Of one that was discarded
// the hash stays, so that it does not come back.
func (s *Quarantine) DeleteLines(ctx context.Context, before time.Time, limit int) (int, error) {
	var ids []int64
	err := s.db.Read().NewSelect().Model((*lineRow)(nil)).Column("id").Where("created_at < ?", before.UTC()).
		Where("discarded = ? OR line <> ''", false).Order("created_at").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, db.Failed("find old lines", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*lineRow)(nil)).Where("id IN (?)", bun.List(ids)).
			Where("discarded = ?", false).Exec(ctx)
		if err != nil {
			return err
		}
		return s.Empty(ctx, tx, ids)
	})
	return len(ids), db.Failed("delete lines", err)
}

// Empty discards lines and takes out what they say. The hash stays, so that a terminal that sends its log again brings
// nothing back.
func (s *Quarantine) Empty(ctx context.Context, idb bun.IDB, ids []int64) error {
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		_, err := idb.NewUpdate().Model((*lineRow)(nil)).Set("discarded = ?", true).
			Set("pin = '', punched_at = '', status = '', verify = '', line = '', reason = ''").
			Where("id IN (?)", bun.List(chunk)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

type pinRow struct {
	bun.BaseModel `bun:"table:terminal_pins,alias:tp"`

	ID         int64     `bun:"id,pk,autoincrement"`
	TerminalID int64     `bun:"terminal_id"`
	PIN        string    `bun:"pin"`
	EmployeeID int64     `bun:"employee_id"`
	CreatedAt  time.Time `bun:"created_at"`
	EndedAt    time.Time `bun:"ended_at,nullzero"`
}

// PIN is whom a PIN means on a terminal.
type PIN struct {
	TerminalID int64  `json:"terminal_id"`
	PIN        string `json:"pin"`
	EmployeeID int64  `json:"employee_id"`
}

// PINs lists whom PINs mean on a terminal, where that was decided, by PIN.
func (s *Quarantine) PINs(ctx context.Context, terminalID int64) ([]PIN, error) {
	var rows []pinRow
	err := s.db.Read().NewSelect().Model(&rows).Where("terminal_id = ? AND ended_at IS NULL", terminalID).
		Order("pin").Scan(ctx)
	out := make([]PIN, len(rows))
	for i, r := range rows {
		out[i] = PIN{r.TerminalID, r.PIN, r.EmployeeID}
	}
	return out, db.Failed("list PINs", err)
}

// Meanings returns whom some of the PINs mean and meant on a terminal, where that was decided, the earliest first.
func (s *Quarantine) Meanings(ctx context.Context, terminalID int64,
	pins []string) (map[string][]iclock.Meaning, error) {
	out, err := meanings(ctx, s.db.Read(), terminalID, pins)
	return out, db.Failed("load PINs", err)
}

func meanings(ctx context.Context, idb bun.IDB, terminalID int64,
	pins []string) (map[string][]iclock.Meaning, error) {
	out := map[string][]iclock.Meaning{}
	for chunk := range slices.Chunk(pins, db.IDChunk) {
		var rows []pinRow
		err := idb.NewSelect().Model(&rows).Where("terminal_id = ? AND pin IN (?)", terminalID,
			bun.List(chunk)).Order("id").Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.PIN] = append(out[r.PIN],
				iclock.Meaning{EmployeeID: r.EmployeeID, From: r.CreatedAt.UTC(), To: r.EndedAt.UTC()})
		}
	}
	return out, nil
}

// Discarded returns which of some lines of a terminal somebody discarded, by their texts, also before a terminal of
// that serial was removed.
func (s *Quarantine) Discarded(ctx context.Context, terminalID int64, texts []string) (map[string]bool, error) {
	hashes := make([][16]byte, len(texts))
	for i, text := range texts {
		hashes[i] = hashOf(text)
	}
	found, err := stored(ctx, hashes, "line_hash", func() *bun.SelectQuery {
		return s.db.Read().NewSelect().Model((*lineRow)(nil)).Where("terminal_id = ? AND discarded = ?", terminalID,
			true)
	})
	if err != nil {
		return nil, db.Failed("look for lines", err)
	}
	kept, err := stored(ctx, hashes, "line_hash", func() *bun.SelectQuery {
		return s.db.Read().NewSelect().Model((*discardedRow)(nil)).
			Where("serial = (SELECT t.serial FROM terminals AS t WHERE t.id = ?)", terminalID)
	})
	if err != nil {
		return nil, db.Failed("look for lines", err)
	}
	maps.Copy(found, kept)
	out := map[string]bool{}
	for i, text := range texts {
		if found[hashes[i]] {
			out[text] = true
		}
	}
	return out, nil
}

// Recorded returns which of some lines are recorded, by attendance.NewPunch.LineKey.
func (s *Quarantine) Recorded(ctx context.Context, keys [][16]byte) (map[[16]byte]bool, error) {
	out, err := stored(ctx, keys, "line_key", func() *bun.SelectQuery {
		return s.db.Read().NewSelect().Table("punches")
	})
	return out, db.Failed("look for lines", err)
}

// stored returns which of some keys a query finds in a column.
func stored(ctx context.Context, keys [][16]byte, column string,
	query func() *bun.SelectQuery) (map[[16]byte]bool, error) {
	out := map[[16]byte]bool{}
	for chunk := range slices.Chunk(keys, db.IDChunk) {
		asked := make([][]byte, len(chunk))
		for i := range chunk {
			asked[i] = chunk[i][:]
		}
		var found [][]byte
		err := query().Column(column).Where("? IN (?)", bun.Ident(column), bun.List(asked)).Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		for _, key := range found {
			out[[16]byte(key)] = true
		}
	}
	return out, nil
}

// Map says whom a PIN means on a terminal, from now on and in what waits. A PIN that means somebody else already is a
// conflict, until it is taken back: what was punched before that stays theirs, also when the terminal sends it again.
func (s *Quarantine) Map(ctx context.Context, p PIN, by ledger.Actor) error {
	if err := db.CheckTexts(db.Text("pin", p.PIN, 1, 64)); err != nil {
		return err
	}
	return db.Failed("map a PIN", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.db.LockEmployee(ctx, tx, p.EmployeeID); err != nil {
			return err
		}
		if err := s.db.NotForgotten(ctx, tx, p.EmployeeID); err != nil {
			return err
		}
		if err := s.touch(ctx, tx, p); err != nil {
			return err
		}
		// Whose they were until now.
		err := s.reader.touchOwn(ctx, tx, false, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("terminal_id = ? AND pin = ?", p.TerminalID, p.PIN)
		})
		if err != nil {
			return err
		}
		if _, err := lockTerminal(ctx, s.db, tx.Tx, p.TerminalID); err != nil {
			return err // two at once may not give one PIN away twice
		}
		var known []pinRow
		err = tx.NewSelect().Model(&known).
			Where("terminal_id = ? AND pin = ? AND ended_at IS NULL", p.TerminalID, p.PIN).Scan(ctx)
		if err != nil {
			return err
		}
		switch {
		case len(known) > 0 && known[0].EmployeeID == p.EmployeeID:
			return nil
		case len(known) > 0:
			return &attendance.Error{Code: attendance.CodeConflict, Field: "pin",
				Message: "The PIN means somebody else on this terminal."}
		}
		row := pinRow{TerminalID: p.TerminalID, PIN: p.PIN, EmployeeID: p.EmployeeID, CreatedAt: tx.Now}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "terminal_pin.created", ledger.Row{Table: "terminal_pins", ID: row.ID}, nil, &p)
	}))
}

// touch asks the rules about the days that the waiting lines of a PIN change.
func (s *Quarantine) touch(ctx context.Context, tx *ledger.Tx, p PIN) error {
	first := attendance.DateOf(tx.Now, time.UTC)
	last := first + 1 // it may be tomorrow there already
	var earliest string
	err := tx.NewSelect().Model((*lineRow)(nil)).ColumnExpr("COALESCE(MIN(punched_at), '')").
		Where("terminal_id = ? AND pin = ? AND discarded = ? AND punched_at <> ''", p.TerminalID, p.PIN, false).
		Scan(ctx, &earliest)
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.DateTime, earliest); err == nil {
		first = min(first, attendance.DateOf(at, time.UTC)-1) // a night may belong to the date before
	}
	return tx.Touch(ctx, ledger.Touch{EmployeeIDs: []int64{p.EmployeeID}, From: first, To: last})
}

// Unmap takes back whom a PIN means from now on. What they punched until now stays theirs. next is whom it means then,
// by their number, if that is whoever unmaps it; else 0.
func (s *Quarantine) Unmap(ctx context.Context, terminalID int64, pin string, next int64, by ledger.Actor) error {
	return db.Failed("unmap a PIN", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row pinRow
		err := s.db.ForUpdate(tx.NewSelect().Model(&row).
			Where("terminal_id = ? AND pin = ? AND ended_at IS NULL", terminalID, pin), "").Scan(ctx)
		if err != nil {
			return db.NotFound("load PIN", "no such PIN", err)
		}
		if next != 0 {
			if err := s.touch(ctx, tx, PIN{terminalID, pin, next}); err != nil {
				return err
			}
		}
		_, err = tx.NewUpdate().Model((*pinRow)(nil)).Set("ended_at = ?", tx.Now).Where("id = ?", row.ID).Exec(ctx)
		if err != nil {
			return err
		}
		before := PIN{row.TerminalID, row.PIN, row.EmployeeID}
		return ledger.AuditChange(tx, "terminal_pin.deleted", ledger.Row{Table: "terminal_pins", ID: row.ID}, &before,
			nil)
	}))
}
