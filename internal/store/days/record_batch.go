package days

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// RecordBatch writes punches in one transaction and returns a result for each, in order. An error means that nothing
// was written, or, when it is CodeUnavailable, that the same batch may be sent again: the idempotency keys of what was
// written are known then. Punches of one batch may be of the same employee; all of them are answered with the day as it
// is after the whole batch.
//
// It takes three round trips to MySQL, whatever the number of punches up to a few hundred: lock and look up, load,
// write. Repeats take one or two more.
func (s *Days) RecordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, error) {
	results, left, err := s.recordBatch(ctx, punches)
	if err != nil {
		return nil, err
	}
	s.ledger.HandOver(left)
	return results, nil
}

// recordBatch is RecordBatch, and leaves it to the caller to hand over the outbox rows, which are committed.
func (s *Days) recordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult,
	[]task.Outboxed, error) {
	if len(punches) == 0 {
		return nil, nil, nil
	}
	// Almost no key was used before, so looking each up would cost more than it finds. The punches of the same days,
	// which are loaded anyway, show the usual repetition; the unique index shows the others.
	for careful := false; ; careful = true {
		var b *batch
		err := s.db.Pipelined(ctx, func(ctx context.Context, p *db.Pipeline) error {
			b = s.newBatch(p, punches)
			b.careful = careful
			return b.run(ctx)
		})
		if err == nil {
			return b.results, b.outbox, nil
		}
		if careful || !db.Duplicate(err) {
			return nil, nil, db.Failed("record punches", err)
		}
	}
}

// batch is the state of one transaction of the recorder.
type batch struct {
	s       *Days
	p       *db.Pipeline
	careful bool
	now     time.Time
	in      []attendance.NewPunch
	results []attendance.RecordResult
	outbox  []task.Outboxed

	rosters  map[int64]*company.EmployeeRoster
	known    map[punchKey]*punchRow        // stored rows of the keys in this batch
	punches  map[int64][]attendance.Punch  // by employee; new ones have a provisional id
	versions map[dayKey]int64              // of the stored days of the dates touched
	accepted []int                         // positions of punches to insert
	repeats  map[int]int64                 // position → id of the punch it repeats
	same     map[int]int                   // position → earlier position of the same key
	touched  map[dayKey]bool               // dates with a punch that counts
	fresh    map[punchKey]int              // keys of this batch → position
	rows     []punchRow                    // what is inserted, in the order of accepted
	answers  map[int64]attendance.Recorded // answers of stored punches, by id
	computed map[dayKey]attendance.Day     // days as they are after the batch
	left     []RecapDue                    // branches and dates that stored days leave
	settled  map[dayKey]attendance.Day     // stored days of locked periods; nil as long as there is none
	voids    []voidRow                     // punches that others take the place of
	alone    map[int64]int64               // users who import punches of their own, by employee; nil for none
	received map[int64][]time.Time         // when punches by hand arrived, of people with limits
	located  map[int64][]attendance.Punch  // punches with a position beside those of the batch, by employee
	devices  map[deviceHash][]deviceUse    // who used the devices of the batch lately

	rehearsal *Rehearsal // nil writes
}

type punchKey struct {
	employee int64
	key      string
}

type dayKey struct {
	employee int64
	date     attendance.Date
}

// provisional is the id that a punch has within its batch until the database numbers it. The rules tell punches apart
// by their ids. Those of a database are positive, so provisional ones are negative.
func provisional(position int) int64 { return -int64(position) - 1 }

// positionOf returns the position of the punch with a provisional id; ok is false for any other id.
func positionOf(id int64) (position int, ok bool) { return int(-id - 1), id < 0 }

func (s *Days) newBatch(p *db.Pipeline, in []attendance.NewPunch) *batch {
	n := len(in)
	return &batch{s: s, p: p, now: s.db.Clock.Now(), in: in, results: make([]attendance.RecordResult, n),
		known: map[punchKey]*punchRow{}, punches: make(map[int64][]attendance.Punch, n),
		versions: make(map[dayKey]int64, n),
		accepted: make([]int, 0, n), repeats: map[int]int64{}, same: map[int]int{}, touched: make(map[dayKey]bool, n),
		fresh: make(map[punchKey]int, n), answers: map[int64]attendance.Recorded{},
		computed: make(map[dayKey]attendance.Day, n), received: map[int64][]time.Time{},
		located: map[int64][]attendance.Punch{}, devices: map[deviceHash][]deviceUse{}}
}

// run takes the steps of a batch in the order in which they stand in this file; those that write are in record_save.go.
func (b *batch) run(ctx context.Context) error {
	if err := b.lock(ctx); err != nil {
		return err
	}
	if err := b.load(ctx); err != nil {
		return err
	}
	for i := range b.in {
		b.judge(i)
	}
	if b.rehearsal != nil {
		b.rehearsal.remember(b)
		return errRehearsed
	}
	return b.write(ctx)
}

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
	dates := attendance.Dates{From: attendance.DateOf(first, time.UTC), To: attendance.DateOf(last, time.UTC)}
	dates = dates.Widened(1)
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
	if b.rosters, err = b.s.plans.LockRosters(ctx, b.p, slices.Compact(ids), dates, keys...); err != nil {
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
	fs = append(fs, b.evidence()...)
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

// judge decides what becomes of one punch: an error of its own, a replay, or a row.
func (b *batch) judge(i int) {
	p := &b.in[i]
	fail := func(err error) { b.results[i].Err = err }
	er, ok := b.rosters[p.EmployeeID]
	if !ok {
		fail(&attendance.Error{Code: attendance.CodeNotFound, Message: "There is no such employee."})
		return
	}
	k := punchKey{p.EmployeeID, p.IdempotencyKey}
	if row, ok := b.known[k]; ok {
		if [16]byte(row.RequestHash) != p.RequestHash {
			fail(mismatch())
		} else if p.Replaces != nil {
			b.results[i].Err = b.replace(i)
		}
		return // answered at the end
	}
	if first, ok := b.fresh[k]; ok {
		if b.in[first].RequestHash != p.RequestHash {
			fail(mismatch())
			return
		}
		b.same[i] = first
		return
	}
	if next := p.Limits.Next(b.received[p.EmployeeID], b.now); next.After(b.now) {
		fail(attendance.Later{RetryAt: next, Cause: attendance.NewError(attendance.CodeTooManyPunches,
			"That is more than anybody punches; wait, or ask for a correction.")})
		return
	}
	at, others := db.Micro(p.OccurredAt), b.punches[p.EmployeeID]
	date, _ := er.Roster.DateFor(&attendance.Punch{Direction: p.Direction, OccurredAt: at, Source: p.Source}, others)
	if err := er.Employee.NotEmployed(date); err != nil {
		fail(err)
		return
	}
	branch := er.Roster.On(date).Branch
	location, err := locate(branch, p)
	if err != nil {
		fail(err)
		return
	}
	foreign, err := fromElsewhere(branch, p)
	if err != nil {
		fail(err)
		return
	}
	punch := attendance.Punch{
		ID: provisional(i), EmployeeID: p.EmployeeID, BranchID: branch.ID, Zone: branch.Zone, Direction: p.Direction,
		OccurredAt: at, ReceivedAt: b.now, Offline: p.Offline, Source: p.Source, Device: p.Device, Fix: p.Fix,
		Distance: location.Distance, OutsideArea: location.Outside, Doubts: location.Doubts(), Note: p.Note,
	}
	if p.ClaimedAt != nil {
		claimed := db.Micro(*p.ClaimedAt)
		punch.ClaimedAt = &claimed
	}
	if foreign {
		punch.Network, punch.Doubts = p.Address, append(punch.Doubts, attendance.DoubtForeignNetwork)
	}
	b.doubt(&punch, p, branch)
	if err := b.replace(i); err != nil {
		fail(err)
		return
	}
	others = b.punches[p.EmployeeID]
	of, turned := er.Roster.Echo(others, punch)
	switch {
	case of != 0:
		punch.DuplicateOf = of
		b.repeats[i] = of
	case turned != nil && p.Asks:
		fail(&attendance.Error{Code: attendance.CodeConfirmDirection, Field: "confirm",
			Message: "The other direction was punched less than a minute before."})
		return
	default:
		var some [4]attendance.Date
		for _, d := range er.Roster.Changed(some[:0], &punch, others) {
			b.touched[dayKey{p.EmployeeID, d}] = true
		}
		b.ownPunch(p)
	}
	b.results[i].Punch = punch
	if p.Limits != (attendance.PunchLimits{}) {
		b.received[p.EmployeeID] = append(b.received[p.EmployeeID], b.now)
	}
	b.fresh[k] = i
	b.accepted = append(b.accepted, i)
	b.punches[p.EmployeeID] = append(b.punches[p.EmployeeID], punch)
	b.witness(&punch, p)
}

// locate applies the branch's policy. It is about people's own devices: a terminal or kiosk stands where it was put,
// and a file or a correction has no position to ask for.
func locate(b *attendance.Branch, p *attendance.NewPunch) (attendance.Location, error) {
	if p.Fix == nil && !p.Source.Own() {
		return attendance.Location{}, nil
	}
	return b.Locate(p.Fix)
}

// fromElsewhere applies the branch's policy of networks, to people's own devices likewise.
func fromElsewhere(b *attendance.Branch, p *attendance.NewPunch) (foreign bool, err error) {
	if p.Address == "" || !p.Source.Own() {
		return false, nil
	}
	return b.CheckNetwork(p.Address, p.Offline)
}

func mismatch() error {
	return &attendance.Error{Code: attendance.CodeIdempotencyMismatch,
		Message: "The idempotency key was used with another request."}
}
