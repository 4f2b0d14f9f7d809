package account_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
		fits, err := h.Verify(t.Context(), []string{"10.0.0.1"}, c.password, c.hash)
		require.NoError(t, err, name)
		require.Equal(t, c.fits, fits, name)
	}
}

// A crowd waits in the queues that it is in: whoever is in none of them waits for the password that is being looked at,
// not for the crowd.
func TestACrowdHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ crowd func(i int) []string }{
		"in one place": {func(i int) []string { return []string{"address:10.0.0.1", fmt.Sprint("login:", i)} }},
		"at one account, from everywhere": {func(i int) []string {
			return []string{fmt.Sprint("address:10.1.0.", i), "login:budi"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := account.NewHasher(1)
			var done atomic.Int32
			var crowd sync.WaitGroup
			const many = 24
			for i := range many {
				crowd.Go(func() {
					_, err := h.Verify(t.Context(), c.crowd(i), "kata-sandi-uji", "!")
					require.NoError(t, err)
					done.Add(1)
				})
			}
			require.Eventually(t, func() bool { return done.Load() > 0 }, testkit.Patience, time.Millisecond)
			before := done.Load()
			_, err := h.Verify(t.Context(), []string{"address:10.0.0.2", "login:siti"}, "kata-sandi-uji", "!")
			require.NoError(t, err)
			after := done.Load()
			crowd.Wait()
			require.Less(t, before, int32(many/2), "else there is no crowd left to wait for")
			require.LessOrEqual(t, after-before, int32(3), "one is looked at, one may have begun meanwhile")
		})
	}
}
