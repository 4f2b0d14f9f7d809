package days

import (
	"context"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// SeedHistory inserts finished punches and days in bulk, without outbox rows; for demo data and benchmarks. The days'
// versions are taken as they are, at least 1.
func (s *Days) SeedHistory(ctx context.Context, punches []attendance.Punch, days []attendance.Day) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n := 0
		for chunk := range slices.Chunk(punches, 500) {
			rows := make([]punchRow, len(chunk))
			for i := range chunk {
				rows[i] = newPunchRow(chunk[i])
				rows[i].ID = 0
				rows[i].IdempotencyKey = fmt.Sprintf("seed:%d:%d", chunk[i].OccurredAt.UnixMicro(), n)
				n++
			}
			if _, err := s.insertPunches(rows).Conn(tx).Exec(ctx); err != nil {
				return err
			}
		}
		seeded := slices.Clone(days)
		for i := range seeded {
			seeded[i].Version = max(seeded[i].Version, 1)
			if seeded[i].UpdatedAt.IsZero() {
				seeded[i].UpdatedAt = s.db.Clock.Now()
			}
		}
		for chunk := range slices.Chunk(seeded, 1000) {
			if _, err := tx.NewRaw("?", dayrows.Upsert(s.db, chunk)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return db.Failed("seed history", err)
}
