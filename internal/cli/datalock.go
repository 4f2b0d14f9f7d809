package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hadir/internal/config"

	"github.com/gofrs/flock"
)

// lockDataDir makes the data folder this process's own until unlock: two of them would each serve an in-process Redis
// and count days and tasks twice. The lock is the operating system's, so that it ends with the process however that
// dies. Subcommands beside a running 'hadir' need none: they share the database.
func lockDataDir(c config.Config) (unlock func() error, err error) {
	if err := makeDataDir(c); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "hadir.lock"), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("HADIR_DATA_DIR: locking %s: %w", dir, err)
	}
	if !locked {
		by := ""
		if pid, err := os.ReadFile(lock.Path()); err == nil && len(pid) > 0 {
			by = " (process " + strings.TrimSpace(string(pid)) + ")"
		}
		return nil, fmt.Errorf(
			"another hadir%s runs on the data folder %s; stop it first, or set HADIR_DATA_DIR to another folder", by,
			dir)
	}
	// Whose lock it is: for people only.
	if err := os.WriteFile(lock.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock.Unlock, nil
}
