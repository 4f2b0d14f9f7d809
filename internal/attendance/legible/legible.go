// Package legible reads texts that people write: whether they show what they hold.
package legible

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"hadir/internal/attendance"
)

// As is how a text is read.
type As int

// Ways of reading a text.
const (
	Line  As = iota // of one line
	Lines           // of several lines, which tabs may indent
	Name            // of one line, with a letter or digit to see
)

// MostMarks is how many combining marks may stand on one another; scripts that people write with need no more.
const MostMarks = 4

// Check refuses a text that does not show what it holds: CodeInvalid about the field. These are control characters,
// characters that turn the direction of what follows (Unicode's Bidi_Control) or that nobody sees
// (Default_Ignorable_Code_Point) unless a script or an emoji needs them where they stand, what stands for lost
// characters, and piles of combining marks. By each of them one text could pass for another. "" is legible, and no
// name.
func Check(field, s string, as As) error {
	var before rune // the character before, besides marks and joiners; 0 for none
	var last rune   // the character before
	shown, marks := false, 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			return attendance.Invalid(field, "Characters were lost on the way (U+FFFD); write the text again.")
		case as == Lines && (r == '\n' || r == '\r' || r == '\t'):
			before, marks = 0, 0
		case unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			return attendance.Invalid(field, "It must not hold control characters.")
		case unseen(r):
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !needed(r, before, last, next) {
				return attendance.Invalid(field, "It must not hold characters that nobody sees.")
			}
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > MostMarks {
				return attendance.Invalid(field, fmt.Sprintf("At most %d marks stand on one letter.", MostMarks))
			}
		default:
			before, marks = r, 0
			shown = shown || unicode.IsLetter(r) || unicode.IsNumber(r)
		}
		last = r
	}
	if as == Name && !shown {
		return attendance.Invalid(field, "It needs a letter or a digit.")
	}
	return nil
}

// Is tells whether Check takes a text of one line.
func Is(s string) bool { return Check("", s, Line) == nil }

const (
	nonJoiner = '\u200C'
	joiner    = '\u200D'
	keycap    = '\u20E3'
)

// unseen tells whether a character is by itself not seen, as Unicode derives Default_Ignorable_Code_Point, but for the
// signs that are (Prepended_Concatenation_Mark), and with those around annotations.
func unseen(r rune) bool {
	if r < 0xAD {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// needed tells whether an unseen character changes what is seen: joiners between letters of scripts that are written
// joined, and within emoji; variation selectors after what has variants. before is the letter or symbol that it is
// about, last and next are its neighbours.
func needed(r, before, last, next rune) bool {
	switch {
	case r == joiner && symbol(before):
		return last != joiner && symbol(next)
	case r == joiner || r == nonJoiner:
		return last != joiner && last != nonJoiner && joins(before) && (joins(next) || unicode.Is(unicode.Mn, next))
	case unicode.Is(unicode.Variation_Selector, r):
		return !unicode.Is(unicode.Variation_Selector, last) && last != joiner && last != nonJoiner &&
			(symbol(before) || next == keycap || unicode.In(before, unicode.Han, unicode.Mongolian, unicode.Phags_Pa))
	}
	return false
}

// joins tells whether a letter is of a script in which joiners change how letters are written.
func joins(r rune) bool {
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian,
		unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common)
}

func symbol(r rune) bool { return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) }
