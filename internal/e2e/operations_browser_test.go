package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/task"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// put writes into a field as a person does who replaces what is there.
func (b *tab) put(name, text string) {
	b.t.Helper()
	b.do(appears(at(name)))
	b.until(`(e => { e.value = ""; e.dispatchEvent(new Event("input", { bubbles: true })); e.focus();
		return true })(document.querySelector(` + quoted(name) + `))`)
	b.do(types(at(name), text))
}

// set gives a date, a time or several lines to a field that does not take them as keys.
func (b *tab) set(name, value string) {
	b.t.Helper()
	b.do(appears(at(name)))
	b.until(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true }));
		e.dispatchEvent(new Event("change", { bubbles: true }));
			return e.value === %q })(document.querySelector(%s))`, value, value, quoted(name)))
}

// choose picks an option of a select.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	b.do(appears(at(name)))
	b.until(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event("change", { bubbles: true }));
		return e.value === %q })(document.querySelector(%s))`, value, value, quoted(name)))
}

// press clicks the one element among many that a selector names.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.do(appears(chromedp.CSS(selector)), click(chromedp.CSS(selector)))
}

// visible tells whether an element is seen. It is one term, so that a ! before it means all of it.
func (b *tab) visible(name string) string {
	return `(document.querySelector(` + quoted(name) + `)?.offsetParent != null)`
}

// unseen tells whether nobody sees an element that the page has.
func unseen(name string) string {
	return `document.querySelector(` + quoted(name) + `).getClientRects().length === 0`
}

// fits tells whether nothing of the page sticks out to the side.
const fits = `document.querySelector("main").scrollWidth <= innerWidth`

func count(name string, n int) string {
	return fmt.Sprintf(`document.querySelectorAll(%s).length === %d`, quoted(name), n)
}

// Operators see every process, notice the one that is killed, and deal with dead letters.
func TestOperators(t *testing.T) {
	t.Parallel()
	s, _ := newStack(t, 1)
	ctx := t.Context()
	ops := s.signIn(account.User{Login: "ops@e2e.test", Name: "Operator", Role: account.RoleOps})
	now := time.Now().UTC()
	require.NoError(t, s.store.Outcomes.AddOutcomes(ctx, []task.Outcome{
		{Minute: now, Queue: task.QueueCritical, Kind: task.AttendanceBroadcast, Succeeded: 995, Died: 5, Retried: 12},
		{Minute: now.Add(-2 * time.Hour), Queue: task.QueueDefault, Kind: task.AttendanceRecompute, Succeeded: 90,
			Died: 10}}))
	var ids []int64
	for i, d := range []task.DeadLetter{
		{Kind: task.AttendanceRecompute, Payload: []byte(`{"v":1,"b":77,"f":"2026-11-01","t":"2026-11-30"}`),
			Error: "attendance:recompute: the database is not available right now: dial tcp 10.0.0.7:3306: connect: " +
				"connection refused"},
		{Kind: task.SummaryRefresh, Payload: []byte(`{"v":1,"b":4242}`), Error: "boom"},
	} {
		d.TaskID, d.Queue, d.Attempts, d.DiedAt = fmt.Sprint("test:", i), task.QueueDefault, 11,
			now.Truncate(time.Second)
		id, _, err := s.store.DeadLetters.SaveDeadLetter(ctx, d)
		require.NoError(t, err)
		ids = append(ids, id)
	}

	b, phone := open(t, "ops", s.apis[0], 1280, 1000), open(t, "ops-phone", s.apis[1], 360, 800)
	b.signIn(ops.user.Login, "/operasi")
	b.until(count("node", 7)) // two of api, pusher and worker, one scheduler
	b.until(`[...document.querySelectorAll('[data-test="node"]')].every((e) => e.dataset.state === "alive")`)
	b.until(count("queue", 4))
	b.until(`document.querySelector('[data-test="ratio"][data-kind="all"] .status').dataset.status === "present"`)
	b.until(count("dead", 2))
	b.shoot("operations")
	b.press(`[data-span="24h"]`)
	b.until(`document.querySelector('[data-test="ratio"][data-kind="attendance:recompute"] .status')
		.dataset.status === "absent"`)

	// One process dies, another ends in order: the first is missed, the second is not.
	s.proc("worker2").Kill()
	require.NoError(t, s.proc("pusher2").Stop())
	b.until(count("node", 6))
	b.until(`document.querySelector('[data-test="node"][data-role="worker"][data-state="late"]')`)
	b.until(`document.querySelectorAll('[data-test="node"][data-state="alive"]').length === 5`)
	b.shoot("late")

	b.put("dead-search", "CONNECTION refused\r") // Enter searches, too
	b.until(count("dead", 1))
	b.press(`[data-test="discard"]`)
	b.do(appears(at("discard-save")), click(at("discard-save")))
	b.until(shown("reason-wrong", "Isi alasan, paling banyak 500 karakter."))
	b.put("reason", "Cabang 77 sudah dihapus")
	b.shoot("discard")
	b.do(click(at("discard-save")))
	b.until(b.visible("dead-none"))
	b.choose("dead-state", "discarded")
	b.until(count("dead", 1))
	b.until(`document.querySelector('[data-test="dead"]').innerText.includes("Cabang 77 sudah dihapus")`)

	phone.signIn(ops.user.Login, "/operasi")
	phone.do(appears(at("language")), click(at("language")))
	phone.until(`document.querySelector("h1").textContent === "Operations"`)
	phone.until(count("dead", 1))
	phone.until(fits)
	phone.shoot("operations")
	phone.press(`[data-test="retry"]`)
	phone.until(phone.visible("dead-none"))
	phone.choose("dead-state", "retried")
	phone.until(count("dead", 1))
	phone.do(chromedp.Evaluate[chromedp.Void](
		`document.querySelector('[data-test="dead"] summary').click();
			document.querySelector('[data-test="dead"]').scrollIntoView()`))
	phone.until(`document.querySelector('[data-test="dead"] pre').textContent.includes("4242")`)
	phone.until(fits)
	phone.shoot("dead")

	// What operators may not see, they are not shown.
	phone.goTo("/pengguna")
	phone.until(`location.pathname === "/operasi"`)
	phone.until(count("node", 6))

	// Without Redis the rest of the page stays true, and says what is not known.
	s.redis.Kill()
	b.choose("dead-state", "discarded")
	b.until(b.visible("no-redis"))
	b.until(`!document.querySelector('[data-test="stale"]')?.offsetParent`)
	b.until(count("dead", 1))
	b.shoot("no-redis")

	var log struct {
		Items []map[string]any `json:"items"`
	}
	_, err := call(ctx, http.MethodGet, s.apis[0]+"/api/audit?table=dead_letters", s.admin.token, nil, nil, &log)
	require.NoError(t, err)
	require.Len(t, log.Items, 2)
	require.Equal(t, fmt.Sprint(ids[0]), log.Items[1]["row"])
	require.Contains(t, fmt.Sprint(log.Items[1]["after"]), "Cabang 77")
}

// An administrator makes users, who sign in with the password that was shown once; every change can be read afterwards.
func TestAdministeringUsers(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b, phone := open(t, "users", base, 1280, 900), open(t, "users-phone", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/pengguna")
	b.until(`document.querySelectorAll('[data-test="user"]').length > 3`)
	b.shoot("list")

	b.do(click(at("add")), appears(at("save")))
	b.choose("role", "branch_admin")
	b.put("login", "Admin@Demo.test")
	b.put("name", "Rina Kusuma")
	b.do(click(at("save")))
	b.until(shown("branch-wrong", "Pilih sedikitnya satu cabang."))
	b.press(`[data-test="branch"]`)
	b.do(click(at("save")))
	b.until(shown("login-wrong", "Nama masuk ini sudah dipakai."))
	b.until(`document.querySelector('[data-test="login"]').getAttribute("aria-invalid") === "true"`)
	b.shoot("form-wrong")
	b.put("login", "rina@contoh.id")
	b.put("employee", "NGAWUR-1")
	b.do(click(at("save")))
	b.until(shown("employee-wrong", "Isi nomor karyawan yang ada."))
	b.put("employee", "jkt-0002")
	b.do(click(at("save")))
	secret := b.text("secret")
	require.Regexp(t, `^[a-z2-7]{4}(-[a-z2-7]{4}){2}$`, secret)
	b.shoot("secret")
	b.do(click(at("secret-done")))
	b.until(shown("secret", ""))
	b.put("search", "rina")
	b.until(count("user", 1))

	phone.goTo("/masuk")
	phone.do(appears(at("login")), types(at("login"), "rina@contoh.id"),
		types(at("password"), secret), click(at("submit")))
	phone.until(`location.pathname === "/profil" && ` + phone.visible("must"))
	phone.put("current", secret)
	phone.put("new", "kata sandi milik Rina saja")
	phone.do(click(at("change")))
	phone.until(`location.pathname === "/dasbor"`)
	phone.goTo("/pengguna")
	phone.until(`location.pathname === "/dasbor"`)

	// Disabling takes the account away at once.
	b.press(`[data-test="edit"]`)
	b.do(appears(at("disable")))
	// Whoever made an account sees that somebody else has to confirm it, and is not offered to.
	b.until(b.visible("unsure") + ` && ` + b.visible("unsure-why") + ` && !(` + b.visible("sure") + `)`)
	b.shoot("edit")
	b.do(click(at("disable")), appears(at("agree")))
	b.shoot("disable")
	b.agree()
	b.until(`document.querySelector('[data-test="user"] .status')?.dataset.status === "absent"`)
	phone.goTo("/riwayat")
	phone.until(`location.pathname === "/masuk"`)

	// The last administrator stays one; the page says so in the reader's language.
	b.put("search", "admin@demo.test")
	b.until(`document.querySelector('[data-test="user"]')?.dataset.login === "admin@demo.test"`)
	b.press(`[data-test="edit"]`)
	b.choose("role", "ops")
	b.do(click(at("save")))
	b.until(shown("form-error", "Harus ada sedikitnya satu administrator aktif."))
	b.do(click(at("user-close")))

	// The same on a phone, in English: a password of the administrator's choosing.
	phone.signIn("admin@demo.test", "/dasbor")
	phone.goTo("/pengguna")
	phone.do(appears(at("language")), click(at("language")))
	phone.put("search", "rina")
	phone.until(count("user", 1))
	phone.until(fits)
	phone.shoot("list")
	phone.press(`[data-test="edit"]`)
	phone.do(appears(at("enable")))
	phone.shoot("edit")
	phone.do(click(at("enable")))
	phone.until(`document.querySelector('[data-test="user"]').innerText.includes("Active")`)
	phone.press(`[data-test="edit"]`)
	phone.do(appears(at("reset")), click(at("reset")), appears(at("reset-own")),
		click(at("reset-own")))
	phone.put("reset-password", "pendek")
	phone.do(click(at("reset-save")))
	phone.until(shown("reset-password-wrong", "A password has at least 8 characters and is not easily guessed."))
	phone.shoot("reset")
	phone.put("reset-password", password)
	phone.do(click(at("reset-save")))
	phone.until(`document.querySelector("#user").open === false && document.querySelector("#reset").open === false`)
	phone.switchLanguage("id")

	// Asynqmon takes the same sign-in.
	b.goTo("/operasi")
	b.do(appears(at("monitor")))
	b.do(chromedp.Evaluate[chromedp.Void](
		`fetch(document.querySelector('[data-test="monitor"]').href).then((r) => { window.monitor = r.status; });
			void 0`))
	b.until(`window.monitor === 200`)

	// What happened is in the log, in words, with the fields that changed.
	b.goTo("/audit?table=users")
	// the languages that were chosen are in it, too
	b.until(`document.querySelectorAll("[data-test=\"entry\"]").length >= 4`)
	b.do(click(at("verify")))
	b.until(`document.querySelector('[data-test="verified"]').dataset.kind === "good"`)
	// The end of the chain stands above it, as 'hadir audit verify --head' takes it.
	b.until(`/^\d+:[0-9a-f]{64}$/.test(document.querySelector('[data-test="head-text"]').textContent)`)
	b.shoot("audit-head")
	b.press(`[data-action="user.disabled"] summary`)
	b.until(`document.querySelector('[data-action="user.disabled"] [data-field="disabled_at"] th').textContent ===
		"Dinonaktifkan"`)
	b.shoot("audit")
	require.NotContains(t, b.text("entries"), secret)
	b.put("action", "user.disabled")
	b.do(click(at("apply")))
	b.until(count("entry", 1))
	b.until(`location.search.includes("action=user.disabled")`)
	phone.goTo("/audit")
	phone.until(`document.querySelectorAll('[data-test="entry"]').length >= 4`)
	phone.until(shown("copy-head", "Salin kepala"))
	phone.shoot("audit-head")
	phone.switchLanguage("en")
	phone.until(shown("copy-head", "Copy the head"))
	phone.until(fits)
	phone.shoot("audit-head-en")
	phone.switchLanguage("id")
	phone.until(shown("copy-head", "Salin kepala"))
	phone.press(`[data-action="user.created"] summary`)
	phone.until(fits)
	phone.shoot("audit")
	phone.put("action", "nothing.like.it")
	phone.do(click(at("apply")))
	phone.until(shown("none", "Tidak ada catatan yang cocok."))
}

// Accounts for everybody who has none, with the passwords in a file.
func TestAccountsForEmployees(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 45)
	b := open(t, "accounts", s.apis[0], 1280, 900)
	b.signIn(s.admin.user.Login, "/dasbor")
	b.goTo("/pengguna")
	b.do(appears(at("many")), click(at("many")), appears(at("many-start")),
		click(at("many-start")))
	b.until(shown("many-status", "45 akun dibuat."))
	b.shoot("made")
	// Nothing shows these passwords again. Each way out of the dialog asks first, although nothing was typed into it.
	for _, leave := range []func(){
		func() { b.do(click(at("many-close"))) }, b.back,
		func() { b.do(chromedp.KeyEvent("\x1b")) }, func() { b.do(chromedp.KeyEvent("\x1b")) },
	} {
		leave()
		b.refuse()
		b.until(`document.querySelector("#many-accounts").open && history.state?.drawer === true`)
	}
	// The file's content is what the page hands to the browser.
	b.until(`(window.blobs = [], URL.createObjectURL = ((make) => (blob) => { blob.text()
		.then((t) => { window.saved = t; }); return make.call(URL, blob); })(URL.createObjectURL), true)`)
	b.do(click(at("many-save")))
	b.until(`window.saved?.includes("e2e-00045")`)
	lines, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`window.saved`))
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(lines), "\r\n")
	require.Len(t, rows, 46)
	cells := strings.Split(rows[1], `","`)
	var in map[string]any
	_, err = call(t.Context(), http.MethodPost, s.apis[1]+"/api/login", "", nil,
		map[string]string{"login": es[0].Number, "password": strings.TrimSuffix(cells[2], `"`)}, &in)
	require.NoError(t, err)
	b.do(click(at("many-close")))
	b.until(`document.querySelector("#many-accounts").open === false`)
	b.until(count("user", 46))
}
