package account_test

import (
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Length counts in characters, nothing is said about kinds of characters, and what guessers try first is refused.
func TestCheckPassword(t *testing.T) {
	t.Parallel()
	own := []string{"budi.santoso@contoh.id", "JKT-00012", "Budi Santoso"}
	for password, sound := range map[string]bool{
		"":                           false,
		"tujuh-7":                    false,
		"langit8b":                   true,
		"kuda benar baterai staples": true,
		"ééééàààà":                   true, // eight characters of two bytes
		strings.Repeat("a b c d e ", 12) + "lima":              true,
		strings.Repeat("é", 100) + "ujung yang panjang 123456": true,
		strings.Repeat("𝛼b", 64):                               false, // repeated
		strings.Repeat("x1y2z3w4v5", 60):                       false, // over 512 bytes

		"password": false, "Password": false, "PASSWORD1": false, "password123!": false, "iloveyou": false,
		"sayangku": false, "Rahasia2026": false, "kata-sandi": false, "Bismillah123": false, "indonesia!!": false,
		"aaaaaaaa": false, "abababab": false, "abcabcabc": false, "12341234": false, "11111111": false,
		"12345678": false, "87654321": false, "abcdefgh": false, "qwertyui": false, "1q2w3e4r": false,

		"budi.santoso": false, "BudiSantoso1": false, "santosobudi": true, "jkt-00012": false, "jkt00012!!": false,
		"budi.santoso@contoh.id": false, "hadir2026": false, "hadir hadir": true, "budi.santoso.budi.santoso": false,
		"Budi suka kopi": true,

		"kata-sandi-uji": true, "hadir-demo-ku": true, "2026-11-28-rapat": true, "93018274": true,
	} {
		err := account.CheckPassword(password, own...)
		if sound {
			require.NoError(t, err, password)
			continue
		}
		var known *attendance.Error
		require.ErrorAs(t, err, &known, password)
		require.Equal(t, "password", known.Field)
	}
}

// Whatever is asked for comes out alike for the same word in other letters, and made passwords are never refused.
func TestCheckPasswordProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`[a-z0-9.!-]{8,20}`).Draw(t, "password")
		lower, upper := account.CheckPassword(p), account.CheckPassword(strings.ToUpper(p))
		require.Equal(t, lower == nil, upper == nil, p)
	})
	for range 2000 {
		require.NoError(t, account.CheckPassword(account.NewPassword()))
	}
}
