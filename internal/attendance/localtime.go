package attendance

import (
	"fmt"
	"time"

	"hadir/internal/civil"
)

// ParseLocalTime reads a time of day as civil.Clock does, to the minute.
func ParseLocalTime(s string) (LocalTime, error) {
	if since, err := civil.Clock(s); err == nil && since%time.Minute == 0 {
		return LocalTime(since / time.Minute), nil
	}
	return 0, Invalid("time", fmt.Sprintf("%q is not a time of day of the form HH:MM", s))
}

// String returns HH:MM.
func (t LocalTime) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText makes a LocalTime a string in JSON.
func (t LocalTime) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is ParseLocalTime.
func (t *LocalTime) UnmarshalText(b []byte) error {
	v, err := ParseLocalTime(string(b))
	if err != nil {
		return err
	}
	*t = v
	return nil
}
