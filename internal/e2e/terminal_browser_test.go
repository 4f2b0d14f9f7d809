package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// machine is a terminal that pushes to a node.
type machine struct {
	t    *testing.T
	addr string
}

func (m machine) push(lines ...string) int {
	m.t.Helper()
	return m.say(http.MethodPost, "&table=ATTLOG&Stamp=1", strings.Join(lines, "\n"))
}

// say sends what a terminal sends, and returns the status of the answer.
func (m machine) say(method, query, body string) int {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, "http://"+m.addr+"/iclock/cdata?SN=CGKK204160"+query,
		strings.NewReader(body))
	require.NoError(m.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(m.t, err)
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// A terminal is heard of, an admin accepts it, says whose an unknown PIN is, and asks the terminal to send its punches
// again.
func TestTerminalsAreLookedAfter(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	base, _, _ := demoWith(t, "HADIR_TERMINAL_ADDR="+addr)
	m := machine{t: t, addr: addr}
	require.Equal(t, 503, m.push("17\t2001-01-01 08:00:00\t0\t1"), "nobody has accepted it")
	b := open(t, "terminal", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/mesin")
	b.until(count("machine", 1))
	b.until(shown("machine-state", "Menunggu diterima"))
	b.shoot("pending")
	b.do(click(at("accept")))
	b.until(editorOpen)
	b.do(click(at("save")))
	b.until(shown("branch-wrong", "Pilih cabang tempat mesin ini."))
	b.put("name", "Lobi")
	b.until(`document.querySelectorAll('[data-test="branch"] option').length > 1`)
	b.choose("branch", "1")
	b.shoot("settings")
	b.do(click(at("save")))
	b.until(shown("machine-state", "Terhubung"))
	at8 := time.Now().AddDate(0, 0, -3).Format(time.DateOnly) + " 08:00:00"
	require.True(t, eventually(func() bool { return m.push("917\t"+at8+"\t0\t1", "918\t"+at8+"\t0\t1") == 200 }),
		"its punches are taken")

	b.do(click(at("open")))
	b.until(count("line", 2))
	b.shoot("quarantine")
	b.press(`[data-test="line"][data-pin="917"] [data-test="map"]`)
	b.put("number", "TIDAK-ADA")
	b.do(click(at("map-save")))
	b.until(`document.querySelector('[data-test="number-wrong"]').textContent.includes("TIDAK-ADA")`)
	b.put("number", "JKT-0001")
	b.do(click(at("map-save")))
	b.until(count("line", 1))
	b.do(click(at("discard")))
	b.until(b.visible("lines-none"))
	b.press(`[data-test="order"][data-kind="info"]`)
	b.until(`document.querySelector('[data-test="command"][data-kind="info"]') !== null`)
	b.shoot("commands")
	ownTerminal(t, base, m, b)
}

// employedAdmin makes JKT-0001 of the demo an administrator, and returns the name.
func employedAdmin(t *testing.T, base string) string {
	t.Helper()
	admin := demoToken(t, base, "admin@demo.test")
	var found struct {
		Items []struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"items"`
	}
	_, err := call(t.Context(), http.MethodGet, base+"/api/users?q=jkt-0001", admin, nil, nil, &found)
	require.NoError(t, err)
	status, err := call(t.Context(), http.MethodPatch, fmt.Sprintf("%s/api/users/%d", base, found.Items[0].ID), admin,
		nil, map[string]any{"role": "admin"}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	return found.Items[0].Name
}

// ownTerminal has an administrator who is an employee change how lines are read: their own wait, until b confirms.
func ownTerminal(t *testing.T, base string, m machine, b *tab) {
	t.Helper()
	name := employedAdmin(t, base)
	own := open(t, "terminal-own", base, 360, 800)
	own.signIn("JKT-0001", "/dasbor")
	own.goTo("/mesin")
	own.do(appears(at("edit")), click(at("edit")))
	own.until(editorOpen)
	own.put("pin-format", "JKT-%04s")
	own.do(click(at("save")))
	own.until(`!` + editorOpen)
	at9 := time.Now().AddDate(0, 0, -4).Format(time.DateOnly) + " 09:00:00"
	require.Equal(t, 200, m.say(http.MethodGet, "", ""), "by a handshake the node knows what was changed")
	require.Equal(t, 200, m.push("1\t"+at9+"\t0\t1"))
	own.do(click(at("open")))
	own.until(count("line", 1) +
		` && document.querySelector('[data-test="line"]').textContent.includes("menunggu orang")`)
	vouches := `document.querySelector('[data-test="vouched"]').textContent.includes(` +
		strconv.Quote(name) + `) && `
	own.until(vouches + own.visible("vouched") + ` && ` + unseen("confirm"))
	own.until(fits)
	own.shoot("vouched")
	b.goTo("/mesin")
	b.do(appears(at("open")), click(at("open")))
	b.until(vouches + b.visible("confirm"))
	b.shoot("vouched")
	b.do(click(at("confirm")))
	b.until(b.visible("lines-none") + ` && ` + unseen("vouched"))
}
