package db

import (
	"encoding/base64"
	"strconv"
	"strings"

	"hadir/internal/attendance"
)

const (
	defaultLimit = 50
	MaxLimit     = 500
)

// PageSize bounds what a caller asks for.
func PageSize(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, MaxLimit)
}

// A cursor is the position after the last row of a page, so that a page costs the same wherever it lies and rows that
// come or go in between shift nothing. It is opaque to clients: base64url of "1:list:number:number…", where 1 is the
// version of this form and list names the list it belongs to.
const cursorVersion = "1"

func EncodeCursor(list string, position ...int64) string {
	b := []byte(cursorVersion + ":" + list)
	for _, p := range position {
		b = strconv.AppendInt(append(b, ':'), p, 10)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor returns the n numbers of a cursor that EncodeCursor made for the same list, false for the empty cursor
// of a first page, and CodeInvalidCursor for anything else.
func DecodeCursor(cursor, list string, n int) (position []int64, found bool, err error) {
	if cursor == "" {
		return make([]int64, n), false, nil
	}
	invalid := &attendance.Error{Code: attendance.CodeInvalidCursor, Field: "cursor",
		Message: "the cursor does not come from this list; start again without one"}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		invalid.Cause = err
		return nil, false, invalid
	}
	parts := strings.Split(string(b), ":")
	if len(parts) != n+2 || parts[0] != cursorVersion || parts[1] != list {
		return nil, false, invalid
	}
	for _, p := range parts[2:] {
		v, err := strconv.ParseInt(p, 10, 64)
		if err != nil {
			invalid.Cause = err
			return nil, false, invalid
		}
		position = append(position, v)
	}
	return position, true, nil
}

// Cut takes rows of which one more than limit was asked for, and returns at most limit and the cursor of the next page.
func Cut[R any](rows []R, limit int, cursor func(last R) string) ([]R, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, cursor(rows[limit-1])
}
