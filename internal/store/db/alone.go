package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// ErrNotAlone tells that another process has the database for itself.
var ErrNotAlone = errors.New("another process has this database for itself")

const (
	// aloneCheck is how often a process looks whether the database is still its own.
	aloneCheck = 20 * time.Second
	// aloneFor is how long the server waits for that before it ends the connection: of a machine that lost its power it
	// would hear of nothing else for hours.
	aloneFor = 60 * time.Second
	// aloneWithin is how long one look, or one try to take the right, may take.
	aloneWithin = 10 * time.Second
)

// Alone is the right of one process to a MySQL database, for which processes ask that share it with no other of their
// kind. It is a lock of the server (GET_LOCK), which ends with its connection and so with the process, however that
// dies. SQLite needs none: its file is locked.
type Alone struct {
	db   *DB
	pool *bun.DB // of one connection, which no other statement uses
	name string
	id   int64 // of the connection that locked last
}

// TakeAlone takes the right within a time, in which the connection of a process that died may end, or fails with
// ErrNotAlone. Of SQLite it returns nil.
func TakeAlone(ctx context.Context, s *DB, within time.Duration) (*Alone, error) {
	if s.dialect != mysqlName {
		return nil, nil
	}
	a := &Alone{db: s}
	var err error
	if a.name, err = lockName(ctx, s.reader, "alone"); err != nil {
		return nil, Failed("take the database", err)
	}
	if err := a.take(ctx, within); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// CheckShared fails with ErrNotAlone while a process has the database for itself.
func CheckShared(ctx context.Context, s *DB) error {
	if s.dialect != mysqlName {
		return nil
	}
	name, err := lockName(ctx, s.reader, "alone")
	if err != nil {
		return Failed("look whose the database is", err)
	}
	var free bool
	if err := s.reader.NewRaw("SELECT IS_FREE_LOCK(?)", name).Scan(ctx, &free); err != nil {
		return Failed("look whose the database is", err)
	}
	if !free {
		return ErrNotAlone
	}
	return nil
}

// take opens a connection of its own and locks by it.
func (a *Alone) take(ctx context.Context, within time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, within+aloneWithin)
	defer cancel()
	if err := a.Close(); err != nil {
		a.db.Log.WarnContext(ctx, "closing a connection", "error", err)
	}
	if a.pool, err = a.db.separate(); err != nil {
		return Failed("take the database", err)
	}
	a.pool.SetMaxOpenConns(1)
	a.pool.SetConnMaxLifetime(0)
	if _, err := a.pool.ExecContext(ctx, "SET SESSION wait_timeout = ?", int(aloneFor.Seconds())); err != nil {
		return Failed("take the database", err)
	}
	if a.id != 0 {
		// The server may not know yet that the connection before is gone. Of one that it knows no more it says so.
		_, _ = a.pool.ExecContext(ctx, "KILL ?", a.id)
	}
	var got sql.NullInt64
	if err := a.pool.NewRaw("SELECT GET_LOCK(?, ?)", a.name, int(within.Seconds())).Scan(ctx, &got); err != nil {
		return Failed("take the database", err)
	}
	if got.Int64 != 1 {
		return a.whose(ctx)
	}
	return Failed("take the database", a.pool.NewRaw("SELECT CONNECTION_ID()").Scan(ctx, &a.id))
}

// whose tells another process from the own connection of before.
func (a *Alone) whose(ctx context.Context) error {
	var holder sql.NullInt64
	if err := a.pool.NewRaw("SELECT IS_USED_LOCK(?)", a.name).Scan(ctx, &holder); err != nil {
		return Failed("look whose the database is", err)
	}
	if !holder.Valid || holder.Int64 == a.id {
		return errors.New("the lock is still that of a connection that was lost")
	}
	return ErrNotAlone
}

// Keep looks until ctx ends whether the right still holds, and takes it anew after a connection was lost. It fails with
// ErrNotAlone once another process has it.
func (a *Alone) Keep(ctx context.Context) error {
	tick := time.NewTicker(aloneCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := a.check(ctx); errors.Is(err, ErrNotAlone) {
			return err
		} else if err != nil && ctx.Err() == nil {
			a.db.Log.WarnContext(ctx, "whether this process has the database for itself is unknown", "error", err)
		}
	}
}

func (a *Alone) check(ctx context.Context) error {
	if a.holds(ctx) {
		return nil
	}
	return a.take(ctx, time.Second) // the connection is gone, or the server that knew of the lock
}

func (a *Alone) holds(ctx context.Context) (own bool) {
	ctx, cancel := context.WithTimeout(ctx, aloneWithin)
	defer cancel()
	err := a.pool.NewRaw("SELECT COALESCE(IS_USED_LOCK(?) = CONNECTION_ID(), FALSE)", a.name).Scan(ctx, &own)
	return err == nil && own
}

// Close gives the right back.
func (a *Alone) Close() error {
	if a == nil || a.pool == nil {
		return nil
	}
	return a.pool.Close()
}

// lockName returns the name of a user-level lock. Such locks belong to the server, so the name carries the database's.
func lockName(ctx context.Context, idb bun.IDB, purpose string) (string, error) {
	var database string
	if err := idb.NewRaw("SELECT DATABASE()").Scan(ctx, &database); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(database))
	return fmt.Sprintf("hadir-%s-%s", purpose, hex.EncodeToString(sum[:16])), nil // names end at 64 characters
}
