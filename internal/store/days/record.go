package days

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/company"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"
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
	answered map[int64]dayKey              // the days of these answers
	computed map[dayKey]attendance.Day     // days as they are after the batch
	left     []RecapDue                    // branches and dates that stored days leave
	moved    []reviews.Moved               // the days that leave them, unless their period is settled
	settled  map[dayKey]attendance.Day     // stored days of locked periods; nil as long as there is none
	voids    []voidRow                     // punches that others take the place of
	alone    map[int64]int64               // users who import punches of their own, by employee; nil for none
	received map[int64][]time.Time         // when punches by hand arrived, of people with limits
	located  map[int64][]attendance.Punch  // punches with a position beside those of the batch, by employee
	devices  map[deviceHash][]deviceUse    // who used the devices of the batch lately
	lines    map[[16]byte]bool             // of the batch that are stored, whosever they are
	kept     map[punchKey]attendance.Waits // corrections that claims of this batch are already; nil without claims

	takenBack map[int64][]attendance.Punch // voided punches as if they still counted, by employee; nil for none
	doubted   []reviews.Found              // of the batch, that somebody is to look at

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
		fresh: make(map[punchKey]int, n), answers: map[int64]attendance.Recorded{}, answered: map[int64]dayKey{},
		computed: make(map[dayKey]attendance.Day, n), received: map[int64][]time.Time{},
		located: map[int64][]attendance.Punch{}, devices: map[deviceHash][]deviceUse{}, lines: map[[16]byte]bool{}}
}

// lookUp asks for the stored rows of a careful batch's keys.
func (b *batch) lookUp(stored *[]punchRow) []db.Fetch {
	if !b.careful {
		return nil
	}
	var fs []db.Fetch
	for chunk := range slices.Chunk(b.in, orChunk) {
		q := b.s.db.Builder().NewSelect().Model((*punchRow)(nil))
		for i := range chunk {
			q = q.WhereOr("(employee_id = ? AND idempotency_key = ?)", chunk[i].EmployeeID, chunk[i].IdempotencyKey)
		}
		fs = append(fs, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), stored)})
		var lines [][]byte
		for i := range chunk {
			if chunk[i].LineKey != ([16]byte{}) {
				lines = append(lines, chunk[i].LineKey[:])
			}
		}
		if len(lines) > 0 {
			q := b.s.db.Builder().NewSelect().Table("punches").Column("line_key").
				Where("line_key IN (?)", bun.List(lines))
			fs = append(fs, db.Fetch{Query: q, Read: b.scanLines})
		}
	}
	return fs
}

func (b *batch) scanLines(_ context.Context, rows *sql.Rows) error {
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return err
		}
		b.lines[[16]byte(key)] = true
	}
	return rows.Err()
}

// remember notes rows whose keys the batch sends again.
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

// within tells whether all that is needed is among what o has.
func (n *need) within(o *need) bool {
	for k := range n.days {
		if !o.days[k] {
			return false
		}
	}
	return len(n.ids) == 0 || !n.from.Before(o.from) && !n.to.After(o.to)
}

func (b *batch) scanVersions(_ context.Context, rows *sql.Rows) error {
	for rows.Next() {
		var k dayKey
		var version, branch int64
		if err := rows.Scan(&k.employee, &k.date, &version, &branch); err != nil {
			return err
		}
		b.versions[k] = version
		roster := b.rosters[k.employee].Roster
		now := roster.On(k.date).Branch.ID
		if now == branch {
			continue
		}
		b.left = append(b.left, RecapDue{branch, k.date}) // its employee moved, and no task has been there yet
		if !roster.Locked(k.date) {
			b.moved = append(b.moved, reviews.MovedDay(k.employee, k.date, now))
		}
	}
	return rows.Err()
}

// locate applies the branch's policy. It is about people's own devices: a terminal or kiosk stands where it was put,
// and a file or a correction has no position to ask for.
func locate(b *attendance.Branch, p *attendance.NewPunch) (attendance.Location, error) {
	if p.Fix == nil && !p.Source.Own() {
		return attendance.Location{}, nil
	}
	return b.Locate(p.Fix)
}

// fromElsewhere applies the branch's policy of networks, to people's own devices and to tablets: one stands at the
// branch, or else it is at somebody's home.
func fromElsewhere(b *attendance.Branch, p *attendance.NewPunch) (foreign bool, err error) {
	atKiosk := p.KioskBranch != 0
	if p.Address == "" || !p.Source.Own() && !atKiosk {
		return false, nil
	}
	foreign, err = b.CheckNetwork(p.Address, p.Offline)
	var from attendance.ForeignNetwork
	if atKiosk && errors.As(err, &from) {
		err = kiosk.ForeignNetwork{ForeignNetwork: from}
	}
	return foreign, err
}

// keep notes the answer to a stored punch, but for its day.
func (b *batch) keep(row *punchRow) error {
	b.answers[row.ID] = attendance.Recorded{Punch: row.domain()}
	k, ok, err := row.answered()
	if ok {
		b.answered[row.ID] = k
	}
	return err
}

// loadAnswered loads the days of the answers that this batch does not compute itself.
func (b *batch) loadAnswered(ctx context.Context) error {
	employees := map[attendance.Date][]int64{}
	for _, k := range b.answered {
		if !b.touched[k] && !slices.Contains(employees[k.date], k.employee) {
			employees[k.date] = append(employees[k.date], k.employee)
		}
	}
	if len(employees) == 0 {
		return nil
	}
	var rows []dayrows.Row
	if err := b.p.Fetch(ctx, b.dayRows(employees, &rows)...); err != nil {
		return fmt.Errorf("load answered days: %w", err)
	}
	for i := range rows {
		b.computed[dayKey{rows[i].EmployeeID, rows[i].WorkDate}] = rows[i].Domain()
	}
	return nil
}

// dayRows asks for the stored days of some employees on some dates.
func (b *batch) dayRows(employees map[attendance.Date][]int64, into *[]dayrows.Row) (fs []db.Fetch) {
	for d, ids := range employees {
		q := b.s.db.Builder().NewSelect().Model((*dayrows.Row)(nil)).
			Where("work_date = ? AND employee_id IN (?)", d, bun.List(ids))
		fs = append(fs, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), into)})
	}
	return fs
}

// repeatsWithin returns the numbers of the rows that repeat another of the same batch.
func (b *batch) repeatsWithin() (ns []int) {
	for n, i := range b.accepted {
		if _, here := positionOf(b.repeats[i]); here {
			ns = append(ns, n)
		}
	}
	return ns
}

// maxTraces bounds the trace ids that a broadcast carries.
const maxTraces = 16

func (b *batch) traces() []string {
	var out []string
	for _, i := range b.accepted {
		if t := b.in[i].Trace; t != "" && len(out) < maxTraces && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (b *batch) punchesByID(ctx context.Context, ids []int64) (rows []punchRow, err error) {
	q := b.s.db.Builder().NewSelect().Model((*punchRow)(nil)).Where("id IN (?)", bun.List(ids))
	if err := b.p.Fetch(ctx, db.Fetch{Query: q, Read: db.ScanInto(b.s.db.Builder(), &rows)}); err != nil {
		return nil, fmt.Errorf("load punches: %w", err)
	}
	return rows, nil
}
