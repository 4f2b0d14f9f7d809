package attendance

import (
	"cmp"
	"slices"
	"time"
)

// DuplicateWithin is how long after a punch another one of the same direction counts as its repeat, inclusive, and one
// of the other direction as made too soon to be meant.
const DuplicateWithin = 60 * time.Second

// Bounds of the time that a client may claim for a punch it queued while offline.
const (
	MaxClaimAge   = 72 * time.Hour
	MaxClaimAhead = 2 * time.Minute
)

// AcceptClaim checks a time that a client claims for an offline punch against the server's clock. The errors are
// CodeClaimTooOld and CodeClaimInFuture.
func AcceptClaim(claimed, now time.Time) error {
	switch {
	case now.Sub(claimed) > MaxClaimAge:
		return &Error{Code: CodeClaimTooOld, Field: "occurred_at", Message: "The punch is from more than 72 hours ago."}
	case claimed.Sub(now) > MaxClaimAhead:
		return &Error{Code: CodeClaimInFuture, Field: "occurred_at",
			Message: "The punch is from the future; the device's clock is ahead."}
	}
	return nil
}

// sequence orders punches by what they say and never by when or in which order they arrived, so that any order of
// arrival gives the same day. Punches that it calls equal are alike in everything that a day shows.
func sequence(a, b *Punch) int {
	if c := a.OccurredAt.Compare(b.OccurredAt); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(rank(a.Direction), rank(b.Direction)), falseFirst(a.Offline, b.Offline),
		falseFirst(a.OutsideArea, b.OutsideArea), slices.Compare(a.Doubts, b.Doubts), cmp.Compare(a.Source, b.Source))
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// rank settles the order of punches of one instant; the way in comes first and the way out last.
func rank(d Direction) int {
	switch d {
	case In:
		return 0
	case BreakOut:
		return 1
	case BreakIn:
		return 2
	case Undetermined:
		return 3
	default:
		return 4
	}
}
