package legible_test

import (
	"strings"
	"testing"
	"unicode"

	"hadir/internal/attendance/legible"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhatReadsAlikeHasOneForm(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"JKT-0030", "jkt-0030", "ＪＫＴ－００３０", "Jkt-0030", " JKT-0030 "},
		{"ÉCOLE", "e\u0301cole", "école", "ECOLE", "éc\u1D52le"},
		{"Straße", "STRASSE", "strasse"},
		{"A 1", "a  1", "a\u00A01", "Ａ\u30001"},
		{"ﬁ", "FI"},
		{"İ", "i", "I"},
		{"Ω", "\u2126", "ω", "ώ"},
		{"①", "1"},
		{"Й", "и"},
	} {
		for _, s := range alike {
			require.Equal(t, legible.Fold(alike[0]), legible.Fold(s), "%q", s)
		}
	}
	for _, two := range [][2]string{{"JKT-0030", "JKT-0031"}, {"A1", "А1" /* Cyrillic */}, {"कि", "कु"}, {"ก", "กั"},
		{"AB", "A B"}, {"ب", "ت"}} {
		require.NotEqual(t, legible.Fold(two[0]), legible.Fold(two[1]), "%q", two)
	}
}

// The form of a form is itself, and neither case nor white space changes it.
func TestFoldingIsDoneOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		form := legible.Fold(s)
		require.Equal(t, form, legible.Fold(form), "%q", s)
		require.Equal(t, form, legible.Fold("  "+s+"\u3000"), "%q", s)
		if plain := strings.Map(func(r rune) rune {
			if r > unicode.MaxASCII {
				return -1
			}
			return r
		}, s); plain != "" {
			require.Equal(t, legible.Fold(plain), legible.Fold(strings.ToUpper(plain)), "%q", plain)
		}
	})
}
