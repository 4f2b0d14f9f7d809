package terminals

import (
	"context"
	"slices"

	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// discardedRow is a line of a terminal that was removed, which somebody discarded before, or which went with somebody
// who was forgotten.
type discardedRow struct {
	bun.BaseModel `bun:"table:discarded_lines,alias:dl"`

	ID     int64  `bun:"id,pk,autoincrement"`
	Serial string `bun:"serial"`
	Hash   []byte `bun:"line_hash"`
}

// keepDiscarded remembers by its serial what was discarded of a terminal that goes: else whoever removes it and accepts
// it again would get all of that back, with the log that it sends once more.
func (s *Terminals) keepDiscarded(ctx context.Context, tx *ledger.Tx, t *terminalRow) error {
	var hashes [][]byte
	err := tx.NewSelect().Model((*lineRow)(nil)).Column("line_hash").Where("terminal_id = ?", t.ID).
		Where("discarded = ?", true).Scan(ctx, &hashes)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(hashes, db.RowsPerInsert) {
		rows := make([]discardedRow, len(chunk))
		for i, hash := range chunk {
			rows[i] = discardedRow{Serial: t.Serial, Hash: hash}
		}
		_, err := s.db.Upsert(tx.NewInsert().Model(&rows), "serial, line_hash",
			"serial = "+s.db.Inserted("serial")).Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
