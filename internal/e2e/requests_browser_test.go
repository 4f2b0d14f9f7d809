package e2e

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// An employee asks on a phone, an admin on the other node sees it without a reload and decides, and the employee's
// page, the live tab and the counters follow.
func TestRequestsBetweenTwoBrowsers(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 3)
	people := s.people(es[:1])
	phone, admin, board := open(t, "asks", s.apis[0], 360, 800), open(t, "decides", s.apis[1], 1280, 900),
		open(t, "watches", s.apis[0], 1280, 900)
	admin.standsIn("Asia/Jayapura")
	branchTime := map[string]string{"Asia/Jakarta": "WIB", "Europe/Istanbul": "GMT+3"}[s.branch.Zone]
	board.signIn(s.admin.user.Login, "/dasbor")
	board.until(live)
	board.until(shown("counter-inside", "0"))
	admin.signIn(s.admin.user.Login, "/dasbor")
	admin.goTo("/koreksi")
	admin.until(live)
	admin.until(admin.visible("none"))

	phone.signIn(people[0].user.Login, "/")
	phone.goTo("/koreksi?new")
	phone.do(appears(at("send")), click(at("send")))
	phone.until(phone.visible("work-date-wrong"))
	phone.shoot("wrong")
	// The time is that of the branch, which is said where the clock of the device shows another.
	phone.standsIn("Asia/Jayapura")
	phone.goTo("/koreksi?new")
	phone.until(`document.getElementById("time-hint")?.innerText === "Menurut jam ` + branchTime + ` di cabang."`)
	phone.until(fits)
	phone.shoot("zone")
	phone.standsIn(s.branch.Zone)
	phone.goTo("/koreksi?new")
	phone.until(phone.visible("send") + ` && document.getElementById("time-hint").innerText === ""`)
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(t, err)
	now := time.Now().In(zone)
	phone.set("work-date", attendance.DateOf(now, zone).String())
	phone.set("time", now.Format("15:04"))
	phone.put("reason", "Mesin absensi mati")
	phone.do(click(at("send")))
	phone.until(count("request", 1))
	phone.until(`!document.querySelector("#ask").open`)
	phone.until(fits)
	phone.shoot("asked")

	board.until(shown("to-do-koreksi", "1")) // what waits is counted on every page
	board.until(shown("inbox-count", "1"))
	board.shoot("waits")
	admin.until(count("request", 1))
	admin.press(`[data-test="request"]`)
	admin.until(shown("request-state", "Menunggu"))
	for name, pattern := range map[string]string{"request-title": `^Masuk \d\d\.\d\d %s · `,
		"effect": `Setelah disetujui: .*, \d\d\.\d\d %s – –,`} {
		admin.until("/" + fmt.Sprintf(pattern, regexp.QuoteMeta(branchTime)) + "/.test(document.querySelector(" +
			quoted(name) + ").innerText)")
	}
	admin.do(click(at("refuse-request")))
	admin.until(admin.visible("note-wrong"))
	admin.shoot("detail")
	admin.do(click(at("approve")))
	admin.until(count("request", 0)) // it is no longer pending
	phone.until(`document.querySelector('[data-test="request"]').dataset.state === "approved"`)
	board.until(shown("counter-inside", "1"))
	board.until(shown("to-do-koreksi", "0"))
	board.until(`!` + board.visible("inbox-count"))
	// The employee is told, until it is read.
	phone.until(`[...document.querySelectorAll('[data-test="toast"] span')].some((e) => /^Koreksi .* disetujui/.test(` +
		`e.textContent))`)
	phone.until(shown("inbox-count", "1"))
	phone.do(click(at("inbox")))
	phone.until(phone.visible("decision"))
	phone.until(fits)
	phone.shoot("decision")
	phone.goTo("/")
	phone.until(phone.visible("reminder"))
	phone.do(click(at("read")))
	phone.until(`!` + phone.visible("inbox-count"))
	phone.goTo("/")
	phone.until(`document.querySelector('[data-test="own-request"]').dataset.state === "approved"`)
	phone.until(count("punch", 1))
	phone.until(`[...document.querySelectorAll('[data-test="reason"]')].some((e) => e.dataset.code === "corrected")`)

	// Leave, filed by the admin for another, is refused in one browser while the other has it open.
	admin.goTo("/izin")
	admin.until(live)
	admin.do(click(at("add")))
	admin.put("employee", es[1].Number)
	admin.set("from", attendance.DateOf(now, zone).String())
	admin.put("reason", "Sakit gigi")
	admin.do(click(at("send")))
	admin.until(count("request", 1))
	board.goTo("/izin")
	board.until(live)
	board.until(count("request", 1))
	board.press(`[data-test="request"]`)
	board.until(shown("effect", "1 hari, 1 di antaranya hari kerja yang menjadi izin."))
	board.put("note", "Tim kurang orang")
	admin.press(`[data-test="request"]`)
	admin.do(click(at("approve")))
	admin.until(count("request", 0))
	board.until(shown("request-state", "Disetujui"))
	board.until(`!document.querySelector('[data-test="approve"]').offsetParent`)
	// It is revoked again, with a word why, and the counters follow both ways.
	board.until(board.visible("revoke"))
	admin.goTo("/dasbor")
	admin.until(shown("counter-on_leave", "1"))
	board.set("note", "")
	board.do(click(at("revoke")))
	board.until(shown("note-wrong", "Tulis alasannya."))
	board.put("note", "Masuk kembali")
	board.shoot("revoke")
	board.do(click(at("revoke")))
	board.toasted("Izin dicabut; hari-harinya dihitung ulang.")
	admin.until(shown("counter-on_leave", "0"))

	// The employee changes the mind about another one, in English.
	phone.goTo("/izin")
	phone.do(click(at("language")), click(at("add")))
	phone.set("from", attendance.DateOf(now, zone).AddDays(7).String())
	phone.put("reason", "Wedding")
	phone.do(click(at("send")))
	phone.until(count("request", 1))
	phone.press(`[data-test="request"]`)
	phone.do(appears(at("cancel")))
	phone.shoot("own")
	phone.do(click(at("cancel")))
	phone.until(fmt.Sprintf(`document.querySelector('[data-test="request"]').innerText.includes(%q)`, "Cancelled"))
}
