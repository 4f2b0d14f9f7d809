package legible

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which texts are compared that people tell apart by reading them: without differences of case
// and width, of how letters are composed (Unicode's NFKC), of accents on letters of the scripts that write without
// them, too (Latin, Greek, Cyrillic), and of white space. Two texts with the same form read alike; it is not for being
// shown.
func Fold(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	// What folds may compose anew, and what decomposes may have a case: twice is enough for every character.
	for range 2 {
		s = cases.Fold().String(unaccented(norm.NFKD.String(s)))
	}
	return strings.Join(strings.Fields(norm.NFKC.String(s)), " ")
}

// unaccented drops the marks on letters that stand for themselves without.
func unaccented(s string) string {
	var base rune
	return strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.Mn, r) {
			base = r
		} else if unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
			return -1
		}
		return r
	}, s)
}
