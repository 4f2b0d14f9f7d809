package days

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hadir/internal/attendance"

	"github.com/uptrace/bun/schema"
)

// write stores what was judged, commits, and fills the results in, in steps that stand in this file in their order.
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
	voids, err := b.auditStatements(ctx)
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
		if h, ok := hashOf(&b.in[i]); ok {
			row.DeviceHash = h[:]
		}
		if _, here := positionOf(row.DuplicateOf); here {
			row.DuplicateOf = 0 // the first is of this very statement, so that its id is not known yet
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
		if _, here := positionOf(b.repeats[i]); here {
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
