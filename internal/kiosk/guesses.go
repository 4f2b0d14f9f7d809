package kiosk

import (
	"time"

	"hadir/internal/account"
)

// Limit is how many attempts may fail within Window before the next one has to wait for as long.
type Limit int

// The limits. PerPerson counts wherever the number is tried, so that a PIN is not guessed from tablet to tablet;
// PerKiosk counts whoever is tried; PerReader counts cards that nobody has, apart from PINs.
const (
	PerPerson  Limit = 5
	PerKiosk   Limit = 20
	PerReader  Limit = 60
	PerAddress Limit = 20 // attempts to pair

	Window = 15 * time.Minute
)

// Count is the failures of one key beside their limit.
type Count struct {
	*account.Failures
	Limit
}

// Begin counts an attempt as a failure of each before it is looked at, so that many at once are not all tried. retryAt
// is zero if it may go on, and else when the next one may; what is refused unseen is not counted. A window begins with
// its first failure, of which LastAt is the time.
func Begin(counts []Count, now time.Time) (retryAt time.Time) {
	for _, c := range counts {
		if c.BlockedUntil.After(now) && c.BlockedUntil.After(retryAt) {
			retryAt = c.BlockedUntil
		}
	}
	if !retryAt.IsZero() {
		return retryAt
	}
	for _, c := range counts {
		if c.Count == 0 || !now.Before(c.LastAt.Add(Window)) {
			*c.Failures = account.Failures{LastAt: now}
		}
		if c.Count++; c.Count >= int(c.Limit) {
			c.BlockedUntil = now.Add(Window)
		}
	}
	return time.Time{}
}

// TakeBack takes back what Begin counted of an attempt that succeeded, or could not be looked at.
func TakeBack(counts []Count) {
	for _, c := range counts {
		if c.Count = max(c.Count-1, 0); c.Count < int(c.Limit) {
			c.BlockedUntil = time.Time{}
		}
	}
}
