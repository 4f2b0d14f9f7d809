package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Pipeline is a transaction whose statements travel together: to MySQL several go in one packet, and their results come
// back in one answer. The recorder's transactions are short and many, and most of their time went into waiting for each
// statement's answer before sending the next. SQLite has no way to wait for, and takes the statements one by one.
type Pipeline struct {
	s     *DB
	Conn  bun.IDB   // single statements of this transaction, of which the first must not be one
	conn  *bun.Conn // nil on SQLite
	begun bool
	ended bool
}

// Fetch is a query and what reads its result.
type Fetch struct {
	Query schema.QueryAppender
	Read  func(ctx context.Context, rows *sql.Rows) error
}

// Pipelined runs fn in a transaction as Write does, with the same retries; fn has to end it with Commit.
func (s *DB) Pipelined(ctx context.Context, fn func(ctx context.Context, p *Pipeline) error) error {
	return s.retry(ctx, func() error {
		if s.scripts == nil {
			return s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
				return fn(ctx, &Pipeline{s: s, Conn: tx, begun: true})
			})
		}
		for attempt := 0; ; attempt++ {
			err := s.onConn(ctx, fn)
			// The driver says this of a connection that broke while it was idle, before it sent anything, and takes it
			// out of the pool; every other idle one may have broken, too. It also says this of a server that has become
			// read-only.
			if !errors.Is(err, driver.ErrBadConn) || attempt == scriptConns {
				return err
			}
		}
	})
}

func (s *DB) onConn(ctx context.Context, fn func(ctx context.Context, p *Pipeline) error) error {
	conn, err := s.scripts.Conn(ctx)
	if err != nil {
		return err
	}
	p := &Pipeline{s: s, Conn: conn, conn: &conn}
	defer func() {
		if p.begun && !p.ended && !p.rollback(ctx) {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closed, and the server rolls back
		}
		_ = conn.Close() // back to the pool; the error would only say that it is closed already
	}()
	return fn(ctx, p)
}

// rollback tells whether the server has confirmed it; else the connection must not be used again.
func (p *Pipeline) rollback(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_, err := p.conn.ExecContext(ctx, "ROLLBACK")
	return err == nil
}

const rollbackTimeout = 2 * time.Second

// Fetch runs queries in their order.
func (p *Pipeline) Fetch(ctx context.Context, fs ...Fetch) error {
	if p.conn == nil {
		return oneByOne(ctx, p.Conn, p.s, fs)
	}
	begin := ""
	if !p.begun {
		begin = "START TRANSACTION;"
	}
	p.begun = true
	return inOnePacket(ctx, p.conn, p.s, begin, fs)
}

// Together runs queries that change nothing, in their order: to MySQL in one packet, so that a page costs one round
// trip, and one by one on SQLite and where few connections are allowed. Each sees what was committed when it began.
// None holds a text that somebody typed: on this connection a statement may hold several.
func Together(ctx context.Context, s *DB, fs ...Fetch) error {
	if s.packets == nil {
		return oneByOne(ctx, s.reader, s, fs)
	}
	return inOnePacket(ctx, s.packets, s, "", fs)
}

func oneByOne(ctx context.Context, on bun.IDB, s *DB, fs []Fetch) error {
	for i := range fs {
		text, err := fs[i].Query.AppendQuery(s.writer.QueryGen(), nil)
		if err != nil {
			return err
		}
		if err := one(ctx, on, string(text), fs[i].Read); err != nil {
			return err
		}
	}
	return nil
}

// inOnePacket sends queries behind what begins the packet, which has no result.
func inOnePacket(ctx context.Context, on bun.IDB, s *DB, begin string, fs []Fetch) error {
	text, release := script()
	defer release(&text)
	text = append(text, begin...)
	for i := range fs {
		var err error
		if text, err = fs[i].Query.AppendQuery(s.writer.QueryGen(), text); err != nil {
			return err
		}
		text = append(text, ';')
	}
	rows, err := on.QueryContext(ctx, string(text))
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := range fs {
		if i > 0 && !rows.NextResultSet() {
			if err := rows.Err(); err != nil {
				return err
			}
			return fmt.Errorf("result %d of %d is missing", i+1, len(fs))
		}
		if err := fs[i].Read(ctx, rows); err != nil {
			return err
		}
	}
	return rows.Close()
}

func one(ctx context.Context, on bun.IDB, text string, read func(ctx context.Context, rows *sql.Rows) error) error {
	rows, err := on.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := read(ctx, rows); err != nil {
		return err
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Exec runs statements in their order and returns what the database reports as the last inserted id of each.
func (p *Pipeline) Exec(ctx context.Context, qs ...schema.QueryAppender) ([]int64, error) {
	return p.run(ctx, qs, false)
}

// Commit runs the transaction's last statements and ends it.
func (p *Pipeline) Commit(ctx context.Context, qs ...schema.QueryAppender) ([]int64, error) {
	return p.run(ctx, qs, true)
}

func (p *Pipeline) run(ctx context.Context, qs []schema.QueryAppender, last bool) ([]int64, error) {
	gen := p.s.writer.QueryGen()
	var ids []int64
	text, release := script()
	defer release(&text)
	for _, q := range qs {
		var err error
		if text, err = q.AppendQuery(gen, text); err != nil {
			return nil, err
		}
		if p.conn != nil {
			text = append(text, ';')
			continue
		}
		res, err := p.Conn.ExecContext(ctx, string(text))
		if err != nil {
			return nil, err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return nil, err
		}
		ids, text = append(ids, id), text[:0]
	}
	if p.conn == nil {
		return ids, nil
	}
	if last {
		text = append(text, "COMMIT"...)
	}
	err := p.conn.Raw(func(c any) error {
		res, err := c.(driver.ExecerContext).ExecContext(ctx, string(text), nil)
		if err != nil {
			return err
		}
		ids = res.(mysql.Result).AllLastInsertIds()
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.ended = last
	return ids, nil
}

// scripts keeps the buffers of statements, which would grow anew for every batch.
var scripts = sync.Pool{New: func() any { return new([]byte) }}

// script returns an empty buffer and what gives it back.
func script() (text []byte, release func(*[]byte)) {
	kept := scripts.Get().(*[]byte)
	return (*kept)[:0], func(text *[]byte) {
		if cap(*text) <= maxScript {
			*kept = *text
			scripts.Put(kept)
		}
	}
}

// maxScript is the size of the largest buffer that is kept, in bytes.
const maxScript = 1 << 20

// ScanInto returns a reader that appends rows as bun scans them.
func ScanInto[T any](db *bun.DB, into *[]T) func(ctx context.Context, rows *sql.Rows) error {
	return func(ctx context.Context, rows *sql.Rows) error {
		for rows.Next() {
			var row T
			if err := db.ScanRow(ctx, rows, &row); err != nil {
				return err
			}
			*into = append(*into, row)
		}
		return rows.Err()
	}
}

// ScanColumns is ScanInto in half the time, for rows that are many: columns are where the columns of a row go, in the
// order of the query.
func ScanColumns[T any](into *[]T, columns func(row *T) []any) func(ctx context.Context, rows *sql.Rows) error {
	return func(_ context.Context, rows *sql.Rows) error {
		var row, empty T
		to := columns(&row)
		for rows.Next() {
			if err := rows.Scan(to...); err != nil {
				return err
			}
			*into = append(*into, row)
			row = empty
		}
		return rows.Err()
	}
}

// ScanEither is ScanColumns on MySQL, and ScanInto on SQLite, whose driver hands out instants as text.
func ScanEither[T any](s *DB, into *[]T, columns func(row *T) []any) func(ctx context.Context, rows *sql.Rows) error {
	if s.SQLite() {
		return ScanInto(s.Builder(), into)
	}
	return ScanColumns(into, columns)
}

// Number is where ScanColumns puts a whole number; NULL is 0. The scanner of database/sql would take the way over text.
func Number[T ~int | ~int64](to *T) sql.Scanner { return number[T]{to} }

type number[T ~int | ~int64] struct{ to *T }

// Scan implements sql.Scanner.
func (n number[T]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n.to = 0
	case int64:
		*n.to = T(v)
	default:
		return fmt.Errorf("a number cannot be read from %T", src)
	}
	return nil
}

// Moment is where ScanColumns puts an instant or NULL, of MySQL only: SQLite hands out text.
func Moment(to **time.Time) sql.Scanner { return moment{to} }

type moment struct{ to **time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.to = nil
	case time.Time:
		*m.to = &v
	default:
		return fmt.Errorf("an instant cannot be read from %T", src)
	}
	return nil
}
