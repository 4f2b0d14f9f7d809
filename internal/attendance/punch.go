package attendance

import (
	"cmp"
	"slices"
	"time"
)

// DuplicateWithin is how long after a punch another one of the same direction counts as its repeat, inclusive, and one
// of the other direction as made too soon to be meant.
const DuplicateWithin = 60 * time.Second

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

// ByHand tells whether a punch of this source is made by the person at that moment.
func (s Source) ByHand() bool { return s == SourceWeb || s == SourceMobile || s == SourceKiosk }
