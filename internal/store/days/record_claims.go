package days

import (
	"context"
	"database/sql"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// keptClaims asks which claims of the batch's people became corrections: whoever sends one again is told the same,
// whatever would become of it by now. All of a person's are read, which are few, and cost less than naming each key.
// A batch without claims asks for nothing.
func (b *batch) keptClaims() []db.Fetch {
	var ids []int64
	for i := range b.in {
		if b.in[i].Claim != nil {
			ids = append(ids, b.in[i].EmployeeID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	q := b.s.db.Builder().NewSelect().Table("corrections").Column("employee_id", "claim_key", "work_date", "claim").
		Where("employee_id IN (?)", bun.List(slices.Compact(ids))).Where("claim_key IS NOT NULL")
	return []db.Fetch{{Query: q, Read: b.scanClaims}}
}

func (b *batch) scanClaims(_ context.Context, rows *sql.Rows) error {
	for rows.Next() {
		var k punchKey
		var w attendance.Waits
		if err := rows.Scan(&k.employee, &k.key, &w.WorkDate, &w.Why); err != nil {
			return err
		}
		if b.kept == nil {
			b.kept = map[punchKey]attendance.Waits{}
		}
		b.kept[k] = w
	}
	return rows.Err()
}

// takeBack notes a punch that was voided, for claims to be held against.
func (b *batch) takeBack(row *punchRow) {
	if b.takenBack == nil {
		b.takenBack = map[int64][]attendance.Punch{}
	}
	p := row.domain()
	p.Voided = nil
	b.takenBack[p.EmployeeID] = append(b.takenBack[p.EmployeeID], p)
}

// judgeClaim applies the branch's policy to a claimed time. What was taken back is known all the same: else somebody
// who came late would take the punch back and claim to have come earlier.
func (b *batch) judgeClaim(i int, d attendance.Date, punch *attendance.Punch) error {
	claim := b.in[i].Claim
	if claim == nil {
		return nil
	}
	roster, others := b.rosters[punch.EmployeeID].Roster, b.punches[punch.EmployeeID]
	err := roster.JudgeClaim(claim, d, punch, others, b.now)
	if back := b.takenBack[punch.EmployeeID]; err == nil && len(back) > 0 {
		err = roster.JudgeClaim(claim, d, punch, slices.Concat(others, back), b.now)
	}
	return err
}
