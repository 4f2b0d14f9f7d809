package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// scenarios are the days on which every page is looked at, by the program's own clock. They lie ahead of any machine's
// time, since browsers drop cookies that are over by theirs.
var scenarios = []struct {
	name  string
	now   string // in Jakarta
	axe   bool   // whether axe-core looks, too: once is enough, but for the colours of the states
	words bool   // whether the company's words are as long as the data may hold
}{
	{name: "monday morning", now: "2035-01-08T08:20:00+07:00", axe: true},
	{name: "saturday", now: "2035-01-13T11:30:00+07:00"},
	{name: "over midnight", now: "2035-01-11T00:04:00+07:00"},
	{name: "holiday", now: "2035-05-01T10:00:00+07:00"},
	{name: "longest words", now: "2035-01-08T08:40:00+07:00", words: true},
}

// Every page, on phones and on a desk, light and dark, in both languages, on every kind of day and with the longest
// words: nothing sticks out, nothing jumps while it loads, and axe-core finds no rule broken.
func TestPagesOnEveryKindOfDay(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, sc.now)
			require.NoError(t, err)
			addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
			base := demoAt(t, now, "HADIR_WEBHOOK_ALLOW_PRIVATE=true", "HADIR_TERMINAL_ADDR="+addr)
			began := time.Now()
			seen := func(name, login, landsOn string) *tab {
				b := open(t, strings.ReplaceAll(sc.name, " ", "-")+"-"+name, base, 360, 900)
				b.atTime(now.Add(time.Since(began)))
				b.beforePages(measured)
				b.signIn(login, landsOn)
				return b
			}
			if sc.words {
				longestWords(t, base, machine{t: t, addr: addr}, now)
			}
			source := ""
			if sc.axe {
				source = string(axe)
			}
			admin := seen("admin", "admin@demo.test", "/dasbor")
			paths := append(testkit.MenuPaths(t, "admin"), "/komponen", "/riwayat#riwayat", "/karyawan/1")
			opened := admin.look(paths, source)
			for path, names := range drawersOf {
				if sc.words {
					require.Subset(t, opened[path], names, path)
				}
			}
			admin.stands("/dasbor", 800, 1200) // a tablet sees the lists and what is below them
			employee := seen("employee", "JKT-0001", "/")
			employee.look(append(testkit.MenuPaths(t, "employee"), "/riwayat#riwayat"), source)
			punchIsSeen(employee, admin)
		})
	}
}

// punchIsSeen taps on a phone, on whatever day it is, and finds the punch there and on an admin's pages.
func punchIsSeen(phone, admin *tab) {
	phone.t.Helper()
	admin.goTo("/dasbor")
	admin.until(live)
	phone.goTo("/")
	phone.until(canTap)
	phone.until(live)
	before, err := chromedp.Run(phone.ctx,
		chromedp.Evaluate[int](`document.querySelectorAll('[data-test="punch"]').length`))
	require.NoError(phone.t, err)
	phone.do(click(at("check-button")))
	// Who goes right after they came, or long before the end of the shift, is asked first.
	phone.until(questionOpen + ` || ` + count("punch", before+1))
	asked, err := chromedp.Run(phone.ctx, chromedp.Evaluate[bool](questionOpen))
	require.NoError(phone.t, err)
	if asked {
		phone.agree()
	}
	phone.until(count("punch", before+1))
	phone.until(`["good", "info"].includes(document.querySelector('[data-test="result"]')?.dataset.kind)`)
	admin.until(`[...document.querySelectorAll('[data-test="feed-item"]')].some((e) =>
		e.innerText.includes("JKT-0001"))`)
	admin.goTo("/riwayat?q=JKT-0001")
	admin.until(`document.querySelector('[data-test="row"]')?.innerText.includes("JKT-0001") &&
		document.querySelector('[data-test="row"] .status').dataset.status !== "pending"`)
}

// drawersOf are the dialogs that are looked at in a company that has some of everything.
var drawersOf = map[string][]string{
	"/cabang": {"add", "edit"}, "/izin": {"add", "request"}, "/karyawan": {"add", "edit", "import", "import-punches"},
	"/kios": {"add", "edit"}, "/koreksi": {"add", "request"}, "/libur": {"add", "edit"},
	"/mesin":    {"edit", "open", "map"},
	"/pengguna": {"add", "edit", "many"}, "/riwayat": {"open"}, "/riwayat#riwayat": {"open-past"},
	"/shift": {"add", "edit", "view"}, "/webhook": {"add", "edit", "log"},
}

// look visits pages as a phone and as a desk, each in the language and the colours that the other has not. It returns
// what was opened on each.
func (b *tab) look(paths []string, axe string) (opened map[string][]string) {
	b.t.Helper()
	opened = map[string][]string{}
	for _, as := range []struct {
		language, theme string
		width           int64
	}{{"id", "dark", 360}, {"en", "light", 1280}} {
		b.wants(as.theme)
		b.speak(as.language)
		for _, path := range paths {
			b.do(chromedp.Navigate("about:blank")) // so that an address that differs behind the # only is loaded, too
			b.visit(path, as.width)
			if axe != "" {
				b.do(chromedp.EmulateViewport(as.width, 900))
				b.accessible(axe, path+" "+as.theme)
			}
			if as.width == 360 {
				opened[path] = b.drawers(path)
			}
		}
	}
	return opened
}

// speak puts the pages into a language by the button in their header.
func (b *tab) speak(language string) {
	b.t.Helper()
	b.until(b.visible("language"))
	b.until(fmt.Sprintf(`(document.documentElement.lang === %q && !localStorage.getItem("hadir.language.unsaved")) ||
		(document.documentElement.lang !== %[1]q &&
			document.querySelector('[data-test="language"]').click())`, language))
}

// longest returns a name of n characters: one long word, or many short ones, as i is even or odd. It begins with what
// tells it apart from others.
func longest(n, i int) string {
	own := fmt.Sprintf("%d", i)
	if i%2 == 0 {
		return own + strings.Repeat("W", n-len(own))
	}
	return strings.TrimSpace((own + strings.Repeat(" Wmwm", n))[:n-1]) + "W"
}

// longestWords gives everything in the company the longest names that the API takes, and adds what the demo lacks.
func longestWords(t *testing.T, base string, m machine, now time.Time) {
	t.Helper()
	admin, own := demoToken(t, base, "admin@demo.test"), demoToken(t, base, "jkt-0001")
	type fields = map[string]any
	as := func(token, method, path string, body, out any) {
		t.Helper()
		_, err := call(t.Context(), method, base+path, token, nil, body, out)
		require.NoError(t, err)
	}
	change := func(path string, id int64, body fields) {
		t.Helper()
		as(admin, http.MethodPatch, fmt.Sprint(path, "/", id), body, nil)
	}
	add := func(token, path string, body fields) {
		t.Helper()
		as(token, http.MethodPost, path, body, nil)
	}
	type row struct {
		ID      int64  `json:"id"`
		Number  string `json:"number"`
		Version string `json:"version"`
	}
	list := func(path string) []row {
		var l struct {
			Items []row `json:"items"`
		}
		as(admin, http.MethodGet, path, nil, &l)
		require.NotEmpty(t, l.Items)
		return l.Items
	}
	day := func(ahead int) string {
		return now.In(time.FixedZone("WIB", 7*3600)).AddDate(0, 0, ahead).Format(time.DateOnly)
	}
	for i, b := range list("/api/branches") {
		site := fields{"name": longest(100, i), "latitude": -6.175392, "longitude": 106.827153, "radius": 150}
		change("/api/branches", b.ID,
			fields{"name": longest(120, i), "code": longest(32, 2*i), "sites": []fields{site}})
	}
	for i, s := range list("/api/shifts") {
		change("/api/shifts", s.ID, fields{"name": longest(100, i), "code": longest(32, 2*i)})
	}
	employees := list("/api/employees?limit=500")
	for i, e := range employees {
		as(admin, http.MethodGet, fmt.Sprint("/api/employees/", e.ID), nil, &e)
		number := e.Number + "-" + strings.Repeat("W", 63-len(e.Number))
		change("/api/employees", e.ID, fields{"version": e.Version, "number": number, "name": longest(200, i),
			"department": longest(100, i), "position": longest(100, i+1)})
	}
	var branches []int64
	for _, b := range list("/api/branches") {
		branches = append(branches, b.ID)
	}
	for i, scope := range []fields{{"scope": "company"}, {"scope": "branch", "branch_id": branches[0]},
		{"scope": "employee", "employee_id": employees[0].ID}} {
		scope["date"], scope["name"] = day(3+i), longest(200, i)
		add(admin, "/api/holidays", scope)
	}
	for i, user := range []fields{{"role": "admin"}, {"role": "branch_admin", "branch_ids": branches},
		{"role": "ops"}} {
		user["login"], user["name"] = longest(200, 2*i), longest(200, i)
		add(admin, "/api/users", user)
	}
	change("/api/users", list("/api/users?q=admin@demo.test")[0].ID, fields{"name": longest(200, 0)})
	for i := range 2 {
		reason, date := longest(500, i), day(20+i)
		add(own, "/api/leave-requests", fields{"kind": "permit", "from": date, "to": date, "reason": reason})
		correction := fields{"work_date": day(-3 - i), "direction": "out", "time": "17:05", "reason": reason}
		add(own, "/api/corrections", correction)
		report := fields{"kind": "individual", "format": "csv", "month": day(0)[:7], "employee_id": employees[i].ID}
		add(admin, "/api/reports", report)
		add(admin, "/api/webhooks", fields{"url": "http://127.0.0.1/" + longest(1900, 2*i),
			"description": longest(200, i), "kinds": []string{"recap.ready"}})
	}
	add(own, "/api/reports", fields{"kind": "individual", "format": "csv", "month": day(0)[:7]})
	var in punched
	note := fields{"note": longest(500, 0), "device": longest(100, 0)}
	as(own, http.MethodPost, "/api/attendances/check-in", note, &in)
	require.NotEqual(t, attendance.StatusAbsent, in.Day.Status)
	var out punched
	note["confirm"] = true
	as(own, http.MethodPost, "/api/attendances/check-out", note, &out)
	add(admin, fmt.Sprintf("/api/punches/%d/void", out.Punch.ID), fields{"reason": longest(500, 1)})
	add(admin, "/api/me/tokens", fields{"name": longest(100, 0), "scopes": []string{"attendance:read"}, "days": 30})

	line := strings.Repeat("7", 64) + "\t" + day(-1) + " 08:00:00\t0\t1"
	require.Equal(t, http.StatusServiceUnavailable, m.push(line), "nobody has accepted the terminal")
	change("/api/terminals", list("/api/terminals")[0].ID, fields{"state": "active", "branch_id": branches[0],
		"name": longest(100, 0), "site": longest(100, 1)})
	require.Equal(t, http.StatusOK, m.say(http.MethodGet, "", ""))
	require.Equal(t, http.StatusOK, m.push(line))
}
