package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

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

// A password that somebody types for another is as on the page: none that the account's name gives away, and to be
// changed at the first sign-in, unless it is said to be the own one.
func TestPasswordsOfTheCommand(t *testing.T) { // not parallel: it takes the place of the standard input
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			env := []string{"HADIR_DATABASE_URL=" + url, "HADIR_DATA_DIR=" + t.TempDir()}
			status, _, stderr := run(t, env, "migrate", "up")
			require.Zero(t, status, stderr)
			s, err := store.Open(t.Context(), store.Options{URL: url, Clock: clock.System()})
			require.NoError(t, err)
			defer func() { _ = s.DB.Close() }()
			typed := func(password string, args ...string) (int, string, string) {
				t.Helper()
				in, out, err := os.Pipe()
				require.NoError(t, err)
				_, err = out.WriteString(password + "\n")
				require.NoError(t, err)
				require.NoError(t, out.Close())
				stdin := os.Stdin
				defer func() { os.Stdin = stdin; _ = in.Close() }()
				os.Stdin = in
				return run(t, env, append([]string{"user"}, args...)...)
			}
			must := func(login string) bool {
				t.Helper()
				u, _, err := s.Users.UserByLogin(t.Context(), login)
				require.NoError(t, err)
				return u.MustChangePassword
			}
			add := []string{"add", "pemilik@toko.test", "--name", "Bambang Wijaya", "--role", "admin"}
			for _, given := range []string{"pemilik@toko.test", "Bambang Wijaya", "bambangwijaya"} {
				status, _, stderr = typed(given, add...)
				require.Equal(t, 1, status, given)
				require.Contains(t, stderr, "easily guessed", given)
			}
			status, stdout, stderr := typed("kata sandi pertama", add...)
			require.Zero(t, status, stderr)
			require.Contains(t, stdout, "must be changed")
			require.True(t, must("pemilik@toko.test"))
			status, stdout, stderr = typed("kata sandi kedua", "passwd", "pemilik@toko.test", "--own")
			require.Zero(t, status, stderr)
			require.NotContains(t, stdout, "must be changed")
			require.False(t, must("pemilik@toko.test"))
			status, _, stderr = typed("pemilik@toko.test", "passwd", "pemilik@toko.test")
			require.Equal(t, 1, status)
			require.Contains(t, stderr, "easily guessed")
			status, _, stderr = typed("kata sandi ketiga", "passwd", "pemilik@toko.test")
			require.Zero(t, status, stderr)
			require.True(t, must("pemilik@toko.test"))
			status, _, stderr = typed("kata sandi sendiri", "add", "ops@toko.test", "--role", "ops", "--own")
			require.Zero(t, status, stderr)
			require.False(t, must("ops@toko.test"))
		})
	}
}
