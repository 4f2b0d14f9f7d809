package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"hadir/internal/attendance"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
)

// Bounds of a password's length, in characters and in bytes: 128 of the longest characters. The upper one keeps anybody
// from making the server hash megabytes.
const (
	MinPasswordLength = 8
	MaxPasswordBytes  = 512
)

// CheckPassword tells whether a new password may be used, after NIST SP 800-63B: its length, and whether it is one that
// guessers try first. own are words about its owner, such as login and name.
func CheckPassword(password string, own ...string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPasswordLength:
		return attendance.Invalid("password", fmt.Sprintf("A password has at least %d characters.", MinPasswordLength))
	case len(password) > MaxPasswordBytes:
		return attendance.Invalid("password", fmt.Sprintf("A password has at most %d bytes.", MaxPasswordBytes))
	case guessable(password, own...):
		return attendance.Invalid("password", "This password is easily guessed; choose another.")
	}
	return nil
}

// HashParams are OWASP's for argon2id where memory is dear: 19 MiB, two passes, one lane.
func HashParams() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Hasher hashes and verifies passwords, a few at a time, since each takes 19 MiB.
type Hasher struct {
	slots chan struct{}
	dummy string // takes the place of hashes that there are not

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is the queue of attempts that have something in common: the place that they come from, the account that they
// are at. One of a lane at a time waits for a slot, so that a crowd in one place, or at one account, holds up nobody
// else for longer than one password takes.
type lane struct {
	turn    chan struct{}
	waiting int
}

// maxLane is how many of a lane may wait.
const maxLane = 100

// NewHasher returns a hasher that works on so many passwords at a time.
func NewHasher(concurrency int) *Hasher {
	return &Hasher{slots: make(chan struct{}, concurrency), dummy: dummyHash(HashParams()), lanes: map[string]*lane{}}
}

// dummyHash returns what looks like a hash and is random: nobody knows a password that it would be of, and to compare
// one with it takes as long as with any other.
func dummyHash(p *argon2id.Params) string {
	salt, key := make([]byte, p.SaltLength), make([]byte, p.KeyLength)
	_, _ = rand.Read(salt) // never fails: crypto/rand crashes the process instead
	_, _ = rand.Read(key)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Iterations, p.Parallelism,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// acquire takes a slot. The slot comes free by release.
func (h *Hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return tooMany(ctx.Err())
	}
}

func (h *Hasher) release() { <-h.slots }

func tooMany(cause error) error {
	return &attendance.Error{Code: attendance.CodeUnavailable, Cause: cause,
		Message: "Too many people are signing in; try again in a moment."}
}

// enterAll waits for the turn of one lane after the other; leave ends all of them.
func (h *Hasher) enterAll(ctx context.Context, lanes []string) (leave func(), err error) {
	var left []func()
	leave = func() {
		for _, one := range slices.Backward(left) {
			one()
		}
	}
	for _, name := range lanes {
		one, err := h.enter(ctx, name)
		if err != nil {
			leave()
			return nil, err
		}
		left = append(left, one)
	}
	return leave, nil
}

// enter waits for the turn of a lane; leave ends it.
func (h *Hasher) enter(ctx context.Context, name string) (leave func(), err error) {
	h.mu.Lock()
	l := h.lanes[name]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		h.lanes[name] = l
	}
	full := l.waiting >= maxLane
	if !full {
		l.waiting++
	}
	h.mu.Unlock()
	if full {
		return nil, tooMany(nil)
	}
	forget := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(h.lanes, name)
		}
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, tooMany(ctx.Err())
	}
}

// Hash checks a new password, as CheckPassword does, and hashes it. It waits for its turn until ctx ends, then fails
// with CodeUnavailable.
func (h *Hasher) Hash(ctx context.Context, password string, own ...string) (string, error) {
	if err := CheckPassword(password, own...); err != nil {
		return "", err
	}
	return h.HashChecked(ctx, password)
}

// HashChecked is Hash for a secret that was checked by other rules, such as a PIN.
func (h *Hasher) HashChecked(ctx context.Context, secret string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	return argon2id.CreateHash(secret, HashParams())
}

// Verify tells whether a password fits a hash. An empty or unreadable hash fits none, and takes as long to find out:
// who measures cannot tell an unknown account from a wrong password. lanes name what the attempt has in common with
// others, such as its network and its account; of each lane one password is looked at at a time. They are entered in
// their order, which is one kind after the other everywhere, so that no two attempts wait for each other. Who does not
// get a turn before ctx ends, or finds too many waiting in a lane, is told CodeUnavailable.
func (h *Hasher) Verify(ctx context.Context, lanes []string, password, hash string) (bool, error) {
	if len(password) > MaxPasswordBytes {
		password = password[:MaxPasswordBytes]
	}
	leave, err := h.enterAll(ctx, lanes)
	if err != nil {
		return false, err
	}
	defer leave()
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release()
	known := true
	if _, _, _, err := argon2id.DecodeHash(hash); err != nil {
		hash, known = h.dummy, false
	}
	fits, err := argon2id.ComparePasswordAndHash(password, hash)
	return fits && known, err
}

// NewToken returns a session token of 256 random bits and the hash under which it is stored.
func NewToken() (token string, hash [32]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken returns the hash under which a token is stored. A fast hash is enough for 256 random bits.
func HashToken(token string) [32]byte { return sha256.Sum256([]byte(token)) }
