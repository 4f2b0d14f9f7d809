package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hadir/internal/config"
	"hadir/internal/store/db"

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
	return lockFile(filepath.Join(dir, "hadir.lock"), "HADIR_DATA_DIR", "the data folder "+dir)
}

// lockDatabase does for the file of an SQLite database what lockDataDir does for a folder: from another folder it is
// the same database. The lock is a file beside it, and where a link leads, since SQLite has locks of its own on the
// file. Of any other database unlock is nil.
func lockDatabase(c config.Config) (unlock func() error, err error) {
	path, err := db.SQLiteFile(c.DatabaseURL)
	if path == "" || err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("HADIR_DATABASE_URL: %w", err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	} else if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path)) // the file is yet to be made
	}
	return lockFile(path+".lock", "HADIR_DATABASE_URL", "the database "+path)
}

// lockFile takes a lock that one process has at a time; what it is about and which setting says so are for people.
func lockFile(path, setting, what string) (unlock func() error, err error) {
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%s: locking %s: %w", setting, what, err)
	}
	if !locked {
		by := ""
		if pid, err := os.ReadFile(lock.Path()); err == nil && len(pid) > 0 {
			by = " (process " + strings.TrimSpace(string(pid)) + ")"
		}
		return nil, fmt.Errorf("another hadir%s runs on %s; stop it first, or set %s to another one", by, what, setting)
	}
	// Whose lock it is: for people only.
	if err := os.WriteFile(lock.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock.Unlock, nil
}
