package days

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/reviews"

	"github.com/uptrace/bun/schema"
)

// ownPunch notes a punch that changes days of whoever imports it alone.
func (b *batch) ownPunch(p *attendance.NewPunch) {
	if p.Alone == 0 {
		return
	}
	if b.alone == nil {
		b.alone = map[int64]int64{}
	}
	b.alone[p.EmployeeID] = p.Alone
}

// ownEntries are the audit entries about the days that people change of their own, one for each.
func (b *batch) ownEntries() (entries []ledger.AuditEntry, err error) {
	dates := map[int64][]attendance.Dates{}
	for k := range b.computed {
		if b.alone[k.employee] != 0 {
			dates[k.employee] = append(dates[k.employee], attendance.Dates{From: k.date, To: k.date})
		}
	}
	for employee, runs := range dates {
		slices.SortFunc(runs, func(x, y attendance.Dates) int { return int(x.From - y.From) })
		e, err := ledger.OwnEntry(employee, *ledger.NewOwnTouched(runs...))
		if err != nil {
			return nil, err
		}
		e.UserID = b.alone[employee]
		entries = append(entries, e)
	}
	return entries, nil
}

// auditStatements write the voids, and the audit entries about them and about own days. They take the end of the
// audit's chain, so they come last.
func (b *batch) auditStatements(ctx context.Context) (statements []schema.QueryAppender, err error) {
	entries, err := b.ownEntries()
	if err != nil {
		return nil, err
	}
	for i := range b.voids {
		e, err := b.voids[i].entry()
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	idb := b.s.db.Builder()
	if len(b.voids) > 0 {
		gone := make([]int64, len(b.voids))
		for i := range b.voids {
			gone[i] = b.voids[i].PunchID
		}
		statements = append(statements, idb.NewInsert().Model(&b.voids).Returning("NULL"), reviews.Closed(idb, gone))
	}
	var heads []ledger.AuditHeadRow
	err = b.p.Fetch(
		ctx,
		db.Fetch{Query: b.s.db.ForUpdate(idb.NewSelect().Model((*ledger.AuditHeadRow)(nil)).Where("id = 1"), ""),
			Read: db.ScanInto(idb, &heads)},
	)
	if err != nil || len(heads) != 1 {
		return nil, errors.Join(err, fmt.Errorf("the audit log has %d heads", len(heads)))
	}
	rows, err := b.s.ledger.Chained(&heads[0], entries, b.now)
	if err != nil {
		return nil, err
	}
	return append(statements, idb.NewInsert().Model(&rows).Returning("NULL"),
		idb.NewUpdate().Model(&heads[0]).Column(ledger.HeadColumns()...).WherePK()), nil
}
