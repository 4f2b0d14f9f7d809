package account_test

import (
	"testing"

	"hadir/internal/account"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

func TestPasswordsAndHashes(t *testing.T) {
	t.Parallel()
	h := account.NewHasher(1)
	hash, err := h.Hash(t.Context(), "kata-sandi-uji")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		hash, password string
		fits           bool
	}{
		"the password":               {hash, "kata-sandi-uji", true},
		"another one":                {hash, "kata-sandi-lain", false},
		"an account that is not":     {"", "kata-sandi-uji", false},
		"an account without one":     {"!", "!", false},
		"a hash of other costs":      {testkit.PasswordHash(t, "kata-sandi-uji"), "kata-sandi-uji", true},
		"the same, another password": {testkit.PasswordHash(t, "kata-sandi-uji"), "kata-sandi-lain", false},
	} {
		fits, err := h.Verify(t.Context(), "10.0.0.1", c.password, c.hash)
		require.NoError(t, err, name)
		require.Equal(t, c.fits, fits, name)
	}
}
