package store

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hadir/internal/attendance"
)

// clip makes a text from outside fit its column: valid UTF-8, without NUL, at most max characters.
func clip(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	return string([]rune(s)[:max])
}

// utc returns a copy in UTC; nil stays nil.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// micro cuts to what the databases keep, so that an answer equals its replay.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "\n", " ", "\x00", "")

// field is a text with the bounds that its column sets, in characters. MySQL refuses what is longer; SQLite would not.
type field struct {
	name, value string
	min, max    int
}

// text is a field whose length must lie within bounds.
func text(name, value string, min, max int) field { return field{name, value, min, max} }

func checkLengths(fields ...field) error {
	for _, f := range fields {
		n := len([]rune(f.value))
		if n < f.min {
			return attendance.Invalid(f.name, "it must not be empty")
		}
		if n > f.max {
			return attendance.Invalid(f.name, fmt.Sprintf("it must not be longer than %d characters", f.max))
		}
	}
	return nil
}

// idChunk is how many ids go into one IN list. Long lists cost the optimizer more than a second query would.
const idChunk = 1000
