package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// listedDay is what the test needs to know of a day.
type listedDay struct {
	EmployeeID int64     `json:"employee_id"`
	WorkDate   string    `json:"work_date"`
	BranchID   int64     `json:"branch_id"`
	ShiftEnd   time.Time `json:"shift_end"`
}

func (d listedDay) key() string { return fmt.Sprintf("%d/%s", d.EmployeeID, d.WorkDate) }

// daysOf lists days of the demo company that ended with a status, the newest first.
func daysOf(t *testing.T, base, token, status, until string) []listedDay {
	t.Helper()
	query := url.Values{"status": {status}, "to": {until}, "limit": {"50"}}
	var found struct {
		Items []listedDay `json:"items"`
	}
	_, err := call(t.Context(), http.MethodGet, base+"/api/attendances?"+query.Encode(), token, nil, nil, &found)
	require.NoError(t, err)
	require.NotEmpty(t, found.Items, status)
	return found.Items
}

// addressed tells whether the drawer of a day is open at its address, and away whether it is closed at the list's.
func addressed(d listedDay) string {
	return fmt.Sprintf(`document.querySelector('[data-test="day"]').open && history.state?.drawer &&
		new URLSearchParams(location.search).get("day") === %q`, d.key())
}

const away = nothingOpen + ` && !location.search.includes("day=") && !history.state?.drawer`

// On a Monday morning, an admin of a branch finds on a phone who forgot to check out last week, adds that, strikes it
// out again, and gives somebody whose terminal was off both of their punches. What happens meanwhile wipes no form, and
// Back, Forward, Escape and reloading do what they say.
func TestADayIsCorrectedInItsDrawer(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	now, err := time.Parse(time.RFC3339, "2035-01-08T08:20:00+07:00")
	require.NoError(t, err)
	base := demoAt(t, now)
	began := time.Now()
	token := demoToken(t, base, "admin@demo.test")
	forgot := daysOf(t, base, token, "incomplete", "2035-01-07")
	ofOffice := func(d listedDay) bool { return d.ShiftEnd.UTC().Hour() == 10 } // 17:00 in Jakarta
	found := slices.IndexFunc(forgot, ofOffice)
	require.GreaterOrEqual(t, found, 0)
	day := forgot[found]
	other := slices.Delete(forgot, found, found+1)[0]
	absent := daysOf(t, base, token, "absent", "2035-01-07")[0]

	b := open(t, "fix", base, 360, 740)
	b.atTime(now.Add(time.Since(began)))
	b.signIn("admin@demo.test", "/dasbor")
	list := fmt.Sprintf("/riwayat?from=%s&to=%[1]s&employee=%d", day.WorkDate, day.EmployeeID)
	b.goTo(list + "#riwayat")
	status := fmt.Sprintf(`document.querySelector('[data-test="past-row"][data-key=%q] .status')?.dataset.status`,
		day.key())
	b.until(status + ` === "incomplete"`)
	b.press(`[data-test="open-past"]`)
	b.until(addressed(day) + ` && ` + b.visible("fix") + ` && !` + b.visible("correct"))
	b.until(live)
	b.shoot("day")

	// What is missing is filled in. Nobody is asked about what nobody typed.
	b.press(`[data-test="fix"]`)
	b.until(holds("fix-direction", "out") + ` && document.querySelector('[data-test="fix-time"]').value !== ""`)
	b.until(`document.activeElement.dataset.test === "fix-direction" && ` + fits)
	b.shoot("form")
	b.accessible(string(axe), "the form at 360 px")
	b.do(click(at("fix-save")))
	b.until(shown("fix-reason-wrong", "Wajib diisi."))
	b.do(chromedp.KeyEvent("\x1b"))
	b.until(away)

	// Forward opens the drawer again, as do its address and a reload. Back closes it.
	b.do(chromedp.Evaluate[chromedp.Void](`history.forward()`))
	b.until(addressed(day) + ` && ` + b.visible("fix"))
	b.reload()
	b.until(addressed(day) + ` && ` + b.visible("fix"))
	b.back()
	b.until(away + ` && ` + status + ` === "incomplete"`)
	b.do(chromedp.Evaluate[chromedp.Void](`history.forward()`))
	b.until(addressed(day) + ` && ` + b.visible("fix"))
	b.do(click(at("day-close")))
	b.until(away)
	b.do(chromedp.Evaluate[chromedp.Void](`history.forward()`))
	b.until(addressed(day) + ` && ` + b.visible("fix"))

	// A half-filled form is asked about, and stays while the day changes.
	b.press(`[data-test="fix"]`)
	b.set("fix-time", "16:45")
	b.put("fix-reason", "Lupa absen pulang")
	b.do(chromedp.KeyEvent("\x1b"))
	b.refuse()
	b.until(addressed(day) + ` && ` + holds("fix-reason", "Lupa absen pulang"))
	b.back()
	b.refuse()
	b.until(addressed(day) + ` && ` + holds("fix-time", "16:45"))
	body := map[string]any{"employee_id": day.EmployeeID, "work_date": day.WorkDate, "direction": "in",
		"time": "07:15", "reason": "Datang lebih awal"}
	code, err := call(t.Context(), http.MethodPost, base+"/api/corrections/at-once", token, nil, body, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, code)
	b.until(`document.querySelector('[data-test="fix-error"]').innerText.includes("baru saja berubah")`)
	b.until(`document.querySelector('[data-test="day"]').innerText.includes("Datang lebih awal")`)
	b.until(holds("fix-reason", "Lupa absen pulang") + ` && ` + holds("fix-time", "16:45"))
	b.until(fits)
	b.shoot("changed")
	b.do(click(at("fix-save")))
	b.toasted("Absensi ditambahkan.")
	b.until(b.visible("fix") + ` && ` + unseen("fix-form"))
	b.until(`document.querySelector('[data-test="day-status"]').dataset.status !== "incomplete"`)
	b.until(status + ` !== "incomplete"`)
	b.until(`document.querySelector('[data-test="day"]').innerText.includes("16.45")`)
	b.shoot("fixed")

	// What was added by mistake is struck out.
	b.until(`(() => { const all = [...document.querySelectorAll('[data-test="strike"]')].filter((e) => e.offsetParent);
		all.at(-1)?.click(); return all.length > 0; })()`)
	b.put("strike-reason", "Salah orang")
	b.do(click(at("strike-yes")))
	b.toasted("Absensi dicoret.")
	b.until(status + ` === "incomplete"`)
	b.back()
	b.until(away)

	// Whose terminal was off gets both directions with one reason.
	b.goTo("/riwayat?day=" + absent.key())
	b.until(addressed(absent) + ` && ` + b.visible("fix"))
	b.press(`[data-test="fix"]`)
	b.until(holds("fix-direction", "in") + ` && document.querySelector('[data-test="fix-time"]').value !== ""`)
	b.put("fix-reason", "Mesin mati")
	b.do(click(at("fix-save")))
	b.until(holds("fix-direction", "out") + ` && ` + holds("fix-reason", "Mesin mati") + ` && ` + count("day-punch", 1))
	b.shoot("second")
	b.do(click(at("fix-save")))
	b.until(count("day-punch", 2) + ` && ` + unseen("fix-form"))
	b.until(`document.querySelector('[data-test="day-status"]').dataset.status === "present"`)

	// A settled period is said in the form, in both languages, and at both widths.
	code, err = call(t.Context(), http.MethodPatch, fmt.Sprintf("%s/api/branches/%d", base, other.BranchID), token, nil,
		map[string]any{"locked_through": other.WorkDate}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, code)
	for _, as := range []struct {
		language, theme, says string
		width, height         int64
	}{{"id", "dark", "Periode itu sudah dikunci.", 360, 740}, {"en", "light", "That period is locked.", 360, 740},
		{"id", "light", "Periode itu sudah dikunci.", 1440, 900},
		{"en", "dark", "That period is locked.", 1440, 900}} {
		b.wants(as.theme)
		b.do(chromedp.EmulateViewport(as.width, as.height))
		b.goTo("/dasbor")
		b.speak(as.language)
		b.goTo("/riwayat?day=" + other.key())
		b.press(`[data-test="fix"]`)
		b.put("fix-reason", "Lupa")
		b.shoot(fmt.Sprintf("%s-%s-%d", as.language, as.theme, as.width))
		b.do(click(at("fix-save")))
		b.until(shown("fix-error", as.says))
		b.until(fits)
		b.accessible(string(axe), fmt.Sprintf("the form %s %s at %d px", as.language, as.theme, as.width))
		b.shoot(fmt.Sprintf("%s-%s-%d-locked", as.language, as.theme, as.width))
	}

	// Somebody else's day is said to be nobody's business, and one's own is asked about.
	own := open(t, "fix-own", base, 360, 740)
	own.atTime(now.Add(time.Since(began)))
	own.signIn("JKT-0001", "/")
	own.goTo("/riwayat?day=" + other.key())
	own.until(`document.querySelector('[data-test="day-error"]').innerText.startsWith("Hari itu tidak ditemukan")`)
	own.until(`!` + own.visible("fix"))
	own.shoot("other")
	own.goTo("/riwayat")
	own.press(`[data-test="open"]`)
	own.until(own.visible("correct") + ` && !` + own.visible("fix"))
}
