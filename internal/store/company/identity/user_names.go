package identity

import (
	"context"
	"slices"

	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// UserNames returns the names of accounts by their ids, which may be in any order, repeated, or 0 for nobody.
func UserNames(ctx context.Context, d *db.DB, ids []int64) (map[int64]string, error) {
	slices.Sort(ids)
	var users []struct {
		ID   int64  `bun:"id"`
		Name string `bun:"name"`
	}
	if err := d.Read().NewSelect().TableExpr("users").Column("id", "name").Where("id IN (?)",
		bun.List(slices.Compact(ids))).Scan(ctx, &users); err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, nil
}
