// Package civil reads the dates and times that people write and clocks show, and tells which instants they mean. Forms,
// files and terminals all read by it, so that one text has one meaning wherever it comes from.
package civil

import "time"

// Instants returns the instants at which clocks in loc show a civil time, whose fields are given as if they were UTC:
// one as a rule, none for a time that a change of clocks skips, and two, the earlier first, for one that it repeats.
// They are in loc.
func Instants(civil time.Time, loc *time.Location) []time.Time {
	// One of the offsets in force within a day either way is the right one: zones change at most once in that time.
	var found []time.Time
	for _, probe := range [...]time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := civil.Add(probe).In(loc).Zone()
		at := civil.Add(-time.Duration(offset) * time.Second).In(loc)
		if _, actual := at.Zone(); actual == offset && (len(found) == 0 || !found[0].Equal(at)) {
			found = append(found, at)
		}
	}
	if len(found) == 2 && found[1].Before(found[0]) {
		found[0], found[1] = found[1], found[0]
	}
	return found
}
