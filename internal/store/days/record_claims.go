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

// judgeClaim applies the branch's policy to a claimed time.
func (b *batch) judgeClaim(i int, d attendance.Date, punch *attendance.Punch) error {
	claim := b.in[i].Claim
	if claim == nil {
		return nil
	}
	employee := punch.EmployeeID
	return b.rosters[employee].Roster.JudgeClaim(claim, d, punch, b.punches[employee], b.now)
}

// doubts are what about a punch is to be looked at again, sorted.
func (b *batch) doubts(i int, at *attendance.Location) []attendance.Doubt {
	doubts := at.Doubts()
	if c := b.in[i].Claim; c != nil && c.Contradicted(b.now) {
		doubts = append(doubts, attendance.DoubtClock)
		slices.Sort(doubts)
	}
	return doubts
}
