package db

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// RowsPerInsert keeps statements far below every server's limit on their size, and long enough that the round trips do
// not matter.
const RowsPerInsert = 500

// InsertAll inserts rows a few hundred at a time, in the transaction of the caller. The rows stay as they are: bun
// would write ids into them, which a transaction that is tried again would insert.
func InsertAll[R any](ctx context.Context, db bun.IDB, rows []R) error {
	for chunk := range slices.Chunk(rows, RowsPerInsert) {
		chunk = slices.Clone(chunk)
		if _, err := db.NewInsert().Model(&chunk).Returning("NULL").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// InsertNumbered inserts rows in one statement and returns the ids they got, in order. The rows stay as they are, as in
// InsertAll.
func InsertNumbered[R any](ctx context.Context, s *DB, tx bun.Tx, rows []R) ([]int64, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	step, err := s.StepOfIDs(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows = slices.Clone(rows)
	res, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
	if err != nil {
		return nil, err
	}
	reported, err := res.LastInsertId()
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i := range ids {
		ids[i] = s.FirstID(reported, len(rows)) + int64(i)*step
	}
	return ids, nil
}

// StepOfIDs returns the distance between automatic ids of one statement. One insert of a known number of rows gets its
// ids in one piece: InnoDB reserves them together in every innodb_autoinc_lock_mode, with auto_increment_increment
// between them (a Galera cluster sets it), and SQLite has one writer.
func (s *DB) StepOfIDs(ctx context.Context, db bun.IDB) (int64, error) {
	if s.SQLite() {
		return 1, nil
	}
	step := s.autoIncrement.Load()
	if step == 0 {
		if err := db.NewRaw("SELECT @@auto_increment_increment").Scan(ctx, &step); err != nil {
			return 0, err
		}
		s.autoIncrement.Store(step)
	}
	return step, nil
}

// FirstID returns the id of the first of n rows that one statement inserted: MySQL reports that one, SQLite the last.
func (s *DB) FirstID(reported int64, n int) int64 {
	if s.SQLite() {
		return reported - int64(n) + 1
	}
	return reported
}

// Upsert turns an insert into an update of the given columns where a row of that key exists. Sets are of the form
// "column = expression".
func (s *DB) Upsert(q *bun.InsertQuery, key string, sets ...string) *bun.InsertQuery {
	q = q.On(s.conflict(key))
	for _, set := range sets {
		q = q.Set(set)
	}
	return q
}

// conflict is what an insert meets where a row of a key exists.
func (s *DB) conflict(key string) string {
	if s.dialect == mysqlName {
		return "DUPLICATE KEY UPDATE"
	}
	return "CONFLICT (" + key + ") DO UPDATE"
}

// Inserted is the value a failed insert would have written, inside the expression of an upsert.
func (s *DB) Inserted(column string) string {
	if s.dialect == mysqlName {
		return "VALUES(" + column + ")" // MariaDB knows no other form, and MySQL still takes it
	}
	return "excluded." + column
}

// Overwritten are sets of Upsert by which columns take what would have been inserted.
func Overwritten(s *DB, columns ...string) []string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = c + " = " + s.Inserted(c)
	}
	return sets
}

// Overwriting is Upsert with Overwritten, for a statement that is written by hand.
func Overwriting(s *DB, key string, columns []string) string {
	text := " ON " + s.conflict(key) + " "
	if s.dialect != mysqlName {
		text += "SET "
	}
	return text + strings.Join(Overwritten(s, columns...), ", ")
}
