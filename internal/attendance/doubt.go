package attendance

import (
	"math"
	"slices"
	"time"
)

// Doubt is a reason to look at a punch again, which was found when it arrived. It never changes what the punch counts
// for.
type Doubt string

// The known doubts.
const (
	DoubtExact        Doubt = "exact"         // the device claims to err by 0 m, or does not say by how much
	DoubtInaccurate   Doubt = "inaccurate"    // the device knew its place less well than the branch allows
	DoubtSamePlace    Doubt = "same_place"    // the same place to six decimals as the person's punch before
	DoubtSharedDevice Doubt = "shared_device" // the device was somebody else's within SharedWithin
	DoubtTooFast      Doubt = "too_fast"      // nobody gets there that fast from another punch of the person
)

// SharedWithin is for how long a device counts as that of whoever punched with it.
const SharedWithin = 24 * time.Hour

// How people move. FastestMove is 150 km/h in metres per second. Under LeastMove metres, which is a jump of the
// measuring, nobody moved; of a claimed accuracy no more than MostMaxAccuracy is believed.
const (
	FastestMove = 150 / 3.6
	LeastMove   = 1000
)

// PlaceBefore is how long before a punch the other one was at the least whose place it must not have exactly: a device
// may give the position it has just measured to two punches.
const PlaceBefore = DuplicateWithin

// OwnSources are those whose punches come from the person's own device: a terminal, a kiosk and whatever else serves
// many stands where it was put.
func OwnSources() []Source { return []Source{SourceWeb, SourceMobile} }

// Own tells whether it is one of OwnSources.
func (s Source) Own() bool { return s == SourceWeb || s == SourceMobile }

// Moved is a way that is too long for its time.
type Moved struct {
	Metres  int `json:"metres"`  // between the two positions
	Seconds int `json:"seconds"` // between the two punches, at least 1
}

// kmh is the speed in whole kilometres per hour.
func (m Moved) kmh() int { return int(math.Round(float64(m.Metres) / float64(m.Seconds) * 3.6)) }

// DoubtPosition tells what is doubtful about the position of a punch beside others of the same person that have one,
// in any order: the nearest in time before and after it are enough. moved is that of the fastest, with DoubtTooFast
// only. The doubts are sorted.
func DoubtPosition(p *Punch, others []Punch) (doubts []Doubt, moved *Moved) {
	if p.Fix == nil {
		return nil, nil
	}
	if p.Fix.Accuracy == 0 {
		doubts = append(doubts, DoubtExact)
	}
	var before *Punch
	for i := range others {
		o := &others[i]
		if o.Fix == nil {
			continue
		}
		if m := move(p, o); m != nil && (moved == nil || m.kmh() > moved.kmh()) {
			moved = m
		}
		if !o.OccurredAt.After(p.OccurredAt) && (before == nil || o.OccurredAt.After(before.OccurredAt)) {
			before = o
		}
	}
	if before != nil && p.OccurredAt.Sub(before.OccurredAt) > PlaceBefore && samePlace(*p.Fix, *before.Fix) {
		doubts = append(doubts, DoubtSamePlace)
	}
	if moved != nil {
		doubts = append(doubts, DoubtTooFast)
	}
	return doubts, moved
}

// move returns the way between two punches if nobody can have gone it in the time between them, even from the edge of
// one circle of accuracy to that of the other.
func move(p, q *Punch) *Moved {
	metres := metresBetween(p.Fix.Latitude, p.Fix.Longitude, q.Fix.Latitude, q.Fix.Longitude)
	least := metres - min(p.Fix.Accuracy, MostMaxAccuracy) - min(q.Fix.Accuracy, MostMaxAccuracy)
	seconds := max(p.OccurredAt.Sub(q.OccurredAt).Abs().Seconds(), 1)
	if least <= LeastMove || least/seconds <= FastestMove {
		return nil
	}
	return &Moved{Metres: int(math.Round(metres)), Seconds: int(math.Round(seconds))}
}

// samePlace compares to six decimals, which is about a decimetre: two measurements never agree so well.
func samePlace(a, b Fix) bool {
	same := func(x, y float64) bool { return math.Round(x*1e6) == math.Round(y*1e6) }
	return same(a.Latitude, b.Latitude) && same(a.Longitude, b.Longitude)
}

// implausible tells whether a day is marked for one of the doubts. Where positions are only recorded, they mark
// nothing; a device is no position.
func implausible(doubts []Doubt, policy LocationPolicy) bool {
	return slices.ContainsFunc(doubts, func(d Doubt) bool {
		switch d {
		case DoubtSharedDevice:
			return true
		case DoubtExact, DoubtSamePlace, DoubtTooFast:
			return policy != PolicyRecord
		default:
			return false
		}
	})
}
