// Package evidence tells what about a punch is doubtful beside other punches: positions that no device measures, and
// ways that nobody goes.
package evidence

import (
	"crypto/sha256"
	"math"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/geo"
)

// SharedWithin is for how long a device counts as that of whoever punched with it.
const SharedWithin = 24 * time.Hour

// HurryWithin is how long after somebody's PIN at a kiosk another one's is hardly typed by another person.
const HurryWithin = 5 * time.Second

// KioskHash stands for a kiosk as the device of the punches that it takes by itself in a mode. No text of a request has
// a NUL, so that no page's device is called so.
func KioskHash(id int64, mode string) [16]byte {
	return DeviceHash("kiosk\x00" + strconv.FormatInt(id, 10) + " " + mode)
}

// DeviceHash stands for the id that a page made for its browser; zero for none. The id itself is kept nowhere but
// there.
func DeviceHash(id string) (h [16]byte) {
	if id != "" {
		sum := sha256.Sum256([]byte(id))
		copy(h[:], sum[:])
	}
	return h
}

// How people move. FastestMove is 150 km/h in metres per second. Under LeastMove metres, which is a jump of the
// measuring, nobody moved; of a claimed accuracy no more than attendance.MostMaxAccuracy is believed.
const (
	FastestMove = 150 / 3.6
	LeastMove   = 1000
)

// PlaceBefore is how long before a punch the other one was at the least whose place it must not have exactly: a device
// may give the position it has just measured to two punches.
const PlaceBefore = attendance.DuplicateWithin

// Position tells what is doubtful about the position of a punch beside others of the same person that have one,
// in any order: the nearest in time before and after it are enough. moved is that of the fastest, with DoubtTooFast
// only. The doubts are sorted.
func Position(p *attendance.Punch, others []attendance.Punch) (doubts []attendance.Doubt, moved *attendance.Moved) {
	if p.Fix == nil {
		return nil, nil
	}
	if p.Fix.Accuracy == 0 {
		doubts = append(doubts, attendance.DoubtExact)
	}
	var before *attendance.Punch
	for i := range others {
		o := &others[i]
		if o.Fix == nil {
			continue
		}
		if m := move(p, o); m != nil && (moved == nil || kmh(m) > kmh(moved)) {
			moved = m
		}
		if !o.OccurredAt.After(p.OccurredAt) && (before == nil || o.OccurredAt.After(before.OccurredAt)) {
			before = o
		}
	}
	if before != nil && p.OccurredAt.Sub(before.OccurredAt) > PlaceBefore && samePlace(*p.Fix, *before.Fix) {
		doubts = append(doubts, attendance.DoubtSamePlace)
	}
	if moved != nil {
		doubts = append(doubts, attendance.DoubtTooFast)
	}
	return doubts, moved
}

// move returns the way between two punches if nobody can have gone it in the time between them, even from the edge of
// one circle of accuracy to that of the other.
func move(p, q *attendance.Punch) *attendance.Moved {
	metres := geo.Metres(p.Fix.Latitude, p.Fix.Longitude, q.Fix.Latitude, q.Fix.Longitude)
	least := metres - min(p.Fix.Accuracy, attendance.MostMaxAccuracy) - min(q.Fix.Accuracy, attendance.MostMaxAccuracy)
	seconds := max(p.OccurredAt.Sub(q.OccurredAt).Abs().Seconds(), 1)
	if least <= LeastMove || least/seconds <= FastestMove {
		return nil
	}
	return &attendance.Moved{Metres: int(math.Round(metres)), Seconds: int(math.Round(seconds))}
}

// samePlace compares to six decimals, which is about a decimetre: two measurements never agree so well.
func samePlace(a, b attendance.Fix) bool {
	same := func(x, y float64) bool { return math.Round(x*1e6) == math.Round(y*1e6) }
	return same(a.Latitude, b.Latitude) && same(a.Longitude, b.Longitude)
}

// kmh is the speed in whole kilometres per hour.
func kmh(m *attendance.Moved) int {
	return int(math.Round(float64(m.Metres) / float64(m.Seconds) * 3.6))
}
