package days

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/limits"
	"hadir/internal/attendance/review"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// run takes the steps of a batch in the order in which they stand in this file; their tools are in record.go, and what
// concerns punches that give way is in voids.go.
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
	var err error
	if b.rosters, err = b.s.plans.LockRosters(ctx, b.p, slices.Compact(ids), dates, b.lookUp(&stored)...); err != nil {
		return err
	}
	b.remember(stored)
	return nil
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
	var settled []dayrows.Row
	fs = append(fs, b.dayRows(locked, &settled)...)
	fs = append(fs, b.keptClaims()...)
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

// usualPunches is how many punches of a person a batch mostly holds, the new one among them.
const usualPunches = 4

// sort gives the loaded punches to their employees and finds those that the batch sends again.
func (b *batch) sort(ctx context.Context, punches []punchRow) error {
	b.renameVoided(punches)
	keys := make(map[punchKey]bool, len(b.in))
	clear(b.received)
	clear(b.takenBack)
	limited := map[int64]bool{}
	for i := range b.in {
		keys[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}] = true
		if b.in[i].Limits != (limits.Punches{}) {
			limited[b.in[i].EmployeeID] = true
		}
	}
	var again []int64
	for i := range punches {
		p := &punches[i]
		if limited[p.EmployeeID] && attendance.Source(p.Source).ByHand() {
			b.received[p.EmployeeID] = append(b.received[p.EmployeeID], p.ReceivedAt)
		}
		if p.Voided {
			b.takeBack(p)
		} else if !b.rehearsal.takes(p.ID) {
			if b.punches[p.EmployeeID] == nil {
				b.punches[p.EmployeeID] = make([]attendance.Punch, 0, usualPunches)
			}
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

// judge decides what becomes of one punch: an error of its own, a replay, or a row.
func (b *batch) judge(i int) {
	p := &b.in[i]
	fail := func(err error) { b.results[i].Err = err }
	er, ok := b.rosters[p.EmployeeID]
	if !ok {
		fail(&attendance.Error{Code: attendance.CodeNotFound, Message: "There is no such employee."})
		return
	}
	if er.Employee.Forgotten {
		fail(attendance.Forgotten())
		return
	}
	k := punchKey{p.EmployeeID, p.IdempotencyKey}
	if row, ok := b.known[k]; ok {
		if [16]byte(row.RequestHash) != p.RequestHash {
			fail(db.KeyMismatch())
		} else if p.Replaces != nil {
			b.results[i].Err = b.replace(i)
		}
		return // answered at the end
	}
	if first, ok := b.fresh[k]; ok {
		if b.in[first].RequestHash != p.RequestHash {
			fail(db.KeyMismatch())
			return
		}
		b.same[i] = first
		return
	}
	if p.Refused != nil {
		fail(p.Refused)
		return
	}
	if b.lines[p.LineKey] {
		b.results[i].Replayed = true
		return // there is nothing to answer: the punch is somebody else's, or was made with another key
	}
	if w, ok := b.kept[k]; ok {
		fail(w)
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
	punch, err := b.made(i, branch)
	if err != nil {
		fail(err)
		return
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
		if err := b.judgeClaim(i, date, &punch); err != nil {
			b.results[i].Punch = punch // what is known about it is kept while it waits
			fail(err)
			return
		}
		var some [4]attendance.Date
		for _, d := range er.Roster.Changed(some[:0], &punch, others) {
			b.touched[dayKey{p.EmployeeID, d}] = true
		}
		b.ownPunch(p)
		if reasons := review.Of(&punch, branch, turned != nil); len(reasons) > 0 {
			b.doubted = append(b.doubted, reviews.Found{EmployeeID: p.EmployeeID, IdempotencyKey: p.IdempotencyKey,
				WorkDate: date, Reasons: reasons})
		}
	}
	b.results[i].Punch = punch
	if p.Limits != (limits.Punches{}) {
		b.received[p.EmployeeID] = append(b.received[p.EmployeeID], b.now)
	}
	b.fresh[k] = i
	b.accepted = append(b.accepted, i)
	b.punches[p.EmployeeID] = append(b.punches[p.EmployeeID], punch)
	b.witness(&punch, p)
}

// write stores what was judged, commits, and fills the results in.
func (b *batch) write(ctx context.Context) error {
	if err := b.loadAnswers(ctx); err != nil {
		return err
	}
	if err := b.save(ctx, b.compute()); err != nil {
		return err
	}
	b.answer()
	return nil
}

// loadAnswers loads what the punches are answered with that are sent again, or repeated under another key: the punch
// that was stored, and its day as it is by now.
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
	if len(missing) > 0 {
		rows, err := b.punchesByID(ctx, missing)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := b.keep(&rows[i]); err != nil {
				return err
			}
		}
	}
	return b.loadAnswered(ctx)
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
func (b *batch) save(ctx context.Context, changed []attendance.Day) error {
	others, err := b.auditStatements(ctx)
	if err != nil {
		return err
	}
	recounts, err := b.s.recapsAgain(ctx, b.left)
	if err != nil {
		return err
	}
	others = slices.Concat(recounts, reviews.Followed(b.s.db.Builder(), b.moved),
		reviews.Opened(b.s.db.Builder(), b.doubted), others)
	if len(b.accepted) == 0 {
		b.outbox, _, err = b.s.commitDays(ctx, b.p, changed, nil, others...)
		return err
	}
	b.makeRows()
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
	statements := []schema.QueryAppender{b.s.insertPunches(b.rows)}
	if links := b.repeatsWithin(); len(links) > 0 {
		ids, err := b.p.Exec(ctx, statements...)
		if err != nil {
			return fmt.Errorf("insert punches: %w", err)
		}
		number(ids[0])
		statements = append(b.link(links), others...)
		if b.outbox, _, err = b.s.commitDays(ctx, b.p, changed, b.traces(), statements...); err != nil {
			return fmt.Errorf("write days: %w", err)
		}
		return nil
	}
	outbox, ids, err := b.s.commitDays(ctx, b.p, changed, b.traces(), append(statements, others...)...)
	if err != nil {
		return fmt.Errorf("write punches and days: %w", err)
	}
	number(ids[0])
	b.outbox = outbox
	return nil
}

// makeRows makes the rows of the accepted punches. One that repeats another is answered with that one's day.
func (b *batch) makeRows() {
	b.rows = make([]punchRow, len(b.accepted))
	for n, i := range b.accepted {
		p := &b.results[i].Punch
		row := newPunchRow(*p)
		row.ID = 0
		row.IdempotencyKey = b.in[i].IdempotencyKey
		row.RequestHash = b.in[i].RequestHash[:]
		if b.in[i].LineKey != ([16]byte{}) {
			row.LineKey = b.in[i].LineKey[:]
		}
		if h, ok := hashOf(&b.in[i]); ok || b.in[i].Judged != nil && h != (deviceHash{}) {
			row.DeviceHash = h[:]
		}
		if _, here := positionOf(row.DuplicateOf); here {
			row.DuplicateOf = 0 // the first is of this very statement, so that its id is not known yet
		}
		if b.repeats[i] == 0 {
			date, _ := b.rosters[p.EmployeeID].Roster.DateFor(p, b.punches[p.EmployeeID])
			b.results[i].Day = b.computed[dayKey{p.EmployeeID, date}]
			row.AnsweredDay = answeredDay{date}.text()
		}
		b.rows[n] = row
	}
}

// link points punches at the first one, of the same batch, whose id is known only now.
func (b *batch) link(ns []int) []schema.QueryAppender {
	statements := make([]schema.QueryAppender, len(ns))
	for k, n := range ns {
		i := b.accepted[n]
		first, _ := positionOf(b.repeats[i])
		id := b.results[first].Punch.ID
		b.repeats[i], b.results[i].Punch.DuplicateOf, b.rows[n].DuplicateOf = id, id, id
		statements[k] = b.s.db.Builder().NewUpdate().Model((*punchRow)(nil)).Set("duplicate_of = ?", id).Where("id = ?",
			b.rows[n].ID)
	}
	return statements
}

// answer fills in the results of replays and repeats.
func (b *batch) answer() {
	if len(b.repeats) > 0 { // perhaps of these
		for _, i := range b.accepted {
			b.answers[b.results[i].Punch.ID] = b.results[i].Recorded
		}
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
			if k, ok := b.answered[id]; ok {
				b.results[i].Day = b.computed[k]
			}
		}
	}
	for i, first := range b.same {
		b.results[i].Recorded = b.results[first].Recorded
		b.results[i].Replayed = true
	}
}
