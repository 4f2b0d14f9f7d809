package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"hadir/internal/attendance"

	"github.com/cenkalti/backoff/v5"
	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

const (
	maxAttempts = 6
	firstPause  = 4 * time.Millisecond
)

// retry runs fn again while the database breaks it off for the sake of others, at most maxAttempts times and no longer
// than ctx, pausing a random while that doubles.
func (s *DB) retry(ctx context.Context, fn func() error) error {
	return again(ctx, &backoff.ExponentialBackOff{InitialInterval: firstPause, MaxInterval: time.Second, Multiplier: 2,
		RandomizationFactor: backoff.DefaultRandomizationFactor}, fn, brokenOff, backoff.WithMaxTries(maxAttempts),
		backoff.WithNotify(func(error, time.Duration) { s.retries.Inc() }))
}

// again runs fn until it succeeds, fails for a reason that does not pass, or ctx ends. It returns what fn failed on
// last, also where ctx ended in a pause after it.
func again(ctx context.Context, pause backoff.BackOff, fn func() error, passes func(error) bool,
	o ...backoff.RetryOption) error {
	var last error
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		if last = fn(); last != nil && !passes(last) {
			return struct{}{}, backoff.Permanent(last)
		}
		return struct{}{}, last
	}, append(o, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0))...)
	return last
}

// overtaken is an error of a transaction that would find other rows if it began again.
type overtaken struct{ cause error }

// Overtaken marks what a unique index refused because another transaction was quicker with the same row: the whole
// transaction is run again, as one that the database broke off.
func Overtaken(cause error) error { return overtaken{cause} }

func (o overtaken) Error() string { return "overtaken: " + o.cause.Error() }

func (o overtaken) Unwrap() error { return o.cause }

// brokenOff tells whether the database rolled a transaction back that would have succeeded alone. Deadlocks can still
// happen although rows are locked in the order of their ids: foreign keys and unique indexes lock on their own.
func brokenOff(err error) bool {
	var late overtaken
	if errors.As(err, &late) {
		return true
	}
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		switch me.Number {
		case 1213, // ER_LOCK_DEADLOCK
			1205, // ER_LOCK_WAIT_TIMEOUT
			1020: // ER_CHECKREAD: MariaDB's snapshot isolation saw a row change
			return true
		}
		return false
	}
	switch sqliteCode(err) & 0xff {
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return true
	}
	return false
}

// Duplicate tells whether a unique index refused a row.
func Duplicate(err error) bool {
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		return me.Number == 1062 // ER_DUP_ENTRY
	}
	code := sqliteCode(err)
	return code == sqlitelib.SQLITE_CONSTRAINT_UNIQUE || code == sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY
}

// DuplicateOf tells whether it was the unique index table_column that did. MySQL ends its message with the index's
// name, SQLite tells the column.
func DuplicateOf(err error, table, column string) bool {
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		return Duplicate(err) && strings.HasSuffix(me.Message, table+"_"+column+"'")
	}
	return Duplicate(err) && strings.Contains(err.Error(), ": "+table+"."+column+" ")
}

// DanglingReference tells whether a foreign key refused a row.
func DanglingReference(err error) bool {
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		return me.Number == 1452 || me.Number == 1216 // ER_NO_REFERENCED_ROW_2 and its older twin
	}
	return sqliteCode(err) == sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY
}

func sqliteCode(err error) int {
	var se *sqlite.Error
	if errors.As(err, &se) {
		return se.Code()
	}
	return sqlitelib.SQLITE_OK
}

// Failed says what was being done when err happened, nil if err is nil. Errors with a code keep it; those that time or
// an operator will heal become CodeUnavailable; the rest are defects and wrap the driver's error.
func Failed(action string, err error) error {
	if err == nil {
		return nil
	}
	var known *attendance.Error
	if errors.As(err, &known) {
		return err
	}
	if unavailable(err) {
		return &attendance.Error{Code: attendance.CodeUnavailable, Message: "the database is not available right now",
			Cause: fmt.Errorf("%s: %w", action, err)}
	}
	return fmt.Errorf("store: %s: %w", action, err)
}

// Added is Failed for rows that name employees and branches: what a foreign key refused is CodeInvalid.
func Added(what string, err error) error {
	if DanglingReference(err) {
		return &attendance.Error{Code: attendance.CodeInvalid,
			Message: "the " + what + " name an employee or branch that does not exist",
			Cause:   err}
	}
	return Failed("add "+what, err)
}

// unavailable tells whether the database could not be reached, is going down, is overloaded, or has no room left.
func unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // the caller went away, and knows
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var ne net.Error
	if errors.As(err, &ne) {
		return true
	}
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		return mysqlUnavailable(me.Number)
	}
	switch sqliteCode(err) & 0xff {
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED, sqlitelib.SQLITE_FULL, sqlitelib.SQLITE_IOERR,
		sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_NOMEM, sqlitelib.SQLITE_PROTOCOL, sqlitelib.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// The numbers are those of MySQL's and MariaDB's error references.
func mysqlUnavailable(number uint16) bool {
	switch number {
	case 1213, 1205, 1020, // after the last retry
		1040, 1203, 1226, // too many connections, of all, of the user, per hour
		1037, 1038, 1041, // out of memory
		1021, 1114, 1026, 1030, 28, // disk or table full, write failed, the storage engine failed
		1053, 1077, 1079, 1927, // shutting down, connection killed
		1152, 1158, 1159, 1160, 1161, 1184, // network
		1290, 1792, 1836, // read-only: demoted or being switched over
		1317, 1969, 3024, // interrupted, ran into a time limit
		3032, 3168, // offline mode, server not available
		1129: // host blocked after too many failed connections
		return true
	}
	return false
}

// NotFound returns CodeNotFound for a missing row, else what Failed returns.
func NotFound(action, message string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &attendance.Error{Code: attendance.CodeNotFound, Message: message, Cause: err}
	}
	return Failed(action, err)
}

// KeyMismatch says that an idempotency key was used with another request.
func KeyMismatch() error {
	return attendance.NewError(attendance.CodeIdempotencyMismatch,
		"The idempotency key was used with another request.")
}
