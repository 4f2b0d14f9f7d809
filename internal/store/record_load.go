package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// orChunk bounds the terms of an OR: SQLite's parser takes at most a thousand levels.
const orChunk = 256

// lock takes the employees' row locks in the order of their ids, which is what keeps two batches from deadlocking and
// makes every later read of the transaction see what the batch before wrote. Then it loads their rosters.
func (b *batch) lock(ctx context.Context, tx bun.Tx) error {
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
	es, err := b.s.employeesByID(ctx, tx, slices.Compact(ids), true)
	if err != nil {
		return err
	}
	ref, err := b.s.reference(ctx, tx)
	if err != nil {
		return err
	}
	// A zone is less than a day away from UTC.
	from, to := attendance.DateOf(first, time.UTC).AddDays(-1), attendance.DateOf(last, time.UTC).AddDays(1)
	b.rosters, err = rostersOf(ctx, tx, ref, es, from, to)
	return err
}

// loadKeys finds the idempotency keys of the batch that are stored already.
func (b *batch) loadKeys(ctx context.Context, tx bun.Tx) error {
	for chunk := range slices.Chunk(b.in, orChunk) {
		var rows []punchRow
		q := tx.NewSelect().Model(&rows)
		for i := range chunk {
			q = q.WhereOr("(employee_id = ? AND idempotency_key = ?)", chunk[i].EmployeeID, chunk[i].IdempotencyKey)
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("look up idempotency keys: %w", err)
		}
		for i := range rows {
			b.known[punchKey{rows[i].EmployeeID, rows[i].IdempotencyKey}] = &rows[i]
		}
	}
	return nil
}

// loadPunches loads every stored punch that can belong to a date which the batch touches.
func (b *batch) loadPunches(ctx context.Context, tx bun.Tx) error {
	var ids []int64
	var from, to time.Time
	for i := range b.in {
		p := &b.in[i]
		er, ok := b.rosters[p.EmployeeID]
		if _, known := b.known[punchKey{p.EmployeeID, p.IdempotencyKey}]; known || !ok {
			continue
		}
		date, _ := er.Roster.WorkDate(p.OccurredAt)
		f, t := er.Roster.PunchRange(date)
		if len(ids) == 0 || f.Before(from) {
			from = f
		}
		if len(ids) == 0 || t.After(to) {
			to = t
		}
		ids = append(ids, p.EmployeeID)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return b.s.punchesBetween(ctx, tx, slices.Compact(ids), from.Add(-attendance.DuplicateWithin), to, b.punches)
}

// punchesBetween adds the punches of some employees that occurred in [from, to) to a map by employee, with the columns
// that the rules look at.
func (s *Store) punchesBetween(ctx context.Context, db bun.IDB, ids []int64, from, to time.Time, into map[int64][]attendance.Punch) error {
	for chunk := range slices.Chunk(ids, idChunk) {
		var rows []punchRow
		err := db.NewSelect().Model(&rows).
			Column("id", "employee_id", "direction", "occurred_at", "offline", "source", "outside_area", "duplicate_of").
			Where("employee_id IN (?)", bun.List(chunk)).Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()).Scan(ctx)
		if err != nil {
			return fmt.Errorf("load punches: %w", err)
		}
		for i := range rows {
			into[rows[i].EmployeeID] = append(into[rows[i].EmployeeID], rows[i].domain())
		}
	}
	return nil
}

// loadDays loads the stored days of the dates that the accepted punches belong to.
func (b *batch) loadDays(ctx context.Context, tx bun.Tx) error {
	byDate := map[attendance.Date][]int64{}
	for _, i := range b.accepted {
		p := &b.results[i].Punch
		date, _ := b.rosters[p.EmployeeID].Roster.WorkDate(p.OccurredAt)
		if ids := byDate[date]; len(ids) == 0 || ids[len(ids)-1] != p.EmployeeID {
			byDate[date] = append(ids, p.EmployeeID)
		}
	}
	return daysOf(ctx, tx, byDate, b.days)
}

// daysOf adds the stored days of employees by date to a map.
func daysOf(ctx context.Context, db bun.IDB, byDate map[attendance.Date][]int64, into map[dayKey]attendance.Day) error {
	dates := make([]attendance.Date, 0, len(byDate))
	for d := range byDate {
		dates = append(dates, d)
	}
	slices.Sort(dates)
	for chunk := range slices.Chunk(dates, orChunk) {
		var rows []dayRow
		q := db.NewSelect().Model(&rows)
		for _, d := range chunk {
			q = q.WhereOr("(work_date = ? AND employee_id IN (?))", d, bun.List(byDate[d]))
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("load days: %w", err)
		}
		for i := range rows {
			into[dayKey{rows[i].EmployeeID, rows[i].WorkDate}] = rows[i].domain()
		}
	}
	return nil
}
