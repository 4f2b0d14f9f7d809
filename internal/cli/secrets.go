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

// pusherSecrets are the Pusher credentials that 'hadir all' makes for itself on first start.
type pusherSecrets struct {
	AppID  string `json:"pusher_app_id"`
	Key    string `json:"pusher_key"`
	Secret string `json:"pusher_secret"`
}

// fillSecrets completes missing Pusher credentials from the data folder's secrets.json, which it makes when there is
// none.
func fillSecrets(c *config.Config) error {
	if c.PusherAppID != "" && c.PusherKey != "" && c.PusherSecret != "" {
		return nil
	}
	path := filepath.Join(c.DataDir, "secrets.json")
	var s pusherSecrets
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = pusherSecrets{AppID: randomDigits(), Key: randomHex(10), Secret: randomHex(24)}
		if b, err = json.MarshalIndent(s, "", "  "); err != nil {
			return err
		}
		// Exclusive creation: of two processes that start at once, one writes and the other reads.
		err = writeExclusive(path, append(b, '\n'))
		if errors.Is(err, fs.ErrExist) {
			return fillSecrets(c)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(b, &s); err != nil || s.AppID == "" || s.Key == "" || s.Secret == "" {
			return fmt.Errorf("%s is damaged; remove it to have new secrets made (browsers reconnect by themselves)",
				path)
		}
	}
	c.PusherAppID, c.PusherKey, c.PusherSecret = s.AppID, s.Key, s.Secret
	return nil
}

// writeExclusive makes a file whole or not at all: it is written beside its name and linked to it.
func writeExclusive(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".secrets-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
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
