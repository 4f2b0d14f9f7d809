// Package geo measures on the Earth.
package geo

import "math"

// radius is the mean radius of the Earth in metres (IUGG R1).
const radius = 6_371_008.8

// Metres is the great-circle distance between two points, given in degrees, by the haversine formula.
func Metres(lat1, lon1, lat2, lon2 float64) float64 {
	const radian = math.Pi / 180
	sinLat := math.Sin((lat2 - lat1) * radian / 2)
	sinLon := math.Sin((lon2 - lon1) * radian / 2)
	h := sinLat*sinLat + math.Cos(lat1*radian)*math.Cos(lat2*radian)*sinLon*sinLon
	return 2 * radius * math.Asin(math.Sqrt(min(h, 1)))
}
