package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/config"

	"github.com/stretchr/testify/require"
)

// run calls the program as a shell does.
func run(t *testing.T, environ []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = Main(args, environ, &out, &err)
	return status, out.String(), err.String()
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"a misspelt command":     {nil, []string{"migarte"}, `did you mean "migrate"?`},
		"an unknown flag":        {nil, []string{"--databse-url", "x"}, "unknown flag"},
		"a misspelt setting":     {[]string{"HADIR_ADRR=:1"}, []string{"config"}, "did you mean HADIR_ADDR?"},
		"a role without Redis":   {[]string{"HADIR_DATA_DIR=" + t.TempDir()}, []string{"worker"}, "hadir migrate up"},
		"an api without secrets": {nil, []string{"api"}, "HADIR_PUSHER_KEY"},
		"import without a file":  {nil, []string{"import", "punches"}, "accepts 1 arg"},
		"demo in a role":         {[]string{"HADIR_DEMO=true"}, []string{"worker"}, "demo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := run(t, tc.env, tc.args...)
			require.NotZero(t, status)
			require.Contains(t, stderr, tc.want)
		})
	}
}

func TestARoleNeedsARealRedis(t *testing.T) {
	t.Parallel()
	env := []string{"HADIR_DATA_DIR=" + t.TempDir()}
	status, _, _ := run(t, env, "migrate", "up")
	require.Zero(t, status)
	status, _, stderr := run(t, env, "worker")
	require.Equal(t, 2, status)
	require.Contains(t, stderr, "HADIR_REDIS_URL")
	require.Equal(t, 1, strings.Count(stderr, "HADIR_AUDIT_KEY"), "said once: the log is without a key: %s", stderr)
	_, _, stderr = run(t, append(env, "HADIR_AUDIT_KEY="+strings.Repeat("k", 32)), "worker")
	require.NotContains(t, stderr, "HADIR_AUDIT_KEY")
}

// Whatever takes a URL may be given one with a password: it is refused or hidden, and printed in neither case.
func TestConfigShowsNoPassword(t *testing.T) {
	t.Parallel()
	given := 0
	for _, s := range config.Settings() {
		url := strings.Contains(s.Help+s.Default, "://")
		for _, end := range []string{"_URL", "_ENDPOINT", "_ISSUER", "_ORIGINS"} {
			url = url || strings.HasSuffix(s.Variable, end)
		}
		if !url {
			continue
		}
		for _, scheme := range []string{"http", "https", "mysql", "redis", "smtp"} {
			for _, rest := range []string{"host:99", "host:99/path?key=hunter2", "host:99/#hunter2"} {
				value := scheme + "://user:hunter2@" + rest
				status, out, stderr := run(t, []string{s.Variable + "=" + value, "HADIR_MAIL_FROM=a@b.id"}, "config")
				require.False(t, strings.Contains(out+stderr, "hunter2"), "%s=%s", s.Variable, value)
				if status == 0 {
					given++
				}
			}
		}
	}
	require.Greater(t, given, 20, "most are shown, and not refused")
}

func TestHelpNamesEverything(t *testing.T) {
	t.Parallel()
	status, out, _ := run(t, nil, "--help")
	require.Zero(t, status)
	for _, word := range []string{"api", "worker", "pusher", "scheduler", "monitor", "migrate", "import", "user",
		"demo", "queue", "config", "doctor", "healthcheck"} {
		require.Contains(t, out, word)
	}
	for _, s := range config.Settings() {
		require.Contains(t, out, "--"+s.Flag)
	}
	status, out, _ = run(t, nil, "import", "employees", "--help")
	require.Zero(t, status)
	for _, column := range []string{"number", "name", "branch", "department", "position", "status", "hired_on",
		"left_on", "branch_from", "move_reason"} {
		require.Regexp(t, `\b`+column+`\b`, out)
	}
}

// A first day by the commands alone: schema, employees, sign-ins, punches, and a look at the result.
func TestAFirstDay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"HADIR_DATA_DIR=" + filepath.Join(dir, "data")}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	employees := write("employees.csv", "number,name,branch\nA-1,Ani,PST\n")
	for _, args := range [][]string{{"import", "employees", employees}, {"import", "punches", employees},
		{"user", "add", "x"}, {"user", "passwd", "x"}, {"user", "reset-2fa", "x"},
		{"queue", "stats"}, {"queue", "dead", "list"}, {"migrate", "status"}, {"migrate", "down"}, {"demo"}} {
		status, _, stderr := run(t, env, args...)
		require.Equal(t, 1, status, args)
		require.Contains(t, stderr, "there is no database at "+filepath.Join(dir, "data", "hadir.db"), args)
		require.Contains(t, stderr, "hadir migrate up", args)
		require.NoDirExists(t, filepath.Join(dir, "data"), "%v made one", args)
	}
	status, out, _ := run(t, env, "doctor")
	require.Equal(t, 1, status)
	require.Contains(t, out, "FAIL  data folder is writable")
	require.NoDirExists(t, filepath.Join(dir, "data"), "looking makes none")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	write("data/hadir.db", "") // a file that holds nothing yet
	status, out, _ = run(t, env, "migrate", "status")
	require.Equal(t, 1, status, "migrations are missing")
	require.Contains(t, out, "missing")
	status, _, stderr := run(t, env, "import", "employees", employees)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "hadir migrate up")
	status, out, _ = run(t, env, "migrate", "up")
	require.Zero(t, status)
	require.Contains(t, out, "applied")
	status, out, _ = run(t, env, "migrate", "up")
	require.Zero(t, status)
	require.Contains(t, out, "nothing to do")

	status, out, stderr = run(t, env, "import", "employees", employees)
	require.Equal(t, 1, status, "the branch is unknown")
	require.Contains(t, out, "1 rejected")
	require.Contains(t, stderr, "line 2")

	status, out, _ = run(t, env, "doctor")
	require.Equal(t, 1, status, "nobody can sign in")
	require.Contains(t, out, "ok    clock agrees with the database's")
	require.Contains(t, out, "FAIL  someone can sign in")
	status, out, _ = run(t, env, "queue", "stats")
	require.Zero(t, status)
	require.Contains(t, out, "PER TASK")
	status, out, _ = run(t, env, "queue", "schedule")
	require.Zero(t, status)
	require.Contains(t, out, "recap:tick")
	require.Contains(t, out, "NEXT RECAP OF")
	status, out, _ = run(t, env, "queue", "dead", "list")
	require.Zero(t, status)
	require.Contains(t, out, "ATTEMPTS")
	status, _, stderr = run(t, env, "queue", "dead", "retry", "1")
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "not_found")
	status, _, stderr = run(t, env, "user", "add", "x", "--role", "king")
	require.Equal(t, 2, status)
	require.Contains(t, stderr, "unknown role")
	status, out, _ = run(t, env, "migrate", "down")
	require.Zero(t, status)
	require.Contains(t, out, "undone")
}

func TestConfigHidesSecrets(t *testing.T) {
	t.Parallel()
	status, out, _ := run(t, []string{"HADIR_DATABASE_URL=mysql://u:hunter2@db/hadir"}, "config", "--addr", ":9999")
	require.Zero(t, status)
	require.NotContains(t, out, "hunter2")
	require.Contains(t, out, ":9999")
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	ok := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	status, _, _ := run(t, nil, "healthcheck", "--url", s.URL)
	require.Zero(t, status)
	ok = false
	status, _, stderr := run(t, nil, "healthcheck", "--url", s.URL)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "503")
	status, _, _ = run(t, []string{"HADIR_METRICS_ADDR=127.0.0.1:1"}, "healthcheck")
	require.Equal(t, 1, status)
}

func TestSecretsAreMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := config.Config{DataDir: dir}, config.Config{DataDir: dir}
	require.NoError(t, fillSecrets(&first))
	require.NoError(t, fillSecrets(&second))
	require.NotEmpty(t, first.PusherSecret)
	require.Equal(t, first, second)
	info, err := os.Stat(filepath.Join(dir, "secrets.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	given := config.Config{DataDir: filepath.Join(dir, "absent"), PusherAppID: "a", PusherKey: "b", PusherSecret: "c",
		AuditKey: []string{"d"}}
	require.NoError(t, fillSecrets(&given), "given ones need no file")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secrets.json"), []byte("{"), 0o600))
	require.ErrorContains(t, fillSecrets(&config.Config{DataDir: dir}), "damaged")
	left, err := filepath.Glob(filepath.Join(dir, ".secrets-*"))
	require.NoError(t, err)
	require.Empty(t, strings.Join(left, ""))
}

// Some Pusher libraries take app ids of digits only; a folder of before keeps the one it has.
func TestTheAppIDIsOfDigits(t *testing.T) {
	t.Parallel()
	c := config.Config{DataDir: t.TempDir()}
	require.NoError(t, fillSecrets(&c))
	require.Regexp(t, `^[1-9][0-9]{6}$`, c.PusherAppID)
	old := config.Config{DataDir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(old.DataDir, "secrets.json"),
		[]byte(`{"pusher_app_id":"hadir","pusher_key":"k","pusher_secret":"s"}`), 0o600))
	require.NoError(t, fillSecrets(&old))
	require.Equal(t, "hadir", old.PusherAppID)
}
