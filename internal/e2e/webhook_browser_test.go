package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

// listener is a program that takes webhooks and checks their signatures; it answers 410 while it is closed.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	closed bool
	good   int
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.closed {
			w.WriteHeader(http.StatusGone)
			return
		}
		want, err := webhook.Sign(r.Header.Get("webhook-id"), time.Unix(seconds, 0), body, l.secret)
		if err != nil || !slices.Contains(strings.Fields(r.Header.Get("webhook-signature")), want) ||
			time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		l.good++
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) set(secret string, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secret, l.closed = secret, closed
}

func delivered(state string, n int) string {
	return fmt.Sprintf(`document.querySelectorAll('[data-test="delivery"][data-state="%s"]').length === %d`, state, n)
}

// An admin sets a webhook up, tests it, sees what failed and sends it again; an employee's request arrives signed; then
// it goes away.
func TestWebhooksAreLookedAfter(t *testing.T) {
	t.Parallel()
	base, _, _ := demoWith(t, "HADIR_WEBHOOK_ALLOW_PRIVATE=true")
	l := newListener(t)
	b := open(t, "webhook", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/webhook")
	b.until(b.visible("none"))
	b.shoot("none")
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(click(at("save")))
	b.until(shown("kinds-wrong", "Pilih paling sedikit satu kejadian."))
	b.until(`document.getElementById("url").getAttribute("aria-invalid") === "true"`)
	b.put("url", "contoh.id")
	b.press(`[data-test="kind"][value="request.changed"]`)
	b.do(click(at("save")))
	b.until(`document.querySelector('[data-test="url-wrong"]').textContent.startsWith("Isi alamat")`)
	b.shoot("wrong")
	b.put("url", l.URL+"/hook")
	b.put("description", "Penggajian")
	b.do(click(at("save")), appears(at("secret")))
	secret := b.text("secret")
	require.True(t, strings.HasPrefix(secret, "whsec_"), secret)
	b.shoot("secret")
	b.do(click(at("secret-done")))
	b.until(`document.querySelector('[data-test="secret"]').textContent === "" &&
		document.activeElement.dataset.test === "add"`)
	b.until(count("hook", 1))

	l.set(secret, true)
	b.do(click(at("test")))
	b.until(delivered("dead", 1))
	b.until(`document.querySelector('[data-test="delivery-error"]').textContent.includes("410")`)
	b.shoot("failed-delivery")
	l.set(secret, false)
	b.do(click(at("replay")))
	b.until(delivered("delivered", 1))

	// Another key: messages carry the signatures of both.
	b.do(click(at("edit")), appears(at("rotate")), click(at("rotate")),
		appears(at("agree")))
	b.shoot("rotate")
	b.agree()
	b.do(appears(at("secret")))
	fresh := b.text("secret")
	require.True(t, strings.HasPrefix(fresh, "whsec_") && fresh != secret, fresh)
	b.do(click(at("secret-done")))
	for i, key := range []string{secret, fresh} {
		l.set(key, false)
		b.do(click(at("test")))
		b.until(delivered("delivered", 2+i))
	}

	phone := open(t, "webhook-phone", base, 360, 800)
	phone.signIn("jkt-0001", "/")
	phone.goTo("/webhook")
	phone.until(`location.pathname === "/"`)

	// Requests come only from somebody: days are also recorded by themselves, when dates are closed.
	from := time.Now().AddDate(0, 0, 7)
	leave := map[string]string{"kind": "permit", "from": from.Format(time.DateOnly),
		"to": from.AddDate(0, 0, 6).Format(time.DateOnly), "reason": "Pindah rumah"}
	_, err := call(t.Context(), http.MethodPost, base+"/api/leave-requests", demoToken(t, base, "jkt-0001"), nil, leave,
		nil)
	require.NoError(t, err)
	b.do(click(at("refresh")))
	require.True(t, eventually(func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.good >= 4 }),
		"the request arrives")
	b.do(click(at("refresh")))
	b.until(delivered("delivered", 4))
	b.choose("state", "dead")
	b.until(b.visible("log-none"))
	b.choose("state", "")
	b.until(delivered("delivered", 4))
	b.shoot("deliveries")

	admin := open(t, "webhook-admin-phone", base, 360, 800)
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/webhook")
	admin.do(click(at("language")))
	admin.until(count("hook", 1))
	admin.until(fits)
	admin.shoot("list")
	admin.do(click(at("log")))
	admin.until(delivered("delivered", 4))
	admin.until(fits)
	admin.shoot("deliveries")
	admin.do(click(at("edit")))
	admin.until(editorOpen)
	admin.shoot("edit")
	admin.do(click(at("active")), click(at("save")))
	admin.toasted("Saved.")
	admin.until(shown("hook-state", "Turned off"))
	admin.do(click(at("edit")), appears(at("delete")), click(at("delete")))
	admin.agree()
	admin.until(b.visible("none"))
	admin.until(`document.activeElement.id === "title"`)
	admin.goTo("/audit")
	admin.until(`document.querySelector("main").textContent.includes("Webhook deleted")`)
}
