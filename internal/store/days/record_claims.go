package days

import (
	"context"
	"database/sql"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

// keptClaims asks which claims of the batch wait as corrections already: whoever sends one again is told the same,
// whatever would become of it by now. A batch without claims asks for nothing.
func (b *batch) keptClaims() []db.Fetch {
	var claims []punchKey
	for i := range b.in {
		if b.in[i].Claim != nil {
			claims = append(claims, punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey})
		}
	}
	var fs []db.Fetch
	for chunk := range slices.Chunk(claims, orChunk) {
		q := b.s.db.Builder().NewSelect().Table("corrections").Column("employee_id", "claim_key", "work_date", "claim")
		for _, k := range chunk {
			q = q.WhereOr("(employee_id = ? AND claim_key = ?)", k.employee, k.key)
		}
		fs = append(fs, db.Fetch{Query: q, Read: b.scanClaims})
	}
	return fs
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
