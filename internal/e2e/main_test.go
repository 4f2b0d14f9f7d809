package e2e

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// These tests wait for processes and browsers most of the time, so more of them run at once than there are cores.
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("5")
	}
	os.Exit(m.Run())
}

// demo starts everything in one process with the demo company and returns its address.
func demo(t *testing.T) string {
	t.Helper()
	base, _, _ := demoWith(t)
	return base
}

// demoWith is demo with more settings. It also returns the process and its environment, to start it again.
func demoWith(t *testing.T, settings ...string) (base string, p *testkit.Process, env []string) {
	t.Helper()
	base, env = settle(t, demoFolder(t), settings...)
	return base, startDemo(t, base, env), env
}

// startDemo starts the program in one process, or starts it again, and waits until it is ready.
func startDemo(t *testing.T, base string, env []string) *testkit.Process {
	t.Helper()
	return testkit.StartBinary(t, testkit.Command{Binary: testkit.Plain(t), Name: "all", ReadyURL: base + "/readyz",
		Env: env}, "--demo")
}

// startAt is startDemo by a clock that shows the given instant, with other arguments.
func startAt(t *testing.T, now time.Time, base string, env []string, args ...string) {
	t.Helper()
	testkit.StartBinary(t, testkit.Command{Binary: testkit.AtClock(t), Name: "at-clock", ReadyURL: base + "/readyz",
		Env: env}, append([]string{now.Format(time.RFC3339)}, args...)...)
}

// demoAt is demo by a clock that shows the given instant.
func demoAt(t *testing.T, now time.Time, settings ...string) string {
	t.Helper()
	base, env := settle(t, t.TempDir(), settings...)
	startAt(t, now, base, env, "--demo")
	return base
}

// confirmedForLong lets nobody be asked who they are because the machine is busy: a test may take longer than ten
// minutes from signing in to what is dangerous.
const confirmedForLong = "HADIR_CONFIRM_WITHIN=2h"

// settle chooses the address of a program that runs in one process, and makes its environment.
func settle(t *testing.T, folder string, settings ...string) (base string, env []string) {
	t.Helper()
	port := testkit.FreePort(t)
	own := []string{fmt.Sprintf("HADIR_ADDR=127.0.0.1:%d", port), "HADIR_DATA_DIR=" + folder, confirmedForLong}
	env = append(own, settings...)
	return fmt.Sprintf("http://localhost:%d", port), env
}

// seed is the database of the demo company, made once for all tests that begin with it.
var seed struct {
	sync.Once
	database []byte
}

// demoFolder returns a data folder of the test's own with the demo company in it.
func demoFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	seed.Do(func() {
		making := t.TempDir()
		for _, args := range [][]string{{"migrate", "up"}, {"demo"}} {
			cmd := exec.CommandContext(t.Context(), testkit.Plain(t), args...)
			cmd.Env = []string{"HADIR_DATA_DIR=" + making}
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
		}
		var err error
		seed.database, err = os.ReadFile(filepath.Join(making, "hadir.db"))
		require.NoError(t, err)
	})
	require.NotEmpty(t, seed.database, "another test could not make the demo company")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "hadir.db"), seed.database, 0o600))
	return folder
}

// demoToken signs somebody of the demo company in over the API.
func demoToken(t *testing.T, base, login string) string {
	t.Helper()
	var in struct {
		Token string `json:"token"`
	}
	credentials := map[string]string{"login": login, "password": password}
	_, err := call(t.Context(), http.MethodPost, base+"/api/login", "", nil, credentials, &in)
	require.NoError(t, err)
	return in.Token
}
