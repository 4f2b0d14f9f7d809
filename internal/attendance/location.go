package attendance

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"hadir/internal/geo"
	"hadir/internal/words"
)

// Bounds of Branch.MaxAccuracy, in metres, and what it is where nobody said anything else. A phone under the open sky
// knows its place to 5 to 20 metres, indoors to 30 to 100; a computer in a network often to a kilometre.
const (
	LeastMaxAccuracy   = 10
	DefaultMaxAccuracy = 150
	MostMaxAccuracy    = 5000
)

// Location is a fix measured against a branch's sites.
type Location struct {
	Distance   *float64 // metres to the centre of the nearest site; nil without a fix or without sites
	Outside    bool     // of all sites
	Inaccurate bool     // the device knew its place less well than the branch allows
}

// Doubts are what the measuring itself gives reason for.
func (l *Location) Doubts() []Doubt {
	if l.Inaccurate {
		return []Doubt{DoubtInaccurate}
	}
	return nil
}

// Locate measures a fix against the places where the branch's people may work. The benefit of the doubt is the
// employee's, as far as the branch's MaxAccuracy goes: a fix is outside when its whole circle of accuracy is, of which
// no more than that counts. The accuracy is claimed by the device, and whoever claims 100 km would be inside
// everywhere. A branch without sites has no outside, and asks for no accuracy. Errors, under PolicyBlock only:
// CodeLocationRequired without a fix, CodeOutsideArea for one whose whole circle is outside, CodeInaccurate for one
// that is worse than MaxAccuracy; the last two are Misplaced.
func (b *Branch) Locate(fix *Fix) (Location, error) {
	sites := b.Places()
	block := b.Policy == PolicyBlock && len(sites) > 0
	if fix == nil {
		if block {
			return Location{}, &Error{Code: CodeLocationRequired, Field: "latitude",
				Message: "This branch accepts punches only with a position."}
		}
		return Location{}, nil
	}
	if len(sites) == 0 {
		return Location{}, nil
	}
	most := float64(cmp.Or(b.MaxAccuracy, DefaultMaxAccuracy))
	distance, away := math.Inf(1), math.Inf(1) // to the nearest centre, and to the nearest circle
	for _, s := range sites {
		d := geo.Metres(fix.Latitude, fix.Longitude, s.Latitude, s.Longitude)
		distance, away = min(distance, d), min(away, d-s.Radius)
	}
	l := Location{Distance: &distance, Outside: away > min(fix.Accuracy, most), Inaccurate: fix.Accuracy > most}
	if !block || !l.Outside && !l.Inaccurate {
		return l, nil
	}
	refusal := Misplaced{Code: CodeInaccurate, Distance: distance, Accuracy: fix.Accuracy, Most: most}
	if away > fix.Accuracy { // a better fix would be outside as well
		refusal.Code = CodeOutsideArea
	}
	return l, refusal
}

// Misplaced refuses a punch for its position: CodeOutsideArea or CodeInaccurate. All lengths are metres.
type Misplaced struct {
	Code     Code
	Distance float64 // to the centre of the nearest site
	Accuracy float64 // as the device claims it
	Most     float64 // the worst accuracy that the branch accepts
}

// Error says it for logs.
func (m Misplaced) Error() string { return m.Unwrap().Error() }

// Unwrap returns the *Error of the code.
func (m Misplaced) Unwrap() error { return NewError(m.Code, m.Detail(words.English)) }

// Detail says with its numbers why the punch was refused, so that a person knows what to do about it.
func (m Misplaced) Detail(l words.Language) string {
	if m.Code == CodeOutsideArea {
		return l.Say("problems.outside_area.far", "distance", length(l, m.Distance))
	}
	return l.Say("problems.inaccurate_position.by", "accuracy", length(l, m.Accuracy), "most", length(l, m.Most))
}

// length writes a number of metres. It is rounded up, so that what is over a bound never reads as if it kept it.
func length(l words.Language, metres float64) string {
	if metres = math.Ceil(metres); metres < 1000 {
		return strconv.FormatFloat(metres, 'f', 0, 64) + " m"
	}
	km := strconv.FormatFloat(math.Ceil(metres/100)/10, 'f', -1, 64)
	if l == words.Indonesian {
		km = strings.ReplaceAll(km, ".", ",")
	}
	return km + " km"
}

// Validate checks that the fix is a place on Earth.
func (f Fix) Validate() error {
	switch {
	case !(f.Latitude >= -90 && f.Latitude <= 90):
		return Invalid("latitude", "The latitude is a number of degrees from -90 to 90.")
	case !(f.Longitude >= -180 && f.Longitude <= 180):
		return Invalid("longitude", "The longitude is a number of degrees from -180 to 180.")
	case !(f.Accuracy >= 0 && f.Accuracy <= 100_000):
		return Invalid("accuracy", "The accuracy is a number of metres from 0 to 100000.")
	}
	return nil
}
