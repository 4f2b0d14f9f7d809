package attendance

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := LoadZone(name)
	require.NoError(t, err)
	return loc
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	require.NoError(t, err)
	return d
}

func hhmm(t testing.TB, s string) LocalTime {
	t.Helper()
	v, err := ParseLocalTime(s)
	require.NoError(t, err)
	return v
}

// shift returns a shift with the usual rules: opens 2 h before, closes 4 h after, 10 minutes of grace either way, an
// hour's break after four hours.
func shift(t testing.TB, id int64, start, end string) Shift {
	return Shift{ID: id, Code: start, Name: start + "-" + end, Start: hhmm(t, start), End: hhmm(t, end),
		OpensBefore: 120, ClosesAfter: 240,
		LateGrace: 10, EarlyGrace: 10, BreakMinutes: 60, BreakAfter: 240, Active: true}
}

// place is a branch that flags what it finds, since ever.
func place(t testing.TB, id int64, zoneName string) Place {
	t.Helper()
	b := &Branch{ID: id, Code: "T", Name: "T", Zone: zoneName, Policy: PolicyFlag}
	return Place{From: EverSince, Branch: b, Zone: zone(t, zoneName)}
}

// roster gives one employee the shifts of a weekly pattern, 0 for a day off, since long ago.
func roster(t testing.TB, zoneName string, shifts []Shift, pattern ...int64) *Roster {
	t.Helper()
	r := &Roster{Places: []Place{place(t, 7, zoneName)}, Shifts: map[int64]Shift{}}
	for _, s := range shifts {
		require.NoError(t, s.Validate())
		r.Shifts[s.ID] = s
	}
	if len(pattern) == 1 {
		pattern = []int64{pattern[0], pattern[0], pattern[0], pattern[0], pattern[0], pattern[0], pattern[0]}
	}
	r.Assignments = []Assignment{{ID: 1, EmployeeID: 1, From: date(t, "2020-01-06"), Pattern: pattern}}
	require.NoError(t, r.Assignments[0].Validate(r.Shifts))
	return r
}

// at reads a local time such as "2026-03-02 08:10:00" in the zone of the roster's first place.
func at(t testing.TB, r *Roster, s string) time.Time {
	t.Helper()
	layout := "2006-01-02 15:04"
	if len(s) > len(layout) {
		layout += ":05"
	}
	v, err := time.ParseInLocation(layout, s, r.Places[0].Zone)
	require.NoError(t, err)
	return v.UTC()
}

// punches reads "in 2026-03-02 08:00" and the like.
func punches(t testing.TB, r *Roster, texts ...string) []Punch {
	t.Helper()
	out := make([]Punch, len(texts))
	for i, s := range texts {
		var d Direction
		for _, c := range []Direction{In, Out, BreakOut, BreakIn, Undetermined} {
			if len(s) > len(c) && s[:len(c)+1] == string(c)+" " {
				d = c
			}
		}
		require.NotEmpty(t, d, s)
		out[i] = Punch{ID: int64(i + 1), EmployeeID: 1, Direction: d, OccurredAt: at(t, r, s[len(d)+1:])}
	}
	return out
}

// cutDirection splits "in 08:00" into its direction and the rest.
func cutDirection(s string) (direction, rest string, ok bool) { return strings.Cut(s, " ") }

// duplicateOf is the first half of Echo.
func (r *Roster) duplicateOf(existing []Punch, p Punch) int64 {
	of, _ := r.Echo(existing, p)
	return of
}
