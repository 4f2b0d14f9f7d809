package db

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// A transaction that is tried again inserts the same rows anew: an id of the first attempt may be somebody else's by
// then.
func TestInsertedRowsCanBeInsertedAgain(t *testing.T) {
	t.Parallel()
	type row struct {
		bun.BaseModel `bun:"table:outbox"`

		ID        int64     `bun:"id,pk,autoincrement"`
		Kind      string    `bun:"kind"`
		Payload   string    `bun:"payload"`
		Trace     string    `bun:"trace"`
		CreatedAt time.Time `bun:"created_at"`
	}
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := opened(t, url)
			_, err := d.MigrateUp(t.Context())
			require.NoError(t, err)
			rows := make([]row, 3)
			for i := range rows {
				rows[i] = row{Kind: "test", Payload: "{}", CreatedAt: time.Unix(0, 0).UTC()}
			}
			attempts, ids := 0, []int64(nil)
			require.NoError(t, d.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := InsertAll(ctx, tx, rows); err != nil {
					return err
				}
				if ids, err = InsertNumbered(ctx, d, tx, rows); err != nil {
					return err
				}
				if attempts++; attempts == 1 {
					return fmt.Errorf("broken off: %w", &mysql.MySQLError{Number: 1213})
				}
				return nil
			}))
			require.Equal(t, 2, attempts)
			for i := range rows {
				require.Zero(t, rows[i].ID, "the rows stay as they were")
			}
			var stored []int64
			require.NoError(t, d.Read().NewSelect().Model((*row)(nil)).Column("id").Order("id").
				Scan(t.Context(), &stored))
			require.Len(t, stored, 2*len(rows))
			require.Equal(t, stored[len(rows):], ids)
		})
	}
}
