// Package legible reads texts that people write: whether they show what they hold.
package legible

import (
	"fmt"
	"strings"
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
// (Default_Ignorable_Code_Point, and those that are drawn blank) unless a script or an emoji needs them where they
// stand, what stands for lost characters, what means something else on every device (private use), and piles of
// combining marks. By each of them one text could pass for another. Nor is a text legible that has nothing but marks.
// "" is legible, and no name.
func Check(field, s string, as As) error {
	var before rune // the character before, besides marks and joiners; 0 for none
	var last rune   // the character before
	shown, seen, marked, marks := false, false, false, 0
	past := 0 // where a sequence ends that was read as a whole
	for i, r := range s {
		if i < past {
			continue
		}
		switch {
		case r == utf8.RuneError || r == objectReplacement:
			return attendance.Invalid(field, "Characters were lost on the way (U+FFFD); write the text again.")
		case unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r):
			return attendance.Invalid(field, "It must not hold characters without a meaning of their own.")
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
			marked = true
			if marks++; marks > MostMarks {
				return attendance.Invalid(field, fmt.Sprintf("At most %d marks stand on one letter.", MostMarks))
			}
		default:
			before, marks = r, 0
			shown = shown || unicode.IsLetter(r) || unicode.IsNumber(r)
			seen = seen || !unicode.IsSpace(r)
			past = i + utf8.RuneLen(r) + flagTags(s[i:])
		}
		last = r
	}
	if marked && !seen {
		return attendance.Invalid(field, "It must not hold characters that nobody sees.")
	}
	if as == Name && !shown {
		return attendance.Invalid(field, "It needs a letter or a digit.")
	}
	return nil
}

// Is tells whether Check takes a text of one line.
func Is(s string) bool { return Check("", s, Line) == nil }

const (
	nonJoiner         = '\u200C'
	joiner            = '\u200D'
	keycap            = '\u20E3'
	objectReplacement = '\uFFFC'
)

// flagTags is how many bytes follow a black flag that make it the flag of England, Scotland or Wales. These are the
// only sequences of tags that Unicode recommends (RGI_Emoji_Tag_Sequence); others are a black flag to everybody.
func flagTags(s string) int {
	tags, is := strings.CutPrefix(s, "\U0001F3F4")
	if !is {
		return 0
	}
	for _, region := range [...]string{"gbeng", "gbsct", "gbwls"} {
		written := strings.Map(func(r rune) rune { return 0xE0000 + r }, region) + "\U000E007F"
		if strings.HasPrefix(tags, written) {
			return len(written)
		}
	}
	return 0
}

// unseen tells whether a character is by itself not seen, as Unicode derives Default_Ignorable_Code_Point, but for the
// signs that are (Prepended_Concatenation_Mark), with those around annotations, and with what is drawn blank.
func unseen(r rune) bool {
	if r < 0xAD {
		return false
	}
	if _, blank := blankOf(r); blank {
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// blankOf tells whether a character is a sign that is drawn as nothing, though it is no white space, and of which
// script: there it keeps a place.
func blankOf(r rune) (script *unicode.RangeTable, blank bool) {
	switch r {
	case '\u2800': // braille pattern blank
		return unicode.Braille, true
	case '\U00013441', '\U00013442': // full and half blank
		return unicode.Egyptian_Hieroglyphs, true
	case '\U00016FE4': // filler
		return unicode.Khitan_Small_Script, true
	case '\U0001D159': // musical symbol null notehead
		return nil, true
	}
	return nil, false
}

// needed tells whether an unseen character changes what is seen: joiners between letters of scripts that are written
// joined, and within emoji; variation selectors after what has variants; blanks between signs of their script. before
// is the letter or symbol that it is about, last and next are its neighbours.
func needed(r, before, last, next rune) bool {
	if script, blank := blankOf(r); blank {
		return script != nil && unicode.Is(script, before) && unicode.Is(script, next)
	}
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

// symbol tells whether a character may be part of an emoji: symbols, the marks of punctuation and the letter that
// Unicode counts among them, and the planes' part that is kept for more of them.
func symbol(r rune) bool {
	switch r {
	case '‼', '⁉', '〰', '〽', 'ℹ':
		return true
	}
	return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) || r >= 0x1F000 && r <= 0x1FAFF
}
