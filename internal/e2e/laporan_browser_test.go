package e2e

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// worked stores a day of each employee for every date of the month before this one, and returns that month.
func (s *stack) worked(es []attendance.Employee) string {
	now := time.Now().UTC()
	first := attendance.NewDate(now.Year(), now.Month()-1, 1)
	last := attendance.NewDate(now.Year(), now.Month(), 0)
	var days []attendance.Day
	for i, e := range es {
		for d := first; d <= last; d++ {
			in, out := d.UTC().Add(time.Duration(60+i%30)*time.Minute), d.UTC().Add(10*time.Hour)
			day := attendance.Day{EmployeeID: e.ID, WorkDate: d, BranchID: e.BranchID, Zone: s.branch.Zone,
				ShiftName: "Uji", ShiftStart: &in, FirstIn: &in, LastOut: &out,
				Status: attendance.Statuses()[(i+int(d))%8], WorkedMinutes: 480, Flags: []attendance.Flag{},
				PunchCount: 2, Version: 1, UpdatedAt: now}
			if i%3 == 0 {
				day.LateMinutes = 15
			}
			days = append(days, day)
		}
	}
	require.NoError(s.t, s.store.Days.SeedHistory(s.t.Context(), nil, days))
	return first.String()[:7]
}

func newest(state string) string {
	return fmt.Sprintf(`document.querySelector('[data-test="report"]')?.dataset.state === %q`, state)
}

// enter sets a control as a person would, whatever its kind.
func (b *tab) enter(name, value string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => { const e = document.querySelector('[data-test=%q]'); if (!e) return false;
		e.value = %q;
		for (const n of ['input', 'change']) e.dispatchEvent(new Event(n, { bubbles: true }));
			return e.value === %q; })()`, name, value, value))
}

// An admin asks for reports while no worker is there, cancels one, and sees the other one grow when a worker comes; its
// file is the same from every node. Both languages, and a form that says what is wrong.
func TestReportsAreMadeBeforeTheAdminsEyes(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 600)
	month := s.worked(es)
	b := open(t, "reports", s.apis[0], 1280, 900)
	b.signIn(s.admin.user.Login, "/dasbor")
	b.goTo("/laporan")
	b.until(live)
	for _, w := range []string{"worker1", "worker2"} {
		s.proc(w).Kill()
	}
	b.until(`document.querySelector('[data-test="empty"]').offsetParent !== null`)
	b.shoot("empty")
	b.enter("month", "")
	b.do(click(at("make")))
	b.until(shown("month-wrong", "Pilih bulan, misalnya 2026-11.") + ` && document.activeElement.id === "month"`)
	b.shoot("wrong")
	b.enter("month", month)
	b.until(`!(` + b.visible("month-wrong") + `)`) // when it goes, the button moves
	b.do(click(at("make")))
	b.until(newest("queued"))
	b.do(click(at("csv")), click(at("make")))
	b.until(`document.querySelectorAll('[data-test="report"]').length === 2`)
	b.shoot("queued")
	b.do(click(at("cancel")))
	b.toasted("Laporan dibatalkan.")
	b.until(newest("cancelled"))

	b.until(`(window.seen = []) && new MutationObserver((all) => {
		for (const m of all) window.seen.push(Number(m.target.dataset.progress)); })
		.observe(document.querySelector('main'), { subtree: true, attributeFilter: ['data-progress'] }) === undefined`)
	s.start("worker", 1)
	last := `[...document.querySelectorAll('[data-test="report"]')].at(-1)`
	b.until(last + `.dataset.state === "done"`)
	b.until(`window.seen.some((p) => p > 0 && p < 95)`)
	b.until(last + `.querySelector('[data-test="download"]').offsetParent !== null`)
	b.shoot("done")
	var files [2][]byte
	for i, base := range s.apis {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/reports/1/file", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+s.admin.token)
		resp, err := client.Do(req)
		require.NoError(t, err)
		files[i], err = io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	require.Equal(t, "PK", string(files[0][:2]))
	require.Equal(t, len(files[0]), len(files[1]))
	b.until(fmt.Sprintf(`(window.got ??= (fetch(%s.querySelector('[data-test="download"]').href)
		.then(async (r) => { window.size = (await r.arrayBuffer()).byteLength; }), true)) &&
			window.size === %d`, last, len(files[0])))

	b.do(click(at("language")))
	b.until(`document.querySelector("h1").textContent === "Reports"`)
	b.enter("kind", "lateness")
	b.enter("branch", "0")
	b.enter("from", month+"-01")
	b.enter("to", month+"-07")
	b.do(click(at("pdf")), click(at("make")))
	b.until(newest("done"))
	b.shoot("english")
	b.enter("kind", "individual")
	b.do(types(at("employee"), "nobody"), click(at("make")))
	b.until(shown("employee-wrong", "Enter the number of an employee who exists."))
}

// An employee makes the own sheet on a phone, and is offered nothing else.
func TestAnEmployeesOwnSheet(t *testing.T) {
	t.Parallel()
	b := open(t, "reports-phone", demo(t), 360, 800)
	b.signIn("JKT-0001", "/")
	b.goTo("/laporan")
	b.until(`document.querySelector('[data-test="kind"]').offsetParent === null &&
		document.querySelector('[data-test="branch"]').offsetParent === null &&
			document.querySelector('[data-test="employee"]').offsetParent === null`)
	b.do(appears(at("make")), click(at("make")))
	b.until(newest("done"))
	b.until(fits)
	b.shoot("top")
	b.until(`document.querySelector('[data-test="report"]').scrollIntoView(), true`)
	b.shoot("list")
	b.do(click(at("language")))
	b.until(`document.querySelector('[data-test="state"]').textContent === "Ready"`)
	b.shoot("english")
}
