package cli

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"hadir/internal/config"
)

// ownSecrets are what 'hadir all' makes for itself on first start: Pusher credentials, and the key of the audit log,
// which lies beside the database and not in it.
type ownSecrets struct {
	AppID    string `json:"pusher_app_id"`
	Key      string `json:"pusher_key"`
	Secret   string `json:"pusher_secret"`
	AuditKey string `json:"audit_key"`
}

func secretsFile(c config.Config) string { return filepath.Join(c.DataDir, "secrets.json") }

// readSecrets reads the data folder's secrets; a folder without them is fs.ErrNotExist.
func readSecrets(path string) (s ownSecrets, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil || s.AppID == "" || s.Key == "" || s.Secret == "" {
		return s, fmt.Errorf("%s is damaged; bring it back from a backup, or remove it to have new secrets made "+
			"(browsers reconnect by themselves; 'hadir audit rekey' lets the audit log go on with another key)", path)
	}
	return s, nil
}

// fillSecrets completes missing Pusher credentials and a missing key of the audit log from the data folder's
// secrets.json, which it makes when there is none.
func fillSecrets(c *config.Config) error {
	if c.PusherAppID != "" && c.PusherKey != "" && c.PusherSecret != "" && len(c.AuditKey) > 0 {
		return nil
	}
	path := secretsFile(*c)
	s, err := readSecrets(path)
	write := writeReplacing
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = ownSecrets{AppID: randomDigits(), Key: randomHex(10), Secret: randomHex(24)}
		// Exclusive creation: of two processes that start at once, one writes and the other reads.
		write = writeExclusive
	case err != nil:
		return err
	}
	if s.AuditKey == "" { // a folder from before the audit log had a key, too
		s.AuditKey = randomHex(32)
		b, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		err = write(path, append(b, '\n'))
		if errors.Is(err, fs.ErrExist) {
			return fillSecrets(c)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	if c.PusherAppID == "" || c.PusherKey == "" || c.PusherSecret == "" {
		c.PusherAppID, c.PusherKey, c.PusherSecret = s.AppID, s.Key, s.Secret
	}
	if len(c.AuditKey) == 0 {
		c.AuditKey = []string{s.AuditKey}
	}
	return nil
}

// auditKeys are the keys of the audit log for a command: those of the settings, else the one in the data folder, if
// there is one.
func auditKeys(c config.Config) ([]string, error) {
	if len(c.AuditKey) > 0 {
		return c.AuditKey, nil
	}
	s, err := readSecrets(secretsFile(c))
	if errors.Is(err, fs.ErrNotExist) || err == nil && s.AuditKey == "" {
		return nil, nil
	}
	return []string{s.AuditKey}, err
}

// writeReplacing puts a file in the place of another, whole or not at all.
func writeReplacing(path string, b []byte) error {
	name, err := writeBeside(path, b)
	if err != nil {
		return err
	}
	return os.Rename(name, path)
}

// writeExclusive makes a file whole or not at all: it is written beside its name and linked to it.
func writeExclusive(path string, b []byte) error {
	name, err := writeBeside(path, b)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(name) }()
	return os.Link(name, path)
}

// writeBeside writes a file in the same folder that nobody else may read.
func writeBeside(path string, b []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".secrets-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// randomDigits makes an app id: Pusher's library for Python takes digits only. Folders of before have "hadir", which
// stays.
func randomDigits() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return strconv.Itoa(1_000_000 + int(binary.BigEndian.Uint32(b[:])%9_000_000))
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand crashes the process instead
	return hex.EncodeToString(b)
}
