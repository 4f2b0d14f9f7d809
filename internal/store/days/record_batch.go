package days

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/task"

	"github.com/uptrace/bun/schema"
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
	punches  map[int64][]attendance.Punch  // by employee; new ones carry the negative of their position + 1 as id
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
	received map[int64][]time.Time         // when punches by hand arrived, of people with limits

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

func (s *Days) newBatch(p *db.Pipeline, in []attendance.NewPunch) *batch {
	n := len(in)
	return &batch{s: s, p: p, now: s.db.Clock.Now(), in: in, results: make([]attendance.RecordResult, n),
		known: map[punchKey]*punchRow{}, punches: make(map[int64][]attendance.Punch, n),
		versions: make(map[dayKey]int64, n),
		accepted: make([]int, 0, n), repeats: map[int]int64{}, same: map[int]int{}, touched: make(map[dayKey]bool, n),
		fresh: make(map[punchKey]int, n), answers: map[int64]attendance.Recorded{},
		computed: make(map[dayKey]attendance.Day, n), received: map[int64][]time.Time{}}
}

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
	if err := b.loadAnswers(ctx); err != nil {
		return err
	}
	if err := b.save(ctx); err != nil {
		return err
	}
	b.answer()
	return nil
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
	distance, outside, err := locate(branch, p)
	if err != nil {
		fail(err)
		return
	}
	punch := attendance.Punch{
		ID: -int64(i) - 1, EmployeeID: p.EmployeeID, BranchID: branch.ID, Zone: branch.Zone, Direction: p.Direction,
		OccurredAt: at, ReceivedAt: b.now, Offline: p.Offline, Source: p.Source, Device: p.Device, Fix: p.Fix,
		Distance: distance, OutsideArea: outside, Note: p.Note,
	}
	if p.ClaimedAt != nil {
		claimed := db.Micro(*p.ClaimedAt)
		punch.ClaimedAt = &claimed
	}
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
	}
	b.results[i].Punch = punch
	if p.Limits != (attendance.PunchLimits{}) {
		b.received[p.EmployeeID] = append(b.received[p.EmployeeID], b.now)
	}
	b.fresh[k] = i
	b.accepted = append(b.accepted, i)
	b.punches[p.EmployeeID] = append(b.punches[p.EmployeeID], punch)
}

// locate applies the branch's policy. It is about people's own devices: a terminal or kiosk stands where it was put,
// and a file or a correction has no position to ask for.
func locate(b *attendance.Branch, p *attendance.NewPunch) (distance *float64, outside bool, err error) {
	if p.Fix == nil && p.Source != attendance.SourceWeb && p.Source != attendance.SourceMobile {
		return nil, false, nil
	}
	return b.Locate(p.Fix)
}

func mismatch() error {
	return &attendance.Error{Code: attendance.CodeIdempotencyMismatch,
		Message: "The idempotency key was used with another request."}
}

// compute makes the touched days and returns those to write.
func (b *batch) compute() []attendance.Day {
	changed := make([]attendance.Day, 0, len(b.touched))
	for k := range b.touched {
		roster := b.rosters[k.employee].Roster
		d := roster.Day(k.employee, k.date, b.punches[k.employee], b.now)
		if d.PunchCount == 0 && b.versions[k] == 0 {
			continue // its only punch turned out to be another date's
		}
		write := true
		if roster.Locked(k.date) {
			// Without a stored day there is nothing that was settled but the absence of punches.
			stored, ok := b.settled[k]
			if !ok {
				stored = roster.Day(k.employee, k.date, nil, b.now)
			}
			d, write = stored.Settled()
		}
		if write {
			d.Version, d.UpdatedAt = b.versions[k]+1, b.now
			changed = append(changed, d)
		}
		b.computed[k] = d
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

// save writes the accepted punches, the days they change, and the outbox rows, and commits.
func (b *batch) save(ctx context.Context) error {
	changed := b.compute()
	voids, err := b.voidStatements(ctx)
	if err != nil {
		return err
	}
	recounts, err := b.s.recapsAgain(ctx, b.left)
	if err != nil {
		return err
	}
	voids = append(recounts, voids...)
	if len(b.accepted) == 0 {
		b.outbox, _, err = b.s.commitDays(ctx, b.p, changed, nil, voids...)
		return err
	}
	if err := b.makeRows(); err != nil {
		return err
	}
	step, err := b.s.db.StepOfIDs(ctx, b.p.Conn)
	if err != nil {
		return err
	}
	number := func(reported int64) {
		first := b.s.db.FirstID(reported, len(b.rows))
		for n, i := range b.accepted {
			b.rows[n].ID = first + int64(n)*step
			b.results[i].Punch.ID = b.rows[n].ID
		}
	}
	statements := []schema.QueryAppender{b.s.db.Builder().NewInsert().Model(&b.rows).Returning("NULL")}
	if links := b.repeatsWithin(); len(links) > 0 {
		ids, err := b.p.Exec(ctx, statements...)
		if err != nil {
			return fmt.Errorf("insert punches: %w", err)
		}
		number(ids[0])
		statements = append(b.link(links), voids...)
		if b.outbox, _, err = b.s.commitDays(ctx, b.p, changed, b.traces(), statements...); err != nil {
			return fmt.Errorf("write days: %w", err)
		}
		return nil
	}
	outbox, ids, err := b.s.commitDays(ctx, b.p, changed, b.traces(), append(statements, voids...)...)
	if err != nil {
		return fmt.Errorf("write punches and days: %w", err)
	}
	number(ids[0])
	b.outbox = outbox
	return nil
}

// makeRows makes the rows of the accepted punches. One that repeats another is answered with that one's day.
func (b *batch) makeRows() error {
	b.rows = make([]punchRow, len(b.accepted))
	encoded := make(map[dayKey]string, len(b.accepted))
	for n, i := range b.accepted {
		p := &b.results[i].Punch
		row := newPunchRow(*p)
		row.ID = 0
		row.IdempotencyKey = b.in[i].IdempotencyKey
		row.RequestHash = b.in[i].RequestHash[:]
		if row.DuplicateOf < 0 {
			row.DuplicateOf = 0 // the first is of this very statement; its id is not known yet
		}
		if b.repeats[i] == 0 {
			date, _ := b.rosters[p.EmployeeID].Roster.DateFor(p, b.punches[p.EmployeeID])
			k := dayKey{p.EmployeeID, date}
			b.results[i].Day = b.computed[k]
			text, ok := encoded[k]
			if !ok {
				j, err := json.Marshal(b.results[i].Day)
				if err != nil {
					return fmt.Errorf("answered day: %w", err)
				}
				text = string(j)
				encoded[k] = text
			}
			row.AnsweredDay = text
		}
		b.rows[n] = row
	}
	return nil
}

// repeatsWithin returns the numbers of the rows that repeat another of the same batch.
func (b *batch) repeatsWithin() (ns []int) {
	for n, i := range b.accepted {
		if b.repeats[i] < 0 {
			ns = append(ns, n)
		}
	}
	return ns
}

// link points punches at the first one, of the same batch, whose id is known only now.
func (b *batch) link(ns []int) []schema.QueryAppender {
	statements := make([]schema.QueryAppender, len(ns))
	for k, n := range ns {
		i := b.accepted[n]
		id := b.results[-b.repeats[i]-1].Punch.ID
		b.repeats[i], b.results[i].Punch.DuplicateOf, b.rows[n].DuplicateOf = id, id, id
		statements[k] = b.s.db.Builder().NewUpdate().Model((*punchRow)(nil)).Set("duplicate_of = ?", id).Where("id = ?",
			b.rows[n].ID)
	}
	return statements
}

// loadAnswers decodes what was answered to the punches that are sent again, and loads those that are repeated under
// another key.
func (b *batch) loadAnswers(ctx context.Context) error {
	var missing []int64
	for _, row := range b.known {
		if row.DuplicateOf != 0 {
			missing = append(missing, row.DuplicateOf)
		} else if err := b.keep(row); err != nil {
			return err
		}
	}
	for _, id := range b.repeats {
		if id > 0 {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := b.punchesByID(ctx, missing)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := b.keep(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) keep(row *punchRow) error {
	a, err := row.answer()
	b.answers[row.ID] = a
	return err
}

// answer fills in the results of replays and repeats.
func (b *batch) answer() {
	for _, i := range b.accepted {
		b.answers[b.results[i].Punch.ID] = b.results[i].Recorded
	}
	for i := range b.in {
		if b.results[i].Err != nil {
			continue
		}
		id := b.repeats[i]
		if row, known := b.known[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}]; known {
			id = cmp.Or(row.DuplicateOf, row.ID)
		}
		if id != 0 {
			b.results[i].Recorded, b.results[i].Replayed = b.answers[id], true
		}
	}
	for i, first := range b.same {
		b.results[i].Recorded = b.results[first].Recorded
		b.results[i].Replayed = true
	}
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
