package attendance

import (
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

// Validate checks the shift's values against each other and within what the windows can hold.
func (s Shift) Validate() error {
	if !characters(s.Code, 32) {
		return Invalid("code", "The code has 1 to 32 characters.")
	}
	if !characters(s.Name, 120) {
		return Invalid("name", "The name has 1 to 120 characters.")
	}
	if s.Start < 0 || s.Start >= minutesPerDay {
		return Invalid("start", "The start is a time of day.")
	}
	if s.End < 0 || s.End >= minutesPerDay {
		return Invalid("end", "The end is a time of day.")
	}
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
		if f.value < 0 || f.value > f.most {
			return Invalid(f.name, fmt.Sprintf("The value is a number of minutes from 0 to %d.", f.most))
		}
	}
	if s.BreakMode != "" && !slices.Contains(BreakModes(), s.BreakMode) {
		return Invalid("break_mode", "The mode of breaks is fixed, punched or longer.")
	}
	if s.BreakMinutes > s.BreakAfter {
		return Invalid("break_minutes", "The break is not longer than the span that earns it.")
	}
	if s.HalfDayBelow > 0 && s.AbsentBelow > s.HalfDayBelow {
		return Invalid("absent_below", "The bound of an absence is not above that of a half day.")
	}
	return nil
}

// Validate checks the branch's own values.
func (b Branch) Validate() error {
	if !characters(b.Code, 32) {
		return Invalid("code", "The code has 1 to 32 characters.")
	}
	if !characters(b.Name, 120) {
		return Invalid("name", "The name has 1 to 120 characters.")
	}
	if _, err := LoadZone(b.Zone); err != nil {
		return err
	}
	if !slices.Contains(Policies(), b.Policy) {
		return Invalid("policy", "The policy is record, flag or block.")
	}
	if m := b.MaxAccuracy; m != 0 && (m < LeastMaxAccuracy || m > MostMaxAccuracy) {
		return Invalid("max_accuracy", fmt.Sprintf("The worst accuracy is a number of metres from %d to %d.",
			LeastMaxAccuracy, MostMaxAccuracy))
	}
	if b.NetworkPolicy != "" && !slices.Contains(Policies(), b.NetworkPolicy) {
		return Invalid("network_policy", "The policy is record, flag or block.")
	}
	if b.OfflinePolicy != "" && !slices.Contains(OfflinePolicies(), b.OfflinePolicy) {
		return Invalid("offline_policy", "The policy is off, hours or approval.")
	}
	if h := b.OfflineHours; h != 0 && (h < LeastOfflineHours || h > MostOfflineHours) {
		return Invalid("offline_hours", "A punch waits a number of hours from 1 to 72.")
	}
	for i, s := range b.Sites {
		if err := (Fix{Latitude: s.Latitude, Longitude: s.Longitude}).Validate(); err != nil {
			return Invalid(fmt.Sprintf("sites[%d]", i), "The position is not a place on Earth.")
		}
		if !(s.Radius >= 10 && s.Radius <= 100_000) {
			return Invalid(fmt.Sprintf("sites[%d].radius", i), "The radius is a number of metres from 10 to 100000.")
		}
	}
	return nil
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
