package attendance

import "slices"

// Doubt is a reason to look at a punch again, which was found when it arrived. It never changes what the punch counts
// for.
type Doubt string

// The known doubts.
const (
	DoubtClock          Doubt = "clock"           // its monotonic clock contradicts the time that it claims
	DoubtExact          Doubt = "exact"           // the device claims to err by 0 m, or does not say by how much
	DoubtForeignNetwork Doubt = "foreign_network" // it came from none of the branch's networks
	DoubtInaccurate     Doubt = "inaccurate"      // the device knew its place less well than the branch allows
	DoubtKioskHurry     Doubt = "kiosk_hurry"     // somebody else's PIN was typed there seconds before
	DoubtOwnKiosk       Doubt = "own_kiosk"       // at a kiosk of their own making, which nobody else could confirm
	DoubtRepeatedHour   Doubt = "repeated_hour"   // the clocks show its time twice, and one of the two was taken
	DoubtSamePlace      Doubt = "same_place"      // the same place to six decimals as the person's punch before
	DoubtSharedDevice   Doubt = "shared_device"   // the device was somebody else's within 24 hours
	DoubtTooFast        Doubt = "too_fast"        // nobody gets there that fast from another punch of the person
)

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
