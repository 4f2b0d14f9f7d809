package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Outdated are rows that are no longer needed.
type Outdated struct {
	Model     any    // a nil pointer to the row's type
	Key       string // the column of the binary primary key
	Condition string // with one ? for Arg
	Arg       any
}

// DeleteSome deletes at most limit outdated rows. SQLite has no DELETE with LIMIT and MySQL none in a subquery, and a
// long delete would hold up sign-ins.
func (s *DB) DeleteSome(ctx context.Context, o Outdated, limit int) (int, error) {
	var keys [][]byte
	err := s.Read().NewSelect().Model(o.Model).Column(o.Key).Where(o.Condition, o.Arg).Limit(int64(limit)).
		Scan(ctx, &keys)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	var n int64
	err = s.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		res, err := db.NewDelete().Model(o.Model).Where("? IN (?)", bun.Ident(o.Key), bun.List(keys)).
			Where(o.Condition, o.Arg).Exec(ctx)
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
