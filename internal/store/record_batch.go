package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// RecordBatch writes punches in one transaction and returns a result for each, in order, and the outbox rows to
// enqueue. An error means that nothing was written, or, when it is CodeUnavailable, that the same batch may be sent again:
// the idempotency keys of what was written are known then. Punches of one batch may be of the same employee; all of them
// are answered with the day as it is after the whole batch.
//
// The number of statements does not depend on the number of punches, up to a few hundred of them.
func (s *Store) RecordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, []task.Outboxed, error) {
	if len(punches) == 0 {
		return nil, nil, nil
	}
	var b *batch
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		b = s.newBatch(punches)
		return b.run(ctx, tx)
	})
	if err != nil {
		return nil, nil, failed("record punches", err)
	}
	return b.results, b.outbox, nil
}

// batch is the state of one transaction of the recorder.
type batch struct {
	s       *Store
	now     time.Time
	in      []attendance.NewPunch
	results []attendance.RecordResult
	outbox  []task.Outboxed

	rosters  map[int64]*employeeRoster
	known    map[punchKey]*punchRow        // stored rows of the keys in this batch
	punches  map[int64][]attendance.Punch  // by employee; new ones carry the negative of their position + 1 as id
	days     map[dayKey]attendance.Day     // stored days of the dates touched
	accepted []int                         // positions of punches to insert
	repeats  map[int]int64                 // position → id of the punch it repeats
	same     map[int]int                   // position → earlier position of the same key
	touched  map[dayKey]bool               // dates with a punch that counts
	fresh    map[punchKey]int              // keys of this batch → position
	rows     []punchRow                    // what is inserted, in the order of accepted
	answers  map[int64]attendance.Recorded // answers of stored punches, by id
	computed map[dayKey]attendance.Day     // days as they are after the batch
}

type punchKey struct {
	employee int64
	key      string
}

type dayKey struct {
	employee int64
	date     attendance.Date
}

func (s *Store) newBatch(in []attendance.NewPunch) *batch {
	n := len(in)
	return &batch{s: s, now: s.clock.Now(), in: in, results: make([]attendance.RecordResult, n),
		known: map[punchKey]*punchRow{}, punches: make(map[int64][]attendance.Punch, n), days: make(map[dayKey]attendance.Day, n),
		accepted: make([]int, 0, n), repeats: map[int]int64{}, same: map[int]int{}, touched: make(map[dayKey]bool, n),
		fresh: make(map[punchKey]int, n), answers: map[int64]attendance.Recorded{}, computed: make(map[dayKey]attendance.Day, n)}
}

func (b *batch) run(ctx context.Context, tx bun.Tx) error {
	if err := b.lock(ctx, tx); err != nil {
		return err
	}
	if err := b.loadKeys(ctx, tx); err != nil {
		return err
	}
	if err := b.loadPunches(ctx, tx); err != nil {
		return err
	}
	for i := range b.in {
		b.judge(i)
	}
	if err := b.loadDays(ctx, tx); err != nil {
		return err
	}
	changed := b.compute()
	if err := b.insertPunches(ctx, tx); err != nil {
		return err
	}
	if err := upsertDays(ctx, b.s, tx, changed); err != nil {
		return err
	}
	var err error
	if b.outbox, err = b.s.insertBroadcasts(ctx, tx, changed, b.traces()); err != nil {
		return err
	}
	return b.answer(ctx, tx)
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
	date, _ := er.Roster.WorkDate(p.OccurredAt)
	if er.Employee.Status != attendance.EmployeeActive || !employed(&er.Employee, date) {
		fail(&attendance.Error{Code: attendance.CodeEmployeeInactive, Message: "The employee is not active on that day."})
		return
	}
	distance, outside, err := locate(er.Roster.Branch, p)
	if err != nil {
		fail(err)
		return
	}
	punch := attendance.Punch{
		ID: -int64(i) - 1, EmployeeID: p.EmployeeID, BranchID: er.Employee.BranchID, Zone: er.Roster.Branch.Zone, Direction: p.Direction,
		OccurredAt: micro(p.OccurredAt), ReceivedAt: b.now, Offline: p.Offline, Source: p.Source, Device: p.Device, Fix: p.Fix,
		Distance: distance, OutsideArea: outside, Note: p.Note,
	}
	if p.ClaimedAt != nil {
		claimed := micro(*p.ClaimedAt)
		punch.ClaimedAt = &claimed
	}
	if of := er.Roster.DuplicateOf(b.punches[p.EmployeeID], punch); of != 0 {
		punch.DuplicateOf = of
		b.repeats[i] = of
	} else {
		b.touched[dayKey{p.EmployeeID, date}] = true
	}
	b.results[i].Punch = punch
	b.fresh[k] = i
	b.accepted = append(b.accepted, i)
	b.punches[p.EmployeeID] = append(b.punches[p.EmployeeID], punch)
}

// locate applies the branch's policy. It is about people's own devices: a terminal or kiosk stands where it was put, and a
// file or a correction has no position to ask for.
func locate(b attendance.Branch, p *attendance.NewPunch) (distance *float64, outside bool, err error) {
	if p.Fix == nil && p.Source != attendance.SourceWeb && p.Source != attendance.SourceMobile {
		return nil, false, nil
	}
	return b.Locate(p.Fix)
}

func mismatch() error {
	return &attendance.Error{Code: attendance.CodeIdempotencyMismatch, Message: "The idempotency key was used with another request."}
}

// compute makes the touched days and returns those to write.
func (b *batch) compute() []attendance.Day {
	changed := make([]attendance.Day, 0, len(b.touched))
	for k := range b.touched {
		d := b.rosters[k.employee].Roster.Day(k.employee, k.date, b.punches[k.employee], b.now)
		d.Version, d.UpdatedAt = b.days[k].Version+1, b.now
		b.computed[k] = d
		changed = append(changed, d)
	}
	// In the order of the primary key, so that two transactions that touch the same pages do so alike.
	slices.SortFunc(changed, func(x, y attendance.Day) int {
		if x.EmployeeID != y.EmployeeID {
			return int(x.EmployeeID - y.EmployeeID)
		}
		return int(x.WorkDate - y.WorkDate)
	})
	return changed
}

// dayOf returns the day that a punch counts for, as it is after the batch.
func (b *batch) dayOf(p *attendance.Punch) attendance.Day {
	r := b.rosters[p.EmployeeID].Roster
	date, _ := r.WorkDate(p.OccurredAt)
	k := dayKey{p.EmployeeID, date}
	if d, ok := b.computed[k]; ok {
		return d
	}
	if d, ok := b.days[k]; ok {
		return d
	}
	return r.Day(p.EmployeeID, date, b.punches[p.EmployeeID], b.now)
}

// insertPunches writes the accepted punches in one statement and learns their ids.
func (b *batch) insertPunches(ctx context.Context, tx bun.Tx) error {
	if len(b.accepted) == 0 {
		return nil
	}
	b.rows = make([]punchRow, len(b.accepted))
	encoded := map[dayKey]string{}
	for n, i := range b.accepted {
		p := &b.results[i].Punch
		row := newPunchRow(*p)
		row.ID = 0
		row.IdempotencyKey = b.in[i].IdempotencyKey
		row.RequestHash = b.in[i].RequestHash[:]
		if row.DuplicateOf < 0 {
			row.DuplicateOf = 0 // the first is of this very statement; its id is not known yet
		}
		d := b.dayOf(p)
		b.results[i].Day = d
		k := dayKey{d.EmployeeID, d.WorkDate}
		text, ok := encoded[k]
		if !ok {
			j, err := json.Marshal(d)
			if err != nil {
				return fmt.Errorf("answered day: %w", err)
			}
			text = string(j)
			encoded[k] = text
		}
		row.AnsweredDay = text
		b.rows[n] = row
	}
	first, step, err := b.s.insertNumbered(ctx, tx, tx.NewInsert().Model(&b.rows), len(b.rows))
	if err != nil {
		return fmt.Errorf("insert punches: %w", err)
	}
	for n, i := range b.accepted {
		b.rows[n].ID = first + int64(n)*step
		b.results[i].Punch.ID = b.rows[n].ID
	}
	return b.linkRepeats(ctx, tx)
}

// linkRepeats points punches at a first one of the same batch, whose id is known only now.
func (b *batch) linkRepeats(ctx context.Context, tx bun.Tx) error {
	for n, i := range b.accepted {
		of, ok := b.repeats[i]
		if !ok || of > 0 {
			continue
		}
		id := b.results[-of-1].Punch.ID
		b.repeats[i] = id
		b.results[i].Punch.DuplicateOf = id
		b.rows[n].DuplicateOf = id
		if _, err := tx.NewUpdate().Model((*punchRow)(nil)).Set("duplicate_of = ?", id).Where("id = ?", b.rows[n].ID).Exec(ctx); err != nil {
			return fmt.Errorf("link a repeated punch: %w", err)
		}
	}
	return nil
}

// answer fills in the results of replays and repeats.
func (b *batch) answer(ctx context.Context, tx bun.Tx) error {
	for _, i := range b.accepted {
		b.answers[b.results[i].Punch.ID] = b.results[i].Recorded
	}
	replayed := map[int]int64{} // position → id of the punch that answers it
	var missing []int64
	want := func(i int, id int64) {
		replayed[i] = id
		if _, ok := b.answers[id]; !ok {
			missing = append(missing, id)
		}
	}
	for i := range b.in {
		if b.results[i].Err != nil {
			continue
		}
		row, known := b.known[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}]
		switch {
		case known && row.DuplicateOf != 0:
			want(i, row.DuplicateOf)
		case known:
			a, err := row.answer()
			if err != nil {
				return err
			}
			b.answers[row.ID] = a
			want(i, row.ID)
		case b.repeats[i] != 0:
			want(i, b.repeats[i])
		}
	}
	if len(missing) > 0 {
		var rows []punchRow
		if err := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(missing)).Scan(ctx); err != nil {
			return fmt.Errorf("load repeated punches: %w", err)
		}
		for n := range rows {
			a, err := rows[n].answer()
			if err != nil {
				return err
			}
			b.answers[rows[n].ID] = a
		}
	}
	for i, id := range replayed {
		b.results[i].Recorded = b.answers[id]
		b.results[i].Replayed = true
	}
	for i, first := range b.same {
		b.results[i] = b.results[first]
		b.results[i].Replayed = true
	}
	return nil
}

// answer returns what the client was told when the punch was recorded.
func (r *punchRow) answer() (attendance.Recorded, error) {
	a := attendance.Recorded{Punch: r.domain()}
	if r.AnsweredDay == "" {
		return a, nil // seeded history, which no client sent
	}
	if err := json.Unmarshal([]byte(r.AnsweredDay), &a.Day); err != nil {
		return a, fmt.Errorf("answered day of punch %d: %w", r.ID, err)
	}
	return a, nil
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

// micro cuts to what the databases keep, so that an answer equals its replay.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
