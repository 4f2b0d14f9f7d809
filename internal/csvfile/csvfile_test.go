package csvfile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestInert(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cells.json")
	require.NoError(t, err)
	var cases [][2]string
	require.NoError(t, json.Unmarshal(text, &cases))
	require.Greater(t, len(cases), 30)
	for _, c := range cases {
		require.Equal(t, c[1], Inert(c[0]), "%q", c[0])
		require.Equal(t, c[1], Inert(c[1]), "once is enough: %q", c[1])
	}
}

// cells are what spreadsheets may make of a file: with each separator, and with quotation marks heeded and not.
func cells(file string) (all []string) {
	file = strings.TrimPrefix(file, mark)
	for _, separator := range []rune{',', ';', '\t'} {
		r := csv.NewReader(strings.NewReader(file))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = separator, true, -1
		for rows, err := r.Read(); err == nil; rows, err = r.Read() {
			all = append(all, rows...)
		}
		if separator == ',' {
			continue // whoever separates by commas heeds the marks that protect them
		}
		for _, line := range strings.FieldsFunc(file, func(r rune) bool { return r == '\n' || r == '\r' }) {
			for _, cell := range strings.Split(line, string(separator)) {
				all = append(all, strings.Trim(cell, `"`))
			}
		}
	}
	return all
}

// formula tells whether a spreadsheet could run a cell, by a rule that is written differently from the one under test.
func formula(cell string) bool {
	for _, r := range cell {
		switch {
		case strings.ContainsRune("=+-@＝＋－＠", r):
			return true
		case !unicode.IsGraphic(r) || unicode.IsSpace(r):
		default:
			return false
		}
	}
	return false
}

func TestNoCellIsAFormulaWhateverTheSeparator(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		piece := rapid.SampledFrom(
			[]string{"=1+1", "-", "+", "@x", "＝1", "＠", ";", "\t", "\n", "\r\n", `"`, ",", " ", "\u200b", "\ufeff",
				"\u00a0", "a", "'"})
		text := rapid.Custom(func(rt *rapid.T) string {
			return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(rt, "pieces"), "")
		})
		var file bytes.Buffer
		w := NewWriter(&file)
		row := rapid.SliceOfN(text, 1, 4).Draw(rt, "row")
		require.NoError(rt, w.Write(row))
		require.NoError(rt, w.Flush())
		for _, cell := range cells(file.String()) {
			require.False(rt, formula(cell), "%q of %q", cell, file.String())
		}
	})
	require.True(t, formula(cells("Budi;=1+1;x\n")[2]), "the check can fail")
}

func TestAFileIsMarkedAndWhole(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w := NewWriter(&file)
	require.NoError(t, w.Flush())
	require.Equal(t, mark, file.String())
	require.NoError(t, w.Write([]string{"a", "b;c", "d,e"}))
	require.NoError(t, w.Flush())
	require.Equal(t, mark+"a,b;c,\"d,e\"\r\n", file.String())
}
