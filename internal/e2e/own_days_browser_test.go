package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// An administrator who is an employee, too, is told that somebody else changes their own day. Alone they may, and the
// day says so to whoever looks at it, in both languages.
func TestTheOwnDayIsSomebodyElses(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 1)
	kepala := s.signIn(account.User{Login: "kepala", Name: "Kepala Kantor", Role: account.RoleAdmin,
		EmployeeID: es[0].ID})
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(t, err)
	date := attendance.DateOf(time.Now(), zone).AddDays(-1).String()
	phone := open(t, "own-days-phone", s.apis[0], 360, 800)
	phone.signIn("kepala", "/dasbor")
	phone.goTo("/libur")
	phone.do(appears(at("add")), click(at("add")))
	phone.until(editorOpen)
	phone.do(types(at("name"), "Libur sendiri"), typeDate(date), click(at("save")))
	phone.until(shown("editor-error", "Ini mengubah hari kerja Anda sendiri yang sudah berjalan. "+
		"Minta orang lain yang berwenang melakukannya."))
	phone.until(fits)
	phone.shoot("refused")

	status, err := call(t.Context(), http.MethodPatch, fmt.Sprintf("%s/api/users/%d", s.apis[0], s.admin.user.ID),
		kepala.token, nil, map[string]any{"disabled": true}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	phone.do(click(at("save")))
	phone.toasted("Libur sendiri ditambahkan.")

	day := fmt.Sprintf("/riwayat?day=%d/%s", es[0].ID, date)
	desk := open(t, "own-days-desk", s.apis[1], 1280, 900)
	desk.signIn("kepala", "/dasbor")
	both := func(language, sentence string) {
		for _, b := range []*tab{phone, desk} {
			b.goTo(day)
			b.until(`[...document.querySelectorAll('[data-test="reason"]')].some((e) =>
				e.dataset.code === "own_change" && /^` + sentence + `$/.test(e.textContent))`)
			b.until(fits)
			b.shoot("day-" + language)
		}
	}
	both("id", `Kepala Kantor mengubah hari ini sendiri pada [^,]+, karena tidak ada orang lain yang berwenang\.`)
	status, err = call(t.Context(), http.MethodPatch, s.apis[0]+"/api/me", kepala.token, nil,
		map[string]any{"locale": "en"}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	both("en", `Kepala Kantor changed this day themselves on [^,]+, since nobody else could\.`)
	desk.goTo("/audit")
	desk.until(`document.querySelector("main").innerText.includes("since nobody else could")`)
	desk.shoot("audit")
}
