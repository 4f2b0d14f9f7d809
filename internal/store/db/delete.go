package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// DeleteSome deletes at most limit rows that meet a condition, by their binary key. SQLite has no DELETE with LIMIT and
// MySQL none in a subquery, and a long delete would hold up sign-ins.
func (s *DB) DeleteSome(ctx context.Context, model any, key, condition string, arg any, limit int) (int, error) {
	var keys [][]byte
	err := s.Read().NewSelect().Model(model).Column(key).Where(condition, arg).Limit(int64(limit)).Scan(ctx, &keys)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	var n int64
	err = s.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		res, err := db.NewDelete().Model(model).Where("? IN (?)", bun.Ident(key), bun.List(keys)).Where(condition,
			arg).Exec(ctx)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}

// DeleteOld deletes at most limit rows of a table that were made before an instant, by their ids.
func (s *DB) DeleteOld(ctx context.Context, model any, before time.Time, limit int) (int, error) {
	var ids []int64
	err := s.Read().NewSelect().Model(model).Column("id").Where("created_at < ?",
		before.UTC()).Order("created_at").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewDelete().Model(model).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	return len(ids), err
}
