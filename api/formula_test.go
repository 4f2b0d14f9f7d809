package api_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Case 25: whichever separator a spreadsheet takes, no cell of what the API hands out begins a formula.
func TestNoDownloadHoldsAFormula(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for i, name := range []string{"Budi;=1+1;x", "=1+1", "＝1+1"} {
			w.people[i].Name, w.people[i].Department = name, "＠x"
		}
		_, err := w.store.Employees.UpsertEmployees(t.Context(), w.people)
		require.NoError(t, err)
		for _, who := range []string{"jkt-1", "jkt-2", "mks-3"} {
			w.checkIn(who)
		}
		up := w.upload("admin", "number;name;branch\n＝1;\u200b=2;Tak Ada\n;=3;JKT\n\ufeff@4;Budi;Tak Ada\n")
		require.Equal(t, http.StatusCreated, up.status, up.raw)
		for path, hidden := range map[string]string{"/api/attendances.csv": "Budi;", importPath(up) + "/errors": "＝1"} {
			r := w.send(0, http.MethodGet, path, "admin", nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			require.Contains(t, r.raw, hidden)
			text := strings.TrimPrefix(r.raw, "\ufeff")
			seen := 0
			for _, separator := range []rune{',', ';', '\t'} {
				from := csv.NewReader(strings.NewReader(text))
				from.Comma, from.FieldsPerRecord, from.LazyQuotes = separator, -1, true
				rows, err := from.ReadAll()
				require.NoError(t, err)
				for _, row := range rows {
					for _, cell := range row {
						seen++
						require.NotRegexp(t, "^[\\s\\x{200b}\\x{feff}\"]*[=+\\-@＝＋－＠]", cell, "%s separated by %q",
							path, separator)
					}
				}
			}
			require.Greater(t, seen, 6)
		}
	})
}
