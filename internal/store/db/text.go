package db

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
)

// Clip makes a text from outside fit its column: valid UTF-8, without NUL, at most max characters.
func Clip(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	return string([]rune(s)[:max])
}

// UTC returns a copy in UTC, so that a later change of t does not reach it; nil stays nil.
func UTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// Micro cuts to what the databases keep, so that an answer equals its replay.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

var LikeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "\n", " ", "\x00", "")

// Field is a text that people write, with the bounds that its column sets, in characters. MySQL refuses what is longer;
// SQLite would not.
type Field struct {
	Name, Value string
	min, max    int
	as          legible.As
}

// Text is a field of one line whose length must lie within bounds.
func Text(name, value string, min, max int) Field {
	return Field{name, value, min, max, legible.Line}
}

// Lines is Text for several lines.
func Lines(name, value string, min, max int) Field {
	return Field{name, value, min, max, legible.Lines}
}

// Name is Text for what something is called: there is a letter or digit to see.
func Name(name, value string, max int) Field { return Field{name, value, 1, max, legible.Name} }

// CheckTexts refuses fields that are too short, too long or not legible: CodeInvalid, joined if there are several.
func CheckTexts(fields ...Field) error {
	wrong := make([]error, len(fields))
	for i, f := range fields {
		wrong[i] = f.check()
	}
	return errors.Join(wrong...)
}

func (f Field) check() error {
	n := utf8.RuneCountInString(f.Value)
	if n < f.min {
		return attendance.Invalid(f.Name, "it must not be empty")
	}
	if n > f.max {
		return attendance.Invalid(f.Name, fmt.Sprintf("it must not be longer than %d characters", f.max))
	}
	return legible.Check(f.Name, f.Value, f.as)
}

// IDChunk is how many ids go into one IN list. Long lists cost the optimizer more than a second query would.
const IDChunk = 1000
