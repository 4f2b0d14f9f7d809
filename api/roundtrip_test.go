package api_test

import (
	"net/http"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// What the API hands out is not taken for what it is not when it comes back: the history of days is refused as a whole
// and says why, in the reader's language, also where branches are called by their codes; so are the lines that an
// import refused. The file that was imported changes nothing when it comes a second time.
func TestWhatWasExportedIsNoImport(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for i := range w.branches {
			_, err := w.store.Branches.ChangeBranch(t.Context(), w.branches[i].ID, ledger.Actor{},
				func(b *attendance.Branch) error { b.Name = b.Code; return nil })
			require.NoError(t, err)
		}
		for _, who := range []string{"jkt-1", "mks-3"} {
			w.checkIn(who)
		}
		before := w.send(0, http.MethodGet, "/api/employees", "admin", nil).raw
		for _, query := range []string{"", "?lang=en", "?lang=id", "?raw=true"} {
			file := w.send(0, http.MethodGet, "/api/attendances.csv"+query, "admin", nil)
			require.Equal(t, http.StatusOK, file.status, file.raw)
			require.Equal(t, 3, strings.Count(file.raw, "\r\n"), file.raw)
			for lang, sentence := range map[string]string{"id": "Ini riwayat atau laporan Hadir",
				"en": "This is a history or a report of Hadir"} {
				me := w.send(0, http.MethodPatch, "/api/me", "admin", map[string]any{"locale": lang})
				require.Equal(t, http.StatusOK, me.status, me.raw)
				for _, r := range []reply{w.upload("admin", file.raw), w.uploadPunches("admin", file.raw, "")} {
					require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
					require.Contains(t, r.raw, sentence, query)
				}
			}
		}
		up := w.upload("admin", "number,name,branch\n,Tanpa Nomor,JKT\n")
		require.Equal(t, http.StatusCreated, up.status, up.raw)
		refused := w.send(0, http.MethodGet, importPath(up)+"/errors", "admin", nil)
		require.Equal(t, http.StatusUnprocessableEntity, w.upload("admin", refused.raw).status)
		require.Equal(t, http.StatusUnprocessableEntity, w.uploadPunches("admin", refused.raw, "").status)
		require.Equal(t, before, w.send(0, http.MethodGet, "/api/employees", "admin", nil).raw)

		// A file of punches whose lines begin with a date and name a shift is somebody else's, and is read.
		own := w.uploadPunches("admin",
			"Tanggal,NIK,Waktu,Arah,Shift\n2026-11-20,JKT-1,2026-11-20 08.05,masuk,Pagi\n", "")
		require.Equal(t, http.StatusCreated, own.status, own.raw)
		require.Equal(t, 1, own.count("created"), own.raw)
	})
}
