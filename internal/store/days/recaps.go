package days

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

type recapRow struct {
	bun.BaseModel `bun:"table:recaps,alias:rc"`

	BranchID     int64           `bun:"branch_id,pk"`
	WorkDate     attendance.Date `bun:"work_date,pk"`
	Headcount    int             `bun:"headcount"`
	Counts       string          `bun:"counts"` // JSON object of status and number
	InputVersion int64           `bun:"input_version"`
	ComputedAt   time.Time       `bun:"computed_at"`
}

// RecapDue is a branch with the first work date that is over there and was not recapped.
type RecapDue struct {
	BranchID int64
	WorkDate attendance.Date
}

// DueRecaps returns the active branches that have a work date to recap, each with the next one. Dates are recapped one
// after the other, so that an outage of days is made up for in their order. A branch begins as begins.Of says; when
// something reaches back before its first recap later, the dates between are recapped first, the latest before the
// earliest, so that recaps have no gap whenever the work breaks off. A branch in which nobody was ever planned begins
// with yesterday.
func (s *Recaps) DueRecaps(ctx context.Context, now time.Time) ([]RecapDue, error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("due recaps", err)
	}
	spans, err := s.recapSpans(ctx)
	if err != nil {
		return nil, db.Failed("due recaps", err)
	}
	due, err := s.due(ctx, ref, ref.SelectBranches(nil), spans, now)
	return due, db.Failed("due recaps", err)
}

// DueRecap is DueRecaps for one branch; ok is false when nothing is due there.
func (s *Recaps) DueRecap(ctx context.Context, branchID int64, now time.Time) (d attendance.Date, ok bool, err error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return 0, false, db.Failed("due recap", err)
	}
	spans, err := s.recapSpans(ctx, branchID)
	if err != nil {
		return 0, false, db.Failed("due recap", err)
	}
	due, err := s.due(ctx, ref, ref.SelectBranches([]int64{branchID}), spans, now)
	if err != nil || len(due) == 0 {
		return 0, false, db.Failed("due recap", err)
	}
	return due[0].WorkDate, true, nil
}

// due returns those of the branches that are active and have a date to recap. In the hours after midnight whether a
// date is over depends on the shifts that a branch's people have; before and after those hours nothing needs to be
// asked.
func (s *Recaps) due(ctx context.Context, ref *company.Reference, branches []*company.BranchRef,
	spans map[int64]recapSpan, now time.Time) ([]RecapDue, error) {
	all := ref.AllShifts()
	var due, open []RecapDue
	for _, b := range branches {
		d := nextRecap(b, spans[b.ID], now)
		switch {
		case !b.Active || now.Before(attendance.ClosedAt(d, b.Location, nil)):
		case now.Before(attendance.ClosedAt(d, b.Location, all)):
			open = append(open, RecapDue{b.ID, d})
		default:
			due = append(due, RecapDue{b.ID, d})
		}
	}
	worked, err := s.worked(ctx, ref, open)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		if !now.Before(attendance.ClosedAt(o.WorkDate, ref.Branches[o.BranchID].Location, worked[o.BranchID])) {
			due = append(due, o)
		}
	}
	return due, nil
}

// recapSpan is which dates of a branch were recapped, and where it begins; nil where nothing is known.
type recapSpan struct {
	BranchID int64            `bun:"branch_id"`
	First    *attendance.Date `bun:"first_date"`
	Last     *attendance.Date `bun:"last_date"`
	Begin    *attendance.Date `bun:"begin_date"`
}

// recapSpans returns the spans of branches (none given: of all).
func (s *Recaps) recapSpans(ctx context.Context, branchIDs ...int64) (map[int64]recapSpan, error) {
	var rows []recapSpan
	q := s.db.Read().NewSelect().TableExpr("branches AS b").ColumnExpr("b.id AS branch_id").
		ColumnExpr("(SELECT MAX(r.work_date) FROM recaps AS r WHERE r.branch_id = b.id) AS last_date").
		ColumnExpr("(SELECT MIN(r.work_date) FROM recaps AS r WHERE r.branch_id = b.id) AS first_date").
		ColumnExpr("rb.from_date AS begin_date").Join("LEFT JOIN recap_begins AS rb ON rb.branch_id = b.id")
	if len(branchIDs) > 0 {
		q = q.Where("b.id IN (?)", bun.List(branchIDs))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	spans := make(map[int64]recapSpan, len(rows))
	var unknown []int64
	for _, r := range rows {
		spans[r.BranchID] = r
		if r.Begin == nil && r.First == nil {
			unknown = append(unknown, r.BranchID)
		}
	}
	begins, err := s.begins.Of(ctx, s.db.Read(), unknown)
	for id, d := range begins {
		span := spans[id]
		span.Begin = &d
		spans[id] = span
	}
	return spans, err
}

// worked returns for each of some branches the shifts that somebody there may have begun on a date: one query per
// thousand branches.
func (s *Recaps) worked(ctx context.Context, ref *company.Reference,
	asked []RecapDue) (map[int64][]attendance.Shift, error) {
	used := map[workedShift]bool{}
	out := make(map[int64][]attendance.Shift, len(asked))
	for chunk := range slices.Chunk(asked, db.IDChunk) {
		byDate := map[attendance.Date][]int64{}
		for _, a := range chunk {
			byDate[a.WorkDate] = append(byDate[a.WorkDate], a.BranchID)
		}
		var rows []struct {
			BranchID int64  `bun:"branch_id"`
			Pattern  string `bun:"pattern"`
		}
		q := s.db.Read().NewSelect().TableExpr("employments AS m").ColumnExpr("DISTINCT m.branch_id, sa.pattern").
			Join("JOIN shift_assignments AS sa ON sa.employee_id = m.employee_id")
		for d, ids := range byDate {
			// Whoever moved away by that date only makes the branch wait as if they had not.
			q = q.WhereOr("m.branch_id IN (?) AND m.from_date <= ? AND sa.from_date <= ? AND (sa.to_date IS NULL OR "+
				"sa.to_date >= ?)",
				bun.List(ids), d, d, d)
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			ids, err := company.ParsePattern(r.Pattern)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				sh, known := ref.Shifts[id]
				if k := (workedShift{r.BranchID, id}); known && !used[k] {
					used[k] = true
					out[r.BranchID] = append(out[r.BranchID], sh)
				}
			}
		}
	}
	return out, nil
}

type workedShift struct{ branchID, shiftID int64 }

// RecapPlan says which date of a branch is recapped next, and from when on.
type RecapPlan struct {
	Branch   attendance.Branch
	WorkDate attendance.Date
	OverAt   time.Time // UTC; in the past where it is due
}

// RecapPlans lists the next recap of every active branch, by code.
func (s *Recaps) RecapPlans(ctx context.Context, now time.Time) ([]RecapPlan, error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("plan recaps", err)
	}
	spans, err := s.recapSpans(ctx)
	if err != nil {
		return nil, db.Failed("plan recaps", err)
	}
	var asked []RecapDue
	for _, b := range ref.SelectBranches(nil) {
		if b.Active {
			asked = append(asked, RecapDue{b.ID, nextRecap(b, spans[b.ID], now)})
		}
	}
	worked, err := s.worked(ctx, ref, asked)
	if err != nil {
		return nil, db.Failed("plan recaps", err)
	}
	plans := make([]RecapPlan, len(asked))
	for i, a := range asked {
		b := ref.Branches[a.BranchID]
		plans[i] = RecapPlan{b.Branch, a.WorkDate, attendance.ClosedAt(a.WorkDate, b.Location, worked[b.ID]).UTC()}
	}
	return plans, nil
}

// nextRecap returns the date that a branch recaps next.
func nextRecap(b *company.BranchRef, span recapSpan, now time.Time) attendance.Date {
	today := b.Today(now)
	limit := today.AddDays(-attendance.RecapReach)
	switch {
	case span.First == nil && span.Begin == nil:
		return today.AddDays(-1)
	case span.First == nil:
		return max(*span.Begin, limit)
	case span.Begin != nil && *span.Begin < *span.First && limit < *span.First:
		return span.First.AddDays(-1)
	default:
		return max(span.Last.AddDays(1), limit)
	}
}

// Recap counts a branch's stored days of a work date and keeps the result, and with it the task that announces it;
// written is false when the result is the same as before. With onlyAgain nothing is done unless the date was recapped
// before.
func (s *Recaps) Recap(ctx context.Context, branchID int64, d attendance.Date, onlyAgain bool) (recap attendance.Recap,
	written bool, err error) {
	err = s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		written = false
		recap = attendance.Recap{BranchID: branchID, WorkDate: d, Counts: map[attendance.Status]int{},
			ComputedAt: tx.Now}
		var before []recapRow
		// The branch's row stands for the recap that may not exist yet: two workers count one after the other.
		lock := tx.NewSelect().Table("branches").Column("id").Where("id = ?", branchID)
		var id int64
		if err := s.db.ForUpdate(lock, "").Scan(ctx, &id); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(&before).Where("branch_id = ? AND work_date = ?", branchID,
			d).Scan(ctx); err != nil {
			return err
		}
		if onlyAgain && len(before) == 0 {
			return nil
		}
		var groups []struct {
			Status   attendance.Status `bun:"status"`
			N        int               `bun:"n"`
			Versions int64             `bun:"versions"`
		}
		if err := tx.NewRaw("SELECT status, COUNT(*) AS n, SUM(version) AS versions FROM attendances WHERE "+
			"branch_id = ? AND work_date = ? GROUP BY status", branchID, d).Scan(ctx, &groups); err != nil {
			return err
		}
		for _, r := range groups {
			recap.Headcount += r.N
			recap.Counts[r.Status] = r.N
			recap.InputVersion += r.Versions
		}
		if len(before) > 0 && before[0].InputVersion == recap.InputVersion && before[0].Headcount == recap.Headcount {
			return nil
		}
		counts, err := json.Marshal(recap.Counts)
		if err != nil {
			return err
		}
		row := recapRow{BranchID: branchID, WorkDate: d, Headcount: recap.Headcount, Counts: string(counts),
			InputVersion: recap.InputVersion, ComputedAt: recap.ComputedAt}
		sets := db.Overwritten(s.db, "headcount", "counts", "input_version", "computed_at")
		_, err = s.db.Upsert(tx.NewInsert().Model(&row), "branch_id, work_date", sets...).Exec(ctx)
		if err != nil {
			return err
		}
		written = true
		return tx.Leave(ctx, task.RecapBroadcast, task.Recap{V: 1, BranchID: branchID, WorkDate: d})
	})
	if err != nil {
		return recap, false, db.Failed("recap", err)
	}
	return recap, written, nil
}

// RecapOf returns the recap of a branch and work date, or CodeNotFound.
func (s *Recaps) RecapOf(ctx context.Context, branchID int64, d attendance.Date) (attendance.Recap, error) {
	recaps, _, err := s.Recaps(ctx, RecapFilter{BranchIDs: []int64{branchID}, From: d, To: d, Limit: 1})
	if err == nil && len(recaps) == 0 {
		err = attendance.NewError(attendance.CodeNotFound, "no such recap")
	}
	if err != nil {
		return attendance.Recap{}, err
	}
	return recaps[0], nil
}

const recapsList = "recaps"

// RecapFilter selects recaps.
type RecapFilter struct {
	BranchIDs []int64 // nil for all
	From, To  attendance.Date
	Limit     int    // of a page; 0 for the usual
	Cursor    string // of the page before; "" for the first
}

// Recaps lists recaps, latest date first.
func (s *Recaps) Recaps(ctx context.Context, f RecapFilter) (recaps []attendance.Recap, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, recapsList, 2)
	if err != nil {
		return nil, "", err
	}
	if company.Nobody(f.BranchIDs) {
		return nil, "", nil
	}
	limit := db.PageSize(f.Limit)
	var rows []recapRow
	q := s.db.Read().NewSelect().Model(&rows).Where("work_date BETWEEN ? AND ?", f.From, f.To).
		OrderExpr("work_date DESC, branch_id").Limit(int64(limit + 1))
	if f.BranchIDs != nil {
		q = q.Where("branch_id IN (?)", bun.List(f.BranchIDs))
	}
	if found {
		date := attendance.Date(position[0])
		q = q.Where("(work_date < ? OR work_date = ? AND branch_id > ?)", date, date, position[1])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list recaps", err)
	}
	rows, next = db.Cut(rows, limit,
		func(r recapRow) string { return db.EncodeCursor(recapsList, int64(r.WorkDate), r.BranchID) })
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, "", db.Failed("list recaps", err)
	}
	recaps = make([]attendance.Recap, len(rows))
	for i, r := range rows {
		recaps[i] = attendance.Recap{BranchID: r.BranchID, WorkDate: r.WorkDate, Headcount: r.Headcount,
			InputVersion: r.InputVersion, ComputedAt: r.ComputedAt.UTC()}
		if b, ok := ref.Branches[r.BranchID]; ok {
			recaps[i].BranchCode, recaps[i].BranchName = b.Code, b.Name
		}
		if err := json.Unmarshal([]byte(r.Counts), &recaps[i].Counts); err != nil {
			return nil, "", fmt.Errorf("store: counts of the recap of branch %d, %s: %w", r.BranchID, r.WorkDate, err)
		}
	}
	return recaps, next, nil
}

// PastDays returns which branches and work dates, of those that entries name, lie before the branch's present date. A
// branch for which one comes before everything that it closes is made to close those dates, too.
func (s *Recaps) PastDays(ctx context.Context, entries []attendance.Entry, now time.Time) ([]RecapDue, error) {
	ref := s.plans.LastReference() // a zone that changed this minute makes no difference
	if ref == nil {
		var err error
		if ref, err = s.plans.Reference(ctx, s.db.Read()); err != nil {
			return nil, db.Failed("past days", err)
		}
	}
	seen := map[RecapDue]bool{}
	var out []RecapDue
	for i := range entries {
		k := RecapDue{entries[i].BranchID, entries[i].WorkDate}
		b, ok := ref.Branches[k.BranchID]
		if !ok || seen[k] || k.WorkDate >= b.Today(now) {
			continue
		}
		seen[k] = true
		out = append(out, k)
	}
	return out, db.Failed("past days", s.beginBefore(ctx, out))
}
