// Package terminals is the room of the terminals that push their punches: what is known of each, the lines that wait in
// quarantine, whom their PINs mean, and what they are asked to do.
package terminals

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/network"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Terminals are the devices.
type Terminals struct {
	db     *db.DB
	ledger *ledger.Ledger
	reader reader
}

// NewTerminals returns the terminals of a database. numbers is company.Employees.EmployeesByNumber.
func NewTerminals(d *db.DB, l *ledger.Ledger, numbers numbers) *Terminals {
	return &Terminals{d, l, reader{d, numbers}}
}

type terminalRow struct {
	bun.BaseModel `bun:"table:terminals,alias:t"`

	ID           int64      `bun:"id,pk,autoincrement"`
	Serial       string     `bun:"serial"`
	Name         string     `bun:"name"`
	BranchID     *int64     `bun:"branch_id"`
	Site         string     `bun:"site"`
	Zone         string     `bun:"zone"`
	Direction    string     `bun:"direction"`
	PINFormat    string     `bun:"pin_format"`
	Networks     string     `bun:"networks"` // comma-separated
	State        string     `bun:"state"`
	Address      string     `bun:"address"`
	Model        string     `bun:"model"`
	Firmware     string     `bun:"firmware"`
	AttlogStamp  string     `bun:"attlog_stamp"`
	OperlogStamp string     `bun:"operlog_stamp"`
	DriftSeconds *int       `bun:"drift_seconds"`
	CreatedAt    time.Time  `bun:"created_at"`
	LastSeenAt   time.Time  `bun:"last_seen_at"`
	LastPunchAt  *time.Time `bun:"last_punch_at"`
	VouchedBy    *int64     `bun:"vouched_by"` // users.id

	BranchZone  string `bun:"branch_zone,scanonly"`
	VouchedFor  int64  `bun:"vouched_for,scanonly"` // employees.id
	VouchedName string `bun:"vouched_name,scanonly"`
	VouchedMade bool   `bun:"vouched_made,scanonly"` // the account may be in somebody else's hands
}

func (r *terminalRow) domain() iclock.Terminal {
	t := iclock.Terminal{ID: r.ID, Serial: r.Serial, Name: r.Name, Site: r.Site, Zone: r.Zone,
		Direction: iclock.Mode(r.Direction), PINFormat: r.PINFormat, Networks: []string{}, State: iclock.State(r.State),
		Address: r.Address, Model: r.Model, Firmware: r.Firmware, AttlogStamp: r.AttlogStamp,
		OperlogStamp: r.OperlogStamp, DriftSeconds: r.DriftSeconds, FirstSeen: r.CreatedAt.UTC(),
		LastSeen: r.LastSeenAt.UTC(), LastPunch: db.UTC(r.LastPunchAt), ZoneNow: r.Zone}
	if r.BranchID != nil {
		t.BranchID = *r.BranchID
	}
	if t.ZoneNow == "" {
		t.ZoneNow = r.BranchZone
	}
	if r.VouchedBy != nil && (r.VouchedFor != 0 || r.VouchedMade) {
		t.VouchedBy, t.VouchedFor, t.VouchedName = *r.VouchedBy, r.VouchedFor, r.VouchedName
	}
	if r.Networks != "" {
		t.Networks = strings.Split(r.Networks, ",")
	}
	return t
}

// Setting is what of a terminal people decide, as the audit log keeps it.
type Setting struct {
	Serial    string   `json:"serial"`
	Name      string   `json:"name"`
	BranchID  int64    `json:"branch_id,omitempty"`
	Site      string   `json:"site"`
	Zone      string   `json:"zone"`
	Direction string   `json:"direction"`
	PINFormat string   `json:"pin_format"`
	Networks  []string `json:"networks"`
	State     string   `json:"state"`
}

// SettingOf returns what people decided about a terminal.
func SettingOf(t *iclock.Terminal) *Setting {
	return &Setting{t.Serial, t.Name, t.BranchID, t.Site, t.Zone, string(t.Direction), t.PINFormat, t.Networks,
		string(t.State)}
}

const maxNetworks = 20

// set takes over what can be changed.
func (r *terminalRow) set(t *iclock.Terminal) error {
	err := db.CheckTexts(db.Text("name", t.Name, 0, 100), db.Text("site", t.Site, 0, 100),
		db.Text("pin_format", t.PINFormat, 0, 100))
	if err != nil {
		return err
	}
	if !slices.Contains(iclock.Modes(), t.Direction) {
		return attendance.Invalid("direction", fmt.Sprintf("%q is none of status, auto, in and out", t.Direction))
	}
	if t.Zone != "" {
		if _, err := attendance.LoadZone(t.Zone); err != nil {
			return attendance.Invalid("zone", fmt.Sprintf("%q is not an IANA time zone", t.Zone))
		}
	}
	networks := make([]string, len(t.Networks))
	for i, n := range t.Networks {
		p, err := network.Parse(n)
		if err != nil {
			return attendance.Invalid("networks", "A network is an address or in CIDR notation.")
		}
		networks[i] = p.String()
	}
	if len(networks) > maxNetworks {
		return attendance.Invalid("networks", fmt.Sprintf("A terminal has at most %d networks.", maxNetworks))
	}
	if t.State != iclock.Pending && t.BranchID == 0 {
		return attendance.Invalid("branch_id", "There is no such branch, or it is not in use.")
	}
	r.Name, r.Site, r.Zone, r.Direction, r.PINFormat = t.Name, t.Site, t.Zone, string(t.Direction), t.PINFormat
	r.Networks, r.State, r.BranchID = strings.Join(networks, ","), string(t.State), nil
	if t.BranchID != 0 {
		id := t.BranchID
		r.BranchID = &id
	}
	return nil
}

// lockTerminal reads a terminal that stays as it is until the end of the transaction.
func lockTerminal(ctx context.Context, d *db.DB, tx bun.Tx, id int64) (row terminalRow, err error) {
	err = d.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx)
	return row, noTerminal(err)
}

func noTerminal(err error) error { return db.NotFound("load terminal", "no such terminal", err) }

// complete selects terminals with the zone of their branch and with who vouches for them.
func complete(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("t.*").ColumnExpr("COALESCE(b.zone, '') AS branch_zone").
		ColumnExpr("COALESCE(v.employee_id, 0) AS vouched_for, COALESCE(v.name, '') AS vouched_name").
		ColumnExpr("EXISTS (SELECT 1 FROM account_makers AS am WHERE am.user_id = t.vouched_by) AS vouched_made").
		Join("LEFT JOIN branches AS b ON b.id = t.branch_id").Join("LEFT JOIN users AS v ON v.id = t.vouched_by")
}

// All lists terminals by name and serial: those of the given branches, and all with nil, pending ones first.
func (s *Terminals) All(ctx context.Context, branchIDs []int64) ([]iclock.Terminal, error) {
	var rows []terminalRow
	q := complete(s.db.Read().NewSelect().Model(&rows)).OrderExpr("t.branch_id IS NOT NULL").Order("t.name", "t.serial")
	if branchIDs != nil {
		if len(branchIDs) == 0 {
			return []iclock.Terminal{}, nil
		}
		q = q.Where("t.branch_id IN (?)", bun.List(branchIDs))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, db.Failed("list terminals", err)
	}
	out := make([]iclock.Terminal, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

// Terminal returns one, or CodeNotFound.
func (s *Terminals) Terminal(ctx context.Context, id int64) (iclock.Terminal, error) {
	return byID(ctx, s.db.Read(), id)
}

func byID(ctx context.Context, idb bun.IDB, id int64) (iclock.Terminal, error) {
	var row terminalRow
	err := complete(idb.NewSelect().Model(&row)).Where("t.id = ?", id).Scan(ctx)
	return row.domain(), noTerminal(err)
}

const (
	// MaxPending bounds the terminals that nobody has accepted, and MaxPendingOf those of them that spoke from one
	// address: anybody who reaches the listener can make up serials.
	MaxPending   = 200
	MaxPendingOf = 20
	// PendingFor is how long a pending terminal is silent before it gives way to a new one that finds no place.
	PendingFor = 24 * time.Hour
)

// ErrTooMany says that no further terminal is noted until somebody has looked at those that wait, and ErrTooManyOf that
// none is of this address.
var (
	ErrTooMany   = errors.New("too many terminals wait for a decision")
	ErrTooManyOf = fmt.Errorf("of one address: %w", ErrTooMany)
)

// Meet returns the terminal of a serial. One that was never heard of becomes pending.
func (s *Terminals) Meet(ctx context.Context, serial, address string) (iclock.Terminal, error) {
	// One that is known, or finds no place, makes nobody wait for a lock.
	out, err := s.bySerial(ctx, s.db.Read(), serial)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err = s.place(ctx, s.db.Read(), address); err == nil {
			out, err = s.note(ctx, serial, address)
		}
	}
	if errors.Is(err, ErrTooMany) {
		return out, err
	}
	return out, db.Failed("note terminal", err)
}

func (s *Terminals) bySerial(ctx context.Context, idb bun.IDB, serial string) (iclock.Terminal, error) {
	var row terminalRow
	err := complete(idb.NewSelect().Model(&row)).Where("t.serial = ?", serial).Scan(ctx)
	return row.domain(), err
}

// note makes a serial pending unless somebody else just did.
func (s *Terminals) note(ctx context.Context, serial, address string) (out iclock.Terminal, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if err := s.db.LockCompany(ctx, tx); err != nil {
			return err
		}
		if out, err = s.bySerial(ctx, tx, serial); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		gone, err := s.place(ctx, tx, address)
		if err != nil {
			return err
		}
		if gone != 0 {
			_, err := tx.NewDelete().Model((*terminalRow)(nil)).Where("id = ? AND state = ?", gone,
				iclock.Pending).Exec(ctx)
			if err != nil {
				return err
			}
		}
		now := s.db.Clock.Now()
		row := terminalRow{Serial: serial, Direction: string(iclock.ByOrder), State: string(iclock.Pending),
			Address: db.Clip(address, 45), CreatedAt: now, LastSeenAt: now}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		out = row.domain()
		return nil
	})
	return out, err
}

// place tells whether there is a place for another pending terminal, and which one is to go for it, the longest silent
// one; 0 for none.
func (s *Terminals) place(ctx context.Context, idb bun.IDB, address string) (gone int64, err error) {
	var rows []terminalRow
	err = idb.NewSelect().Model(&rows).Column("id", "address", "last_seen_at").Where("state = ?", iclock.Pending).
		Order("last_seen_at", "id").Scan(ctx)
	if err != nil {
		return 0, err
	}
	from, here, goneHere := network.Subscriber(db.Clip(address, 45)), 0, int64(0)
	silent := s.db.Clock.Now().Add(-PendingFor)
	for i := range rows {
		own := network.Subscriber(rows[i].Address) == from
		if own {
			here++
		}
		if rows[i].LastSeenAt.Before(silent) {
			gone = cmp.Or(gone, rows[i].ID)
			if own {
				goneHere = cmp.Or(goneHere, rows[i].ID)
			}
		}
	}
	switch {
	case here >= MaxPendingOf && goneHere == 0:
		return 0, ErrTooManyOf
	case here >= MaxPendingOf:
		return goneHere, nil
	case len(rows) < MaxPending:
		return 0, nil
	case gone == 0:
		return 0, ErrTooMany
	}
	return gone, nil
}

const terminalsTable = "terminals"

// Update lets change work on a terminal and writes what came out; its error ends the change, and it may be called again
// when the database breaks the transaction off.
func (s *Terminals) Update(ctx context.Context, id int64, by ledger.Actor,
	change func(*iclock.Terminal) error) (iclock.Terminal, error) {
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := lockTerminal(ctx, s.db, tx.Tx, id)
		if err != nil {
			return err
		}
		before := row.domain()
		after := row.domain()
		if err := change(&after); err != nil {
			return err
		}
		if err := row.set(&after); err != nil {
			return err
		}
		after = row.domain()
		if reflect.DeepEqual(SettingOf(&before), SettingOf(&after)) {
			return nil
		}
		if after.BranchID != 0 && after.BranchID != before.BranchID {
			if err := identity.InUse(ctx, s.db, tx, after.BranchID); err != nil {
				return err
			}
		}
		if before.PINFormat != after.PINFormat { // which decides whose the lines are that wait
			if err := s.reader.touchOwnOf(ctx, tx, id); err != nil {
				return err
			}
		}
		if readOtherwise(&before, &after) {
			row.VouchedBy = voucher(by)
		}
		_, err = tx.NewUpdate().Model(&row).Column("name", "branch_id", "site", "zone", "direction", "pin_format",
			"networks", "state", "vouched_by").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		action := "terminal.updated"
		if before.State == iclock.Pending && after.State == iclock.Active {
			action = "terminal.accepted"
		}
		err = ledger.AuditChange(tx, action, ledger.Row{Table: terminalsTable, ID: id}, SettingOf(&before),
			SettingOf(&after))
		if err != nil || !newZone(&before, &after) {
			return err
		}
		return reconnect(ctx, tx, id)
	})
	if err != nil {
		return iclock.Terminal{}, db.Failed("change terminal", err)
	}
	return s.Terminal(ctx, id)
}

// newZone tells whether a terminal that is in use may have another zone than it was told, if any.
func newZone(before, after *iclock.Terminal) bool {
	return after.State == iclock.Active && (before.State != iclock.Active || before.Zone != after.Zone ||
		before.BranchID != after.BranchID)
}

// Delete forgets a terminal. When it speaks again it is pending. What waited of it goes, too: CodeOwnDays to whom
// it is about. What was discarded stays so.
func (s *Terminals) Delete(ctx context.Context, id int64, by ledger.Actor) error {
	return db.Failed("delete terminal", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := lockTerminal(ctx, s.db, tx.Tx, id)
		if err != nil {
			return err
		}
		if err := s.reader.touchOwnOf(ctx, tx, id); err != nil {
			return err
		}
		if err := s.keepDiscarded(ctx, tx, &row); err != nil {
			return err
		}
		// Without the terminal nobody could tell whose they are.
		if _, err := tx.NewDelete().Model((*lineRow)(nil)).Where("terminal_id = ?", id).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*terminalRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
		before := row.domain()
		return ledger.AuditChange(tx, "terminal.deleted", ledger.Row{Table: terminalsTable, ID: id},
			SettingOf(&before), nil)
	}))
}

// Sign is a sign of life.
type Sign struct {
	TerminalID int64
	Address    string
}

// Heard notes that terminals spoke.
func (s *Terminals) Heard(ctx context.Context, signs []Sign) error {
	signs = slices.SortedFunc(slices.Values(signs), func(x, y Sign) int {
		return cmp.Compare(x.TerminalID, y.TerminalID)
	})
	for chunk := range slices.Chunk(signs, db.RowsPerInsert) {
		ids, addresses := make([]int64, len(chunk)), change{column: "address"}
		for i, sign := range chunk {
			ids[i] = sign.TerminalID
			addresses.add(sign.TerminalID, db.Clip(sign.Address, 45))
		}
		err := s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			q := idb.NewUpdate().Model((*terminalRow)(nil)).Set("last_seen_at = ?", s.db.Clock.Now())
			_, err := addresses.set(q).Where("id IN (?)", bun.List(ids)).Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("note signs of life", err)
		}
	}
	return nil
}

// change gives a column of some rows a new value each, and leaves it as it is in the others.
type change struct {
	column string
	ids    []int64
	values []any
}

func (c *change) add(id int64, value any) {
	c.ids, c.values = append(c.ids, id), append(c.values, value)
}

func (c *change) set(q *bun.UpdateQuery) *bun.UpdateQuery {
	if len(c.ids) == 0 {
		return q
	}
	var b strings.Builder
	args := []any{bun.Ident(c.column)}
	b.WriteString("? = CASE id")
	for i, id := range c.ids {
		b.WriteString(" WHEN ? THEN ?")
		args = append(args, id, c.values[i])
	}
	b.WriteString(" ELSE ? END")
	return q.Set(b.String(), append(args, bun.Ident(c.column))...)
}

// Told is what a terminal says of itself; what it leaves out stays.
type Told struct {
	Model, Firmware           string
	AttlogStamp, OperlogStamp string
	Drift                     *int // seconds
	Pushed                    bool // punches, just now
}

// Tell keeps what terminals say of themselves, by their ids.
func (s *Terminals) Tell(ctx context.Context, told map[int64]Told) error {
	said := slices.DeleteFunc(slices.Sorted(maps.Keys(told)), func(id int64) bool { return told[id] == Told{} })
	for ids := range slices.Chunk(said, db.RowsPerInsert) {
		columns := []change{{column: "model"}, {column: "firmware"}, {column: "attlog_stamp"},
			{column: "operlog_stamp"}, {column: "drift_seconds"}, {column: "last_punch_at"}}
		for _, id := range ids {
			t := told[id]
			for i, text := range []string{db.Clip(t.Model, 100), db.Clip(t.Firmware, 100), t.AttlogStamp,
				t.OperlogStamp} {
				if text != "" {
					columns[i].add(id, text)
				}
			}
			if t.Drift != nil {
				columns[4].add(id, *t.Drift)
			}
			if t.Pushed {
				columns[5].add(id, s.db.Clock.Now())
			}
		}
		err := s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			q := idb.NewUpdate().Model((*terminalRow)(nil)).Where("id IN (?)", bun.List(ids))
			for i := range columns {
				q = columns[i].set(q)
			}
			_, err := q.Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("note what terminals tell", err)
		}
	}
	return nil
}
