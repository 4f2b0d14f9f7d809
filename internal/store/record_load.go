package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// orChunk bounds the terms of an OR: SQLite's parser takes at most a thousand levels.
const orChunk = 256

// lockedRow is what a transaction needs to know of an employee whose row it locks.
type lockedRow struct {
	id, branch, planVersion int64
	status                  attendance.EmployeeStatus
	hiredOn, leftOn         *attendance.Date
	// reference is reference_version.version. A subquery takes no lock, but may be answered before the statement has
	// waited for its locks.
	reference int64
}

// lockEmployees asks for the employees of ids in the order of their ids, and for their row locks.
func (s *Store) lockEmployees(ids []int64, into *[]lockedRow) fetch {
	q := s.writer.NewSelect().Table("employees").Column("id", "branch_id", "plan_version", "status", "hired_on",
		"left_on").
		ColumnExpr("("+referenceVersion+")").Where("id IN (?)", bun.List(ids)).Order("id")
	return fetch{s.forUpdate(q, ""), func(_ context.Context, rows *sql.Rows) error {
		for rows.Next() {
			var r lockedRow
			if err := rows.Scan(&r.id, &r.branch, &r.planVersion, &r.status, &r.hiredOn, &r.leftOn,
				&r.reference); err != nil {
				return err
			}
			*into = append(*into, r)
		}
		return rows.Err()
	}}
}

// lockRosters takes the employees' row locks in the order of their ids, which is what keeps two transactions from
// deadlocking and makes every later read see what the transaction before wrote. Then it gathers their rosters, exact
// for from..to. All this is one round trip, as is what else is to be fetched with it. Of the employees only what a
// lockedRow has is known.
func (s *Store) lockRosters(ctx context.Context, p *pipeline, ids []int64, from, to attendance.Date,
	more ...fetch) (map[int64]*employeeRoster, error) {
	db := s.writer
	from, to = from.AddDays(-rosterMargin), to.AddDays(rosterMargin)
	wideFrom, wideTo := from.AddDays(-planSpare), to.AddDays(planSpare)
	var rows []lockedRow
	fs := []fetch{s.lockEmployees(ids, &rows)}
	unknown := slices.DeleteFunc(slices.Clone(ids), s.plans.Contains)
	var loaded []planRow
	if len(unknown) > 0 {
		fs = append(fs, fetch{planOf(db, unknown, wideFrom, wideTo), scanInto(db, &loaded)})
	}
	if err := p.fetch(ctx, append(fs, more...)...); err != nil {
		return nil, fmt.Errorf("lock employees: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	plans := make(map[int64]*plan, len(rows))
	if err := s.keepPlans(loaded, unknown, rows, wideFrom, wideTo, plans); err != nil {
		return nil, err
	}
	var missing []int64
	for i := range rows {
		if id := rows[i].id; plans[id] == nil {
			if plans[id] = s.keptPlan(id, rows[i].planVersion, from, to); plans[id] == nil {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) > 0 {
		loaded = loaded[:0]
		if err := p.fetch(ctx, fetch{planOf(db, missing, wideFrom, wideTo), scanInto(db, &loaded)}); err != nil {
			return nil, fmt.Errorf("load plans: %w", err)
		}
		if err := s.keepPlans(loaded, missing, rows, wideFrom, wideTo, plans); err != nil {
			return nil, err
		}
	}
	ref, err := s.referenceFor(ctx, p, rows, plans)
	if err != nil {
		return nil, err
	}
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		r := &rows[i]
		es[i] = attendance.Employee{ID: r.id, BranchID: r.branch, Status: r.status, HiredOn: r.hiredOn,
			LeftOn: r.leftOn}
	}
	all := make(map[int64]*employeeRoster, len(rows))
	return all, addEmployees(ref, es, plans, from, to, all)
}

// referenceFor returns a snapshot of the reference data that knows all that the rows and plans name. What the rows say
// of its version can be older than themselves: they may have waited for the transaction that names something new.
func (s *Store) referenceFor(ctx context.Context, p *pipeline, rows []lockedRow,
	plans map[int64]*plan) (*reference, error) {
	ref, err := s.referenceAt(ctx, p.db, rows[0].reference)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		own := plans[rows[i].id]
		if _, err := ref.branch(rows[i].branch); err != nil || !ref.knowsShifts(own) || !ref.knowsPlaces(own) {
			return loadReference(ctx, p.db, rows[0].reference)
		}
	}
	return ref, nil
}

func (ref *reference) knowsShifts(p *plan) bool {
	for i := range p.assignments {
		for _, id := range p.assignments[i].Pattern {
			if _, ok := ref.shifts[id]; !ok && id != 0 {
				return false
			}
		}
	}
	return true
}

func (ref *reference) knowsPlaces(p *plan) bool {
	return !slices.ContainsFunc(p.places, func(at placed) bool { return ref.branches[at.branch] == nil })
}

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
	var keys []fetch
	if b.careful {
		for chunk := range slices.Chunk(b.in, orChunk) {
			q := b.s.writer.NewSelect().Model((*punchRow)(nil))
			for i := range chunk {
				q = q.WhereOr("(employee_id = ? AND idempotency_key = ?)", chunk[i].EmployeeID, chunk[i].IdempotencyKey)
			}
			keys = append(keys, fetch{q, scanInto(b.s.writer, &stored)})
		}
	}
	var err error
	if b.rosters, err = b.s.lockRosters(ctx, b.p, slices.Compact(ids), from, to, keys...); err != nil {
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
		for _, d := range er.Roster.Touched(some[:0], micro(p.OccurredAt), loaded) {
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
	fs := []fetch{b.s.punchesBetween(n.ids, n.from.Add(-attendance.DuplicateWithin), n.to, &punches)}
	dates := make([]attendance.Date, 0, len(byDate))
	for d := range byDate {
		slices.Sort(byDate[d])
		dates = append(dates, d)
	}
	slices.Sort(dates)
	for chunk := range slices.Chunk(dates, orChunk) {
		q := b.s.writer.NewSelect().Table("attendances").Column("employee_id", "work_date", "version", "branch_id")
		for _, d := range chunk {
			q = q.WhereOr("(work_date = ? AND employee_id IN (?))", d, bun.List(byDate[d]))
		}
		fs = append(fs, fetch{q, b.scanVersions})
	}
	var settled []dayRow
	for d, ids := range locked {
		q := b.s.writer.NewSelect().Model((*dayRow)(nil)).Where("work_date = ?", d).Where("employee_id IN (?)",
			bun.List(ids))
		fs = append(fs, fetch{q, scanInto(b.s.writer, &settled)})
	}
	if err := b.p.fetch(ctx, fs...); err != nil {
		return fmt.Errorf("load punches and days: %w", err)
	}
	for i := range settled {
		if b.settled == nil {
			b.settled = make(map[dayKey]attendance.Day, len(settled))
		}
		b.settled[dayKey{settled[i].EmployeeID, settled[i].WorkDate}] = settled[i].domain()
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
	for i := range b.in {
		keys[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}] = true
	}
	var again []int64
	for i := range punches {
		p := &punches[i]
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
	q := b.s.writer.NewSelect().Model((*punchRow)(nil)).Where("id IN (?)", bun.List(ids))
	if err := b.p.fetch(ctx, fetch{q, scanInto(b.s.writer, &rows)}); err != nil {
		return nil, fmt.Errorf("load punches: %w", err)
	}
	return rows, nil
}

// punchesBetween asks for the punches of some employees that occurred in [from, to), with the columns that the rules
// look at.
func (s *Store) punchesBetween(ids []int64, from, to time.Time, into *[]punchRow) fetch {
	f := fetch{s.writer.NewSelect().Model((*punchRow)(nil)).
		Column("id", "employee_id", "direction", "occurred_at", "offline", "source", "outside_area", "duplicate_of",
			"idempotency_key").
		ColumnExpr(voidedColumn).
		Where("employee_id IN (?)", bun.List(ids)).Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()),
		scanInto(s.writer, into)}
	if !s.sqlite() {
		f.read = func(_ context.Context, rows *sql.Rows) error { return scanPunches(rows, into) }
	}
	return f
}

// scanPunches does what bun's scanner does in half the time: these are most of the rows that a punch makes the program
// read. SQLite's driver hands out instants as text, which only bun's scanner takes.
func scanPunches(rows *sql.Rows, into *[]punchRow) error {
	for rows.Next() {
		var r punchRow
		var duplicateOf sql.NullInt64
		err := rows.Scan(&r.ID, &r.EmployeeID, &r.Direction, &r.OccurredAt, &r.Offline, &r.Source, &r.OutsideArea,
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
