package testkit

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

// PasswordHash returns a hash of a password as the program's own, but cheap to make and to compare with: a hash names
// what it costs. Tests of what hashing costs make theirs with account.Hasher.
func PasswordHash(t testing.TB, password string) string {
	t.Helper()
	hash, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return hash
}
