package attendance

import "math"

// earthRadius is the mean radius of the Earth in metres (IUGG R1).
const earthRadius = 6_371_008.8

// Locate measures a fix against the branch's sites: the distance in metres to the centre of the nearest site, and
// whether the fix lies outside of all of them. The benefit of the doubt is the employee's: a fix is outside only when
// its whole circle of accuracy is. A branch without sites has no outside. Errors, under PolicyBlock only:
// CodeLocationRequired without a fix, CodeOutsideArea outside.
func (b Branch) Locate(fix *Fix) (distance *float64, outside bool, err error) {
	block := b.Policy == PolicyBlock && len(b.Sites) > 0
	if fix == nil {
		if block {
			return nil, false,
				&Error{Code: CodeLocationRequired, Field: "latitude",
					Message: "This branch accepts punches only with a position."}
		}
		return nil, false, nil
	}
	if len(b.Sites) == 0 {
		return nil, false, nil
	}
	nearest, outside := math.Inf(1), true
	for _, s := range b.Sites {
		d := metresBetween(fix.Latitude, fix.Longitude, s.Latitude, s.Longitude)
		nearest = min(nearest, d)
		if d-fix.Accuracy <= s.Radius {
			outside = false
		}
	}
	if outside && block {
		return &nearest, true,
			&Error{Code: CodeOutsideArea, Message: "You are outside the area in which this branch accepts punches."}
	}
	return &nearest, outside, nil
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

// metresBetween is the great-circle distance by the haversine formula.
func metresBetween(lat1, lon1, lat2, lon2 float64) float64 {
	const radian = math.Pi / 180
	sinLat := math.Sin((lat2 - lat1) * radian / 2)
	sinLon := math.Sin((lon2 - lon1) * radian / 2)
	h := sinLat*sinLat + math.Cos(lat1*radian)*math.Cos(lat2*radian)*sinLon*sinLon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}
