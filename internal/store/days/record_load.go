package days

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// orChunk bounds the terms of an OR: SQLite's parser takes at most a thousand levels.
const orChunk = 256

// lock locks the employees and loads their rosters. A careful batch also looks up its idempotency keys.
func (b *batch) lock(ctx context.Context) error {
	ids := make([]int64, len(b.in))
	first, last := b.in[0].OccurredAt, b.in[0].OccurredAt
	for i := range b.in {
		ids[i] = b.in[i].EmployeeID
		if at := b.in[i].OccurredAt; at.Before(first) {
			first = at
		} else if at.After(last) {
			last = at
		}
	}
	slices.Sort(ids)
	// A zone is less than a day away from UTC.
	from, to := attendance.DateOf(first, time.UTC).AddDays(-1), attendance.DateOf(last, time.UTC).AddDays(1)
	var stored []punchRow
	var keys []db.Fetch
	if b.careful {
		for chunk := range slices.Chunk(b.in, orChunk) {
			q := b.s.db.Builder().NewSelect().Model((*punchRow)(nil))
			for i := range chunk {
				q = q.WhereOr("(employee_id = ? AND idempotency_key = ?)", chunk[i].EmployeeID, chunk[i].IdempotencyKey)
			}
			keys = append(keys, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), &stored)})
		}
	}
	var err error
	if b.rosters, err = b.s.plans.LockRosters(ctx, b.p, slices.Compact(ids), from, to, keys...); err != nil {
		return err
	}
	b.remember(stored)
	return nil
}

func (b *batch) remember(stored []punchRow) {
	for i := range stored {
		b.known[punchKey{stored[i].EmployeeID, stored[i].IdempotencyKey}] = &stored[i]
	}
}

// need is what a batch has to know: the punches of some employees in [from, to), and the stored days of some dates.
type need struct {
	ids      []int64
	from, to time.Time
	days     map[dayKey]bool
}

// need works out what the days take that the batch may change, as far as the punches tell that are loaded so far.
func (b *batch) need() need {
	n := need{days: make(map[dayKey]bool, len(b.in))}
	var some [4]attendance.Date
	for i := range b.in {
		p := &b.in[i]
		er, ok := b.rosters[p.EmployeeID]
		if _, known := b.known[punchKey{p.EmployeeID, p.IdempotencyKey}]; known && p.Replaces == nil || !ok {
			continue
		}
		loaded := b.punches[p.EmployeeID]
		for _, d := range er.Roster.Touched(some[:0], db.Micro(p.OccurredAt), loaded) {
			from, to := er.Roster.RangeFor(d, loaded)
			if len(n.ids) == 0 || from.Before(n.from) {
				n.from = from
			}
			if len(n.ids) == 0 || to.After(n.to) {
				n.to = to
			}
			n.ids = append(n.ids, p.EmployeeID)
			n.days[dayKey{p.EmployeeID, d}] = true
		}
	}
	slices.Sort(n.ids)
	n.ids = slices.Compact(n.ids)
	return n
}

// within tells whether all that is needed is among what o has.
func (n *need) within(o *need) bool {
	for k := range n.days {
		if !o.days[k] {
			return false
		}
	}
	return len(n.ids) == 0 || !n.from.Before(o.from) && !n.to.After(o.to)
}

// load loads every stored punch that can belong to a date which the batch may change, and the versions of those dates'
// days. That is done in one round trip unless what it finds hangs on more: a way out before today's window opened may
// answer yesterday's.
func (b *batch) load(ctx context.Context) error {
	for have, want := (need{}), b.need(); !want.within(&have); want = b.need() {
		if err := b.fetch(ctx, &want); err != nil {
			return err
		}
		have = want
	}
	return nil
}

func (b *batch) fetch(ctx context.Context, n *need) error {
	byDate, locked := map[attendance.Date][]int64{}, map[attendance.Date][]int64{}
	for k := range n.days {
		byDate[k.date] = append(byDate[k.date], k.employee)
		if b.rosters[k.employee].Roster.Locked(k.date) {
			locked[k.date] = append(locked[k.date], k.employee)
		}
	}
	var punches []punchRow
	fs := []db.Fetch{b.s.punchesBetween(n.ids, n.from.Add(-attendance.DuplicateWithin), n.to, &punches)}
	dates := make([]attendance.Date, 0, len(byDate))
	for d := range byDate {
		slices.Sort(byDate[d])
		dates = append(dates, d)
	}
	slices.Sort(dates)
	for chunk := range slices.Chunk(dates, orChunk) {
		q := b.s.db.Builder().
			NewSelect().
			Table("attendances").
			Column("employee_id", "work_date", "version", "branch_id")
		for _, d := range chunk {
			q = q.WhereOr("(work_date = ? AND employee_id IN (?))", d, bun.List(byDate[d]))
		}
		fs = append(fs, db.Fetch{Query: q, Read: b.scanVersions})
	}
	var settled []DayRow
	for d, ids := range locked {
		q := b.s.db.Builder().NewSelect().Model((*DayRow)(nil)).Where("work_date = ?", d).Where("employee_id IN (?)",
			bun.List(ids))
		fs = append(fs, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), &settled)})
	}
	if err := b.p.Fetch(ctx, fs...); err != nil {
		return fmt.Errorf("load punches and days: %w", err)
	}
	for i := range settled {
		if b.settled == nil {
			b.settled = make(map[dayKey]attendance.Day, len(settled))
		}
		b.settled[dayKey{settled[i].EmployeeID, settled[i].WorkDate}] = settled[i].Domain()
	}
	clear(b.punches)
	return b.sort(ctx, punches)
}

func (b *batch) scanVersions(_ context.Context, rows *sql.Rows) error {
	for rows.Next() {
		var k dayKey
		var version, branch int64
		if err := rows.Scan(&k.employee, &k.date, &version, &branch); err != nil {
			return err
		}
		b.versions[k] = version
		if b.rosters[k.employee].Roster.On(k.date).Branch.ID != branch {
			b.left = append(b.left, RecapDue{branch, k.date}) // its employee moved, and no task has been there yet
		}
	}
	return rows.Err()
}

// sort gives the loaded punches to their employees and finds those that the batch sends again.
func (b *batch) sort(ctx context.Context, punches []punchRow) error {
	b.renameVoided(punches)
	keys := make(map[punchKey]bool, len(b.in))
	clear(b.received)
	limited := map[int64]bool{}
	for i := range b.in {
		keys[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}] = true
		if b.in[i].Limits != (attendance.PunchLimits{}) {
			limited[b.in[i].EmployeeID] = true
		}
	}
	var again []int64
	for i := range punches {
		p := &punches[i]
		if limited[p.EmployeeID] && attendance.Source(p.Source).ByHand() {
			b.received[p.EmployeeID] = append(b.received[p.EmployeeID], p.ReceivedAt)
		}
		if !p.Voided && !b.rehearsal.takes(p.ID) {
			b.punches[p.EmployeeID] = append(b.punches[p.EmployeeID], p.domain())
		}
		if k := (punchKey{p.EmployeeID, p.IdempotencyKey}); keys[k] && b.known[k] == nil {
			again = append(again, p.ID)
		}
	}
	if len(again) > 0 {
		stored, err := b.punchesByID(ctx, again)
		if err != nil {
			return err
		}
		b.remember(stored)
	}
	if b.rehearsal != nil {
		b.rehearsal.recall(b)
	}
	return nil
}

func (b *batch) punchesByID(ctx context.Context, ids []int64) (rows []punchRow, err error) {
	q := b.s.db.Builder().NewSelect().Model((*punchRow)(nil)).Where("id IN (?)", bun.List(ids))
	if err := b.p.Fetch(ctx, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), &rows)}); err != nil {
		return nil, fmt.Errorf("load punches: %w", err)
	}
	return rows, nil
}

// punchesBetween asks for the punches of some employees that occurred in [from, to), with the columns that the rules
// look at.
func (s *Days) punchesBetween(ids []int64, from, to time.Time, into *[]punchRow) db.Fetch {
	f := db.Fetch{Query: s.db.Builder().NewSelect().Model((*punchRow)(nil)).
		Column("id", "employee_id", "direction", "occurred_at", "received_at", "offline", "source", "outside_area",
			"duplicate_of", "idempotency_key").
		ColumnExpr(voidedColumn).
		Where("employee_id IN (?)", bun.List(ids)).Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()),
		Read: db.ScanInto(s.db.Builder(), into)}
	if !s.db.SQLite() {
		f.Read = func(_ context.Context, rows *sql.Rows) error { return scanPunches(rows, into) }
	}
	return f
}

// scanPunches does what bun's scanner does in half the time: these are most of the rows that a punch makes the program
// read. SQLite's driver hands out instants as text, which only bun's scanner takes.
func scanPunches(rows *sql.Rows, into *[]punchRow) error {
	for rows.Next() {
		var r punchRow
		var duplicateOf sql.NullInt64
		err := rows.Scan(&r.ID, &r.EmployeeID, &r.Direction, &r.OccurredAt, &r.ReceivedAt, &r.Offline, &r.Source,
			&r.OutsideArea,
			&duplicateOf,
			&r.IdempotencyKey, &r.Voided)
		if err != nil {
			return err
		}
		r.DuplicateOf = duplicateOf.Int64
		*into = append(*into, r)
	}
	return rows.Err()
}
