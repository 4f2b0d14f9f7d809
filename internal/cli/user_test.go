package cli

import (
	"path/filepath"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// The only administrator, who lost the phone and the recovery codes, is helped on the server.
func TestASecondFactorIsResetOnTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := []string{"HADIR_DATA_DIR=" + dir}
	status, _, stderr := run(t, folder, "migrate", "up")
	require.Zero(t, status, stderr)
	now := clock.NewManual(time.Date(2026, 11, 23, 1, 5, 0, 0, time.UTC))
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(dir, "hadir.db"), Clock: now})
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	made, err := s.Users.CreateUsers(t.Context(), ledger.Actor{},
		[]account.User{{Login: "pemilik", Name: "Pemilik", Role: account.RoleAdmin}}, []string{"!"})
	require.NoError(t, err)
	reset := []string{"user", "reset-2fa", "Pemilik"}
	status, _, stderr = run(t, folder, reset...)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "not_found", "there is none")

	key, err := account.NewFactorKey("pemilik")
	require.NoError(t, err)
	require.NoError(t, s.SecondFactors.Begin(t.Context(), made[0].ID, key.Secret))
	code, err := totp.GenerateCode(key.Secret, now.Now())
	require.NoError(t, err)
	_, ok, err := s.SecondFactors.Confirm(t.Context(), ledger.Actor{}, accounts.Session{UserID: made[0].ID}, code)
	require.NoError(t, err)
	require.True(t, ok)
	_, _, err = s.Passkeys.Add(t.Context(), ledger.Actor{}, accounts.Session{UserID: made[0].ID},
		account.Passkey{Name: "Ponsel", Domain: "localhost", Credential: []byte{1}, PublicKey: []byte{2}})
	require.NoError(t, err)
	status, out, stderr := run(t, folder, reset...)
	require.Zero(t, status, stderr)
	require.Contains(t, out, "off; pemilik signs in with the password only")
	u, err := s.Users.User(t.Context(), made[0].ID)
	require.NoError(t, err)
	require.Nil(t, u.SecondFactorAt)
	left, err := s.Passkeys.Passkeys(t.Context(), made[0].ID)
	require.NoError(t, err)
	require.Empty(t, left)
	log, _, err := s.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: "user.second_factor_reset"})
	require.NoError(t, err)
	require.Len(t, log, 1)
	require.Contains(t, log[0].Address, ledger.CLIAddress)
}
