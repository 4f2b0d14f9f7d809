package kiosks

import (
	"context"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/kiosk"
	"hadir/internal/store/company/identity"
)

// counter counts failures under keys, one attempt at a time on all nodes: accounts.SignIns.
type counter interface {
	Count(ctx context.Context, keys []string, change func(counts []*account.Failures, now time.Time)) error
}

// Guesses slows guessing down.
type Guesses struct{ counter counter }

// NewGuesses returns the guesses that a counter counts.
func NewGuesses(c counter) *Guesses { return &Guesses{c} }

// Guess is an attempt at something secret: by what it is counted, and how often each of these may fail.
type Guess struct {
	keys   []string
	limits []kiosk.Limit
}

// PINGuess is an attempt at the PIN of a number, whether somebody has the number or not.
func PINGuess(kioskID int64, number string) Guess {
	return Guess{[]string{"kiosk person:" + identity.Key(number), "kiosk pin:" + strconv.FormatInt(kioskID, 10)},
		[]kiosk.Limit{kiosk.PerPerson, kiosk.PerKiosk}}
}

// CardGuess is a card at a kiosk.
func CardGuess(kioskID int64) Guess {
	return Guess{[]string{"kiosk card:" + strconv.FormatInt(kioskID, 10)}, []kiosk.Limit{kiosk.PerReader}}
}

// PairingGuess is an attempt to pair from a network.
func PairingGuess(network string) Guess {
	return Guess{[]string{"kiosk pairing:" + network}, []kiosk.Limit{kiosk.PerAddress}}
}

func (s *Guesses) change(ctx context.Context, g Guess, change func(counts []kiosk.Count, now time.Time)) error {
	return s.counter.Count(ctx, g.keys, func(failures []*account.Failures, now time.Time) {
		counts := make([]kiosk.Count, len(failures))
		for i, f := range failures {
			counts[i] = kiosk.Count{Failures: f, Limit: g.limits[i]}
		}
		change(counts, now)
	})
}

// Begin counts an attempt as a failure before it is looked at. retryAt is zero if it may go on, and else when the next
// one may.
func (s *Guesses) Begin(ctx context.Context, g Guess) (retryAt time.Time, err error) {
	err = s.change(ctx, g, func(counts []kiosk.Count, now time.Time) { retryAt = kiosk.Begin(counts, now) })
	return retryAt, err
}

// TakeBack takes an attempt back that succeeded, or could not be looked at.
func (s *Guesses) TakeBack(ctx context.Context, g Guess) error {
	return s.change(ctx, g, func(counts []kiosk.Count, _ time.Time) { kiosk.TakeBack(counts) })
}
