package attendance

import "fmt"

// ParseLocalTime reads HH:MM, 00:00 to 23:59, or HH.MM as Indonesians write it.
func ParseLocalTime(s string) (LocalTime, error) {
	if len(s) == 5 && (s[2] == ':' || s[2] == '.') && digit(s[0]) && digit(s[1]) && digit(s[3]) && digit(s[4]) {
		h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
		if h < 24 && m < 60 {
			return LocalTime(h*60 + m), nil
		}
	}
	return 0, Invalid("time", fmt.Sprintf("%q is not a time of day of the form HH:MM", s))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// String returns HH:MM.
func (t LocalTime) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText makes a LocalTime a string in JSON.
func (t LocalTime) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads HH:MM.
func (t *LocalTime) UnmarshalText(b []byte) error {
	v, err := ParseLocalTime(string(b))
	if err != nil {
		return err
	}
	*t = v
	return nil
}
