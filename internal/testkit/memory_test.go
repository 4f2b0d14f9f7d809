package testkit_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// A run of ops/in-memory that is killed leaves its folder, and the next run removes it; that of one that goes on stays.
func TestFoldersInMemoryOfKilledRunsAreRemoved(t *testing.T) {
	t.Parallel()
	shm := t.TempDir()
	script := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), filepath.Join(testkit.Root(t), "ops/in-memory"), args...)
		cmd.Env = append(os.Environ(), "IN_MEMORY="+shm, "IN_MEMORY_ROOM=0")
		return cmd
	}
	next := func() {
		t.Helper()
		out, err := script("true").CombinedOutput()
		require.NoError(t, err, string(out))
	}

	long := script("sh", "-c", `echo "$TMPDIR"; read wait`)
	typed, err := long.StdinPipe()
	require.NoError(t, err)
	said, err := long.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, long.Start())
	folder, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	folder = strings.TrimSpace(folder)
	require.Equal(t, shm, filepath.Dir(folder))
	maker, err := os.ReadFile(filepath.Join(folder, "maker"))
	require.NoError(t, err)
	pid, began, _ := strings.Cut(strings.TrimSpace(string(maker)), " ")
	require.NotEmpty(t, began)
	another := filepath.Join(shm, "hadir-test.another") // of a process that had the same number
	require.NoError(t, os.Mkdir(another, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(another, "maker"), []byte(pid+" 1"+began+"\n"), 0o600))
	next()
	require.DirExists(t, folder)
	require.NoDirExists(t, another)

	require.NoError(t, long.Process.Kill())
	require.NoError(t, typed.Close())
	require.Error(t, long.Wait())
	require.DirExists(t, folder)
	next()
	require.NoDirExists(t, folder)
	left, err := os.ReadDir(shm)
	require.NoError(t, err)
	require.Empty(t, left, "who ends by themselves remove theirs")
}
