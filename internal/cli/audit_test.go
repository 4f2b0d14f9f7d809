package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/config"

	"github.com/stretchr/testify/require"
)

// 'hadir audit verify' says in words and by its exit status what is wrong; doctor looks, too.
func TestTheAuditLogByCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := "HADIR_DATA_DIR=" + dir
	key := "HADIR_AUDIT_KEY=" + strings.Repeat("a-key-of-", 5)
	lists := filepath.Join(dir, "employees.csv")
	require.NoError(t, os.WriteFile(lists, []byte("number,name,branch\n"), 0o600))
	verify := func(status int, words string, env []string, args ...string) {
		t.Helper()
		got, out, stderr := run(t, env, append([]string{"audit", "verify"}, args...)...)
		require.Equal(t, status, got, out+stderr)
		require.Contains(t, out+stderr, words)
	}
	status, _, stderr := run(t, []string{folder}, "migrate", "up")
	require.Zero(t, status)
	require.Contains(t, stderr, "the audit log ends here")
	require.Contains(t, stderr, "1:", "the entry of the migration")
	require.NotContains(t, stderr, "key", "there is none yet")
	verify(0, "whole: 1 entries", []string{folder})
	verify(0, "it has no key", []string{folder})
	verify(7, "WITHOUT KEY", []string{folder, key})
	status, out, _ := run(t, []string{folder, key}, "audit", "rekey")
	require.Zero(t, status)
	require.Contains(t, out, "goes on")
	status, _, stderr = run(t, []string{folder, key}, "audit", "rekey")
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "nothing to do")
	status, _, _ = run(t, []string{folder, key}, "import", "employees", lists)
	require.Zero(t, status)

	status, head, stderr := run(t, []string{folder, key}, "audit", "head")
	require.Zero(t, status)
	require.Empty(t, stderr, "nothing was written")
	head = strings.TrimSpace(head)
	require.Regexp(t, `^4:[0-9a-f]{64}$`, head)
	verify(0, "goes on from the copied head, entry 4", []string{folder, key}, "--head", head)
	verify(0, "entries before 2 are from before", []string{folder, key})
	_, hash, _ := strings.Cut(head, ":")
	verify(3, "REWRITTEN: entry 3", []string{folder, key}, "--head", "3:"+hash)
	verify(5, "TRUNCATED: the log ends with entry 4, but there were entries up to 9", []string{folder, key}, "--head",
		"9:"+hash)
	verify(6, "WRONG KEY: entry 2", []string{folder, "HADIR_AUDIT_KEY=" + strings.Repeat("another-", 5)})
	verify(2, "--head", []string{folder, key}, "--head", "nine")

	status, _, stderr = run(t, []string{folder}, "import", "employees", lists)
	require.Equal(t, 1, status, "without the key nothing is changed")
	require.Contains(t, stderr, "HADIR_AUDIT_KEY")
	_, out, _ = run(t, []string{folder, key}, "doctor")
	require.Contains(t, out, "ok    audit log is whole, 4 entries")
	_, out, _ = run(t, []string{folder}, "doctor")
	require.Contains(t, out, "FAIL  audit log can be written with the key at hand")
	require.Contains(t, out, "FAIL  audit log is whole: WRONG KEY: entry 2")
}

func TestTheKeyOfTheDataFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := `{"pusher_app_id":"1","pusher_key":"k","pusher_secret":"s"}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secrets.json"), []byte(old), 0o600))
	c, err := config.Load([]string{"HADIR_DATA_DIR=" + dir}, nil)
	require.NoError(t, err)
	keys, err := auditKeys(c)
	require.NoError(t, err)
	require.Empty(t, keys, "a folder from before")
	require.NoError(t, fillSecrets(&c))
	require.Equal(t, "k", c.PusherKey, "what was there stays")
	again, err := config.Load([]string{"HADIR_DATA_DIR=" + dir}, nil)
	require.NoError(t, err)
	keys, err = auditKeys(again)
	require.NoError(t, err)
	require.Equal(t, c.AuditKey, keys)
	require.Len(t, keys[0], 64)
	info, err := os.Stat(filepath.Join(dir, "secrets.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, ".secrets-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
