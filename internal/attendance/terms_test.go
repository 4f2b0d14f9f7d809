package attendance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// constants returns the values of the constants that the package's source declares of a type.
func constants(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == kind {
				for _, value := range v.Values {
					s, err := strconv.Unquote(value.(*ast.BasicLit).Value)
					require.NoError(t, err)
					out = append(out, s)
				}
			}
			return true
		})
	}
	require.NotEmpty(t, out)
	return out
}

// Whoever adds a status, a flag or a direction to the source gives it a place in the list and words in both languages.
func TestEverythingHasWords(t *testing.T) {
	t.Parallel()
	texts := func(of any) (out []string) {
		switch of := of.(type) {
		case []attendance.Status:
			for _, v := range of {
				out = append(out, string(v))
			}
		case []attendance.Flag:
			for _, v := range of {
				out = append(out, string(v))
			}
		case []attendance.Direction:
			for _, v := range of {
				out = append(out, string(v))
			}
		}
		return out
	}
	require.ElementsMatch(t, constants(t, "Status"), texts(attendance.Statuses()))
	require.ElementsMatch(t, constants(t, "Flag"), texts(attendance.Flags()))
	require.ElementsMatch(t, constants(t, "Direction"), texts(attendance.Directions()))
	for _, locale := range []string{"id", "en"} {
		words := attendance.TermsIn(locale)
		signs := map[string]bool{"!": true}
		add := func(term attendance.Term, of any) {
			require.NotEmpty(t, term.Word, "%s: %v", locale, of)
			require.Len(t, []rune(term.Sign), 1, "%s: %v", locale, of)
			require.False(t, signs[term.Sign], "%s: %v shares its sign", locale, of)
			signs[term.Sign] = true
		}
		for _, s := range attendance.Statuses() {
			add(words.Statuses[s], s)
		}
		for _, f := range attendance.Flags() {
			add(words.Flags[f], f)
		}
		for _, d := range attendance.Directions() {
			require.NotEmpty(t, words.Directions[d], "%s: %s", locale, d)
		}
	}
}

func TestSigns(t *testing.T) {
	t.Parallel()
	id, en := attendance.TermsIn("id"), attendance.TermsIn("en")
	for _, c := range []struct {
		day              attendance.Day
		sign, word, here string
	}{
		{attendance.Day{Status: attendance.StatusPresent}, "H", "", ""},
		{
			attendance.Day{Status: attendance.StatusPresent, EarlyMinutes: 180,
				Flags: []attendance.Flag{attendance.FlagEarlyOut}},
			"H↓", "pulang cepat", "left early",
		},
		{attendance.Day{Status: attendance.StatusLate, LateMinutes: 5}, "T", "", ""},
		{
			attendance.Day{Status: attendance.StatusHalfDay, LateMinutes: 200},
			"½>", "datang terlambat", "came late",
		},
		{
			attendance.Day{Status: attendance.StatusIncomplete,
				Flags: []attendance.Flag{attendance.FlagCorrected, attendance.FlagNoCheckIn}},
			"?¬*", "tanpa absen masuk, dikoreksi", "no check-in, corrected",
		},
		{
			attendance.Day{Status: attendance.StatusPresent,
				Flags: []attendance.Flag{"unheard_of", attendance.FlagOffline}},
			"H~!", "dicatat luring, unheard_of", "recorded offline, unheard_of",
		},
	} {
		require.Equal(t, c.sign, id.Sign(&c.day))
		require.Equal(t, c.word, id.Remark(&c.day))
		require.Equal(t, c.here, en.Remark(&c.day))
	}
}
