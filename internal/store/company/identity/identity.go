// Package identity is what branches, employees and shifts are told apart by: their numbers and codes, of which no two
// may read alike, and what a search for them looks at.
package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// longestKey is how long a key may be, in characters, as its column is. Some characters stand for up to 18.
const longestKey = 190

// Key is what a number is compared by: of two that read alike it is the same (see legible.Fold). It is kept beside the
// number in a column that is unique.
func Key(number string) string {
	key := legible.Fold(number)
	if utf8.RuneCountInString(key) > longestKey {
		sum := sha256.Sum256([]byte(key))
		return hex.EncodeToString(sum[:])
	}
	return key
}

type numbered struct {
	bun.BaseModel `bun:"table:employees,alias:e"`

	ID     int64  `bun:"id,pk"`
	Number string `bun:"number"`
	Key    string `bun:"number_key"`
}

// FreeNumber refuses a number that an employee has other than the one of an id, or that reads like theirs:
// CodeConflict.
func FreeNumber(ctx context.Context, idb bun.IDB, number string, id int64) error {
	var others []numbered
	err := idb.NewSelect().Model(&others).Column("e.id", "e.number").
		Where("(e.number = ? OR e.number_key = ?)", number, Key(number)).Where("e.id <> ?", id).Order("e.id").
		Scan(ctx)
	if err != nil || len(others) == 0 {
		return err
	}
	exact := slices.ContainsFunc(others, func(o numbered) bool { return o.Number == number })
	if exact {
		return TakenNumber(nil)
	}
	return likeNumber(others[0].Number)
}

// TakenNumber says that somebody else has a number, as a unique index may have found.
func TakenNumber(cause error) error {
	return &attendance.Error{Code: attendance.CodeConflict, Field: "number", Message: "The employee number is taken.",
		Cause: cause}
}

func likeNumber(other string) error {
	return &attendance.Error{Code: attendance.CodeConflict, Field: "number",
		Message: fmt.Sprintf("The employee number %s exists already, which reads alike.", other)}
}

// Unknown returns the numbers that nobody known has.
func Unknown(numbers []string, known map[string]attendance.Employee) []string {
	return slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { _, ok := known[n]; return ok })
}

// Alike returns, of numbers that nobody has as they are written, which existing number each reads like.
func Alike(ctx context.Context, idb bun.IDB, numbers []string) (map[string]string, error) {
	found := map[string]string{}
	for chunk := range slices.Chunk(numbers, db.IDChunk) {
		keys := make([]string, len(chunk))
		for i, n := range chunk {
			keys[i] = Key(n)
		}
		var rows []numbered
		if err := idb.NewSelect().Model(&rows).Column("e.number", "e.number_key").
			Where("e.number_key IN (?)", bun.List(keys)).Scan(ctx); err != nil {
			return nil, err
		}
		byKey := make(map[string]string, len(rows))
		for _, r := range rows {
			byKey[r.Key] = r.Number
		}
		for i, n := range chunk {
			if other, ok := byKey[keys[i]]; ok {
				found[n] = other
			}
		}
	}
	return found, nil
}

// Apart refuses new numbers of which one reads like another of them, or like one that exists: CodeConflict. If somebody
// has the very number by now, the transaction is to be run again (db.Overtaken).
func Apart(ctx context.Context, idb bun.IDB, fresh []string) error {
	seen := make(map[string]string, len(fresh))
	for _, n := range fresh {
		if other, ok := seen[Key(n)]; ok {
			return likeNumber(other)
		}
		seen[Key(n)] = n
	}
	alike, err := Alike(ctx, idb, fresh)
	for n, other := range alike {
		if other == n { // since it was looked up
			return TakenNumber(db.Overtaken(errors.New("another transaction added the number")))
		}
		err = likeNumber(other)
	}
	return err
}

// FreeCode refuses a code that reads like another one of a table, branches or shifts, than the one that it takes the
// place of: CodeConflict. The tables are small; whoever calls it holds the lock of the company (db.LockCompany).
func FreeCode(ctx context.Context, idb bun.IDB, table, before, code string) error {
	var codes []string
	if err := idb.NewSelect().Table(table).Column("code").Where("code <> ?", before).Order("id").Scan(ctx,
		&codes); err != nil {
		return err
	}
	if slices.Contains(codes, code) {
		return takenCode(nil)
	}
	key := Key(code)
	for _, other := range codes {
		if Key(other) == key {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "code",
				Message: fmt.Sprintf("The code %s exists already, which reads alike.", other)}
		}
	}
	return nil
}

func takenCode(cause error) error {
	return &attendance.Error{Code: attendance.CodeConflict, Field: "code", Message: "The code is taken.", Cause: cause}
}

// CodeError is db.Failed for rows with a code that is unique.
func CodeError(action string, err error) error {
	if db.Duplicate(err) {
		return takenCode(err)
	}
	return db.Failed(action, err)
}

// EmployeeError says what the database refuses about an employee's number or branch.
func EmployeeError(action string, err error) error {
	switch {
	case db.Duplicate(err):
		return TakenNumber(err)
	case db.DanglingReference(err):
		return NoBranch(err)
	}
	return db.Failed(action, err)
}

// SearchText is what Query is compared with: the number, a line feed and the name, in lower case by Go's rules for
// Unicode. The databases fold case differently (SQLite only ASCII), and searching a byte string is faster.
func SearchText(number, name string) string {
	return strings.ToLower(number) + "\n" + strings.ToLower(name)
}

// Matching adds the condition of a Query to a select of employees under the alias e.
func Matching(q *bun.SelectQuery, query string) *bun.SelectQuery {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return q
	}
	like := db.LikeEscaper.Replace(query)
	return q.Where("(e.search_text LIKE ? ESCAPE '!' OR e.search_text LIKE ? ESCAPE '!')", like+"%", "%\n%"+like+"%")
}
