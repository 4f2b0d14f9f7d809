package attendance

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// TodayIn returns the date in an IANA time zone at an instant.
func TodayIn(zone string, now time.Time) (Date, error) {
	loc, err := LoadZone(zone)
	if err != nil {
		return 0, err
	}
	return DateOf(now, loc), nil
}

// LoadZone returns an IANA time zone; CodeInvalidZone for a name that is none, "Local" and "" among them.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, &Error{Code: CodeInvalidZone, Field: "zone",
			Message: fmt.Sprintf("%q is not an IANA time zone such as Asia/Jakarta.", name)}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &Error{Code: CodeInvalidZone, Field: "zone",
			Message: fmt.Sprintf("%q is not an IANA time zone such as Asia/Jakarta.", name), Cause: err}
	}
	return loc, nil
}

// Zones remembers the zones of names, since loading one reads a file. It is for one goroutine; the zero value is ready.
type Zones struct{ known map[string]*time.Location }

// Load is LoadZone.
func (z *Zones) Load(name string) (*time.Location, error) {
	if loc, ok := z.known[name]; ok {
		return loc, nil
	}
	loc, err := LoadZone(name)
	if err != nil {
		return nil, err
	}
	if z.known == nil {
		z.known = map[string]*time.Location{}
	}
	z.known[name] = loc
	return loc, nil
}

// Of is Load with UTC for a snapshot in a zone that this machine does not know: the hours are at least not invented.
func (z *Zones) Of(name string) *time.Location {
	loc, err := z.Load(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// violations are what is wrong with several fields.
type violations []error

func (v *violations) when(wrong bool, field, message string) {
	if wrong {
		*v = append(*v, Invalid(field, message))
	}
}

// Validate checks the shift's values against each other and within what the windows can hold. All that is wrong comes
// joined.
func (s Shift) Validate() error {
	var wrong violations
	wrong.when(!characters(s.Code, 32), "code", "The code has 1 to 32 characters.")
	wrong.when(!characters(s.Name, 120), "name", "The name has 1 to 120 characters.")
	wrong.when(s.Start < 0 || s.Start >= minutesPerDay, "start", "The start is a time of day.")
	wrong.when(s.End < 0 || s.End >= minutesPerDay, "end", "The end is a time of day.")
	for _, f := range []struct {
		name  string
		value int
		most  int
	}{
		{"opens_before", s.OpensBefore, 12 * 60}, {"closes_after", s.ClosesAfter, minutesPerDay},
		{"late_grace", s.LateGrace, 4 * 60}, {"early_grace", s.EarlyGrace, 4 * 60},
		{"break_minutes", s.BreakMinutes, 8 * 60}, {"break_minimum", s.BreakMinimum, 8 * 60},
		{"break_after", s.BreakAfter, minutesPerDay},
		{"half_day_below", s.HalfDayBelow, minutesPerDay}, {"absent_below", s.AbsentBelow, minutesPerDay},
	} {
		wrong.when(f.value < 0 || f.value > f.most, f.name,
			fmt.Sprintf("The value is a number of minutes from 0 to %d.", f.most))
	}
	wrong.when(s.BreakMode != "" && !slices.Contains(BreakModes(), s.BreakMode),
		"break_mode", "The mode of breaks is fixed, punched or longer.")
	wrong.when(s.BreakMinutes > s.BreakAfter,
		"break_minutes", "The break is not longer than the span that earns it.")
	wrong.when(s.HalfDayBelow > 0 && s.AbsentBelow > s.HalfDayBelow,
		"absent_below", "The bound of an absence is not above that of a half day.")
	return errors.Join(wrong...)
}

// Validate checks the branch's own values. All that is wrong comes joined.
func (b Branch) Validate() error {
	var wrong violations
	wrong.when(!characters(b.Code, 32), "code", "The code has 1 to 32 characters.")
	wrong.when(!characters(b.Name, 120), "name", "The name has 1 to 120 characters.")
	if _, err := LoadZone(b.Zone); err != nil {
		wrong = append(wrong, err)
	}
	wrong.when(!slices.Contains(Policies(), b.Policy), "policy", "The policy is record, flag or block.")
	wrong.when(b.MaxAccuracy != 0 && (b.MaxAccuracy < LeastMaxAccuracy || b.MaxAccuracy > MostMaxAccuracy),
		"max_accuracy", fmt.Sprintf("The worst accuracy is a number of metres from %d to %d.",
			LeastMaxAccuracy, MostMaxAccuracy))
	wrong.when(b.NetworkPolicy != "" && !slices.Contains(Policies(), b.NetworkPolicy),
		"network_policy", "The policy is record, flag or block.")
	wrong.when(b.OfflinePolicy != "" && !slices.Contains(OfflinePolicies(), b.OfflinePolicy),
		"offline_policy", "The policy is off, hours or approval.")
	wrong.when(b.OfflineHours != 0 && (b.OfflineHours < LeastOfflineHours || b.OfflineHours > MostOfflineHours),
		"offline_hours", "A punch waits a number of hours from 1 to 72.")
	for i, s := range b.Sites {
		place := Fix{Latitude: s.Latitude, Longitude: s.Longitude}
		wrong.when(place.Validate() != nil, fmt.Sprintf("sites[%d]", i), "The position is not a place on Earth.")
		wrong.when(!(s.Radius >= 10 && s.Radius <= 100_000), fmt.Sprintf("sites[%d].radius", i),
			"The radius is a number of metres from 10 to 100000.")
	}
	return errors.Join(wrong...)
}

// Validate checks the pattern's form and that its shifts exist.
func (a Assignment) Validate(shifts map[int64]Shift) error {
	if len(a.Pattern) == 0 || len(a.Pattern)%7 != 0 || len(a.Pattern) > 7*53 {
		return Invalid("pattern", "The pattern has 7 entries for each of 1 to 53 weeks.")
	}
	for i, id := range a.Pattern {
		if _, ok := shifts[id]; id != 0 && !ok {
			return Invalid(fmt.Sprintf("pattern[%d]", i), "There is no such shift.")
		}
	}
	if a.To != nil && *a.To < a.From {
		return Invalid("to", "The last date is not before the first.")
	}
	return nil
}

// characters tells whether s has 1 to most characters, and is text at all.
func characters(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most
}
