package iclock

import (
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Record is one punch as a terminal tells it.
type Record struct {
	PIN    string
	At     time.Time // what the terminal's clock showed, as if it were UTC
	Status string    // 0 to 5, 255 or empty for none
	Verify string    // how the person was recognised: 0 password, 1 finger, 2 or 4 card, 15 face
}

// Reason is why a line is no record, or is not recorded. Reasons that files share have the same code there.
type Reason string

// The reasons of lines that cannot be read.
const (
	ReasonNotText    Reason = "not_utf8"
	ReasonTooLong    Reason = "line_too_long"
	ReasonFields     Reason = "field_count"
	ReasonNoPIN      Reason = "missing_value"
	ReasonLongPIN    Reason = "value_too_long"
	ReasonTime       Reason = "bad_time"
	ReasonStatus     Reason = "bad_direction"
	ReasonSkipped    Reason = "skipped_time"
	ReasonFuture     Reason = "time_in_future"
	ReasonClockReset Reason = "time_implausible"
	ReasonUnknownPIN Reason = "unknown_employee"
	ReasonAmbiguous  Reason = "ambiguous_pin"
	ReasonOwn        Reason = "own_terminal" // whose it is vouches for the terminal, and nobody else has confirmed it
)

// MaxLine is the longest line of a punch that is read, in bytes. Lines have some 40. MaxPIN is the longest PIN, in
// characters.
const (
	MaxLine   = 500
	MaxPIN    = 64
	maxStatus = 8 // in bytes
)

// Lines are the lines of a body that are not blank, without their ends.
func Lines(body string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(body, "\n") {
			line = strings.TrimSuffix(line, "\r")
			if strings.TrimSpace(line) != "" && !yield(line) {
				return
			}
		}
	}
}

// ParseAttlog reads a line of the table ATTLOG: PIN, time, status, verify, work code and reserved fields, apart by
// tabs. Unlike in the files that terminals write to a USB stick there is no field for the device. Fields past the time
// may be missing. The record holds what could be read, also beside a reason.
func ParseAttlog(line string) (Record, Reason) {
	if reason := legible(line); reason != "" {
		return Record{}, reason
	}
	fields := strings.Split(line, "\t")
	if len(fields) < 2 {
		return Record{}, ReasonFields
	}
	field := func(i int) string {
		if i >= len(fields) {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	return record(field(0), field(1), field(2), field(3))
}

// ParseRTLog reads a line of the table rtlog, by which access control firmware tells its events: fields name=value,
// apart by tabs. false is an event that is no punch: of a door, an alarm, or somebody who was not let in.
func ParseRTLog(line string) (r Record, reason Reason, punch bool) {
	if reason := legible(line); reason != "" {
		return Record{}, reason, true
	}
	fields := pairs(line, "\t")
	pin := fields["pin"]
	if event, err := strconv.Atoi(fields["event"]); err == nil && event > lastGranted || pin == "0" || pin == "" {
		return Record{}, "", false
	}
	status := "255"
	if s := fields["inoutstatus"]; s == "0" || s == "1" {
		status = s
	}
	r, reason = record(pin, fields["time"], status, fields["verifytype"])
	return r, reason, true
}

// lastGranted is the last of the event codes that say that somebody was let in; higher ones are refusals, alarms and
// doors.
const lastGranted = 19

func legible(line string) Reason {
	switch {
	case len(line) > MaxLine:
		return ReasonTooLong
	case !utf8.ValidString(line) || strings.IndexByte(line, 0) >= 0:
		return ReasonNotText
	}
	return ""
}

func record(pin, at, status, verify string) (Record, Reason) {
	r := Record{Status: status, Verify: verify}
	switch {
	case pin == "":
		return r, ReasonNoPIN
	case utf8.RuneCountInString(pin) > MaxPIN || len(status) > maxStatus:
		return r, ReasonLongPIN
	case strings.ContainsFunc(pin, unicode.IsControl):
		return r, ReasonNotText
	}
	r.PIN = pin
	t, err := time.Parse(time.DateTime, at)
	if err != nil {
		return r, ReasonTime
	}
	r.At = t
	return r, ""
}

// pairs reads name=value fields; names without the ~ that marks what the terminal itself decides.
func pairs(s, separator string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(s, separator) {
		name, value, ok := strings.Cut(part, "=")
		if ok {
			out[strings.TrimLeft(strings.TrimSpace(name), "~")] = strings.TrimSpace(value)
		}
	}
	return out
}

// Options are what a terminal tells of itself: in the table options, the body of registry, and the answer to INFO,
// apart by commas or lines.
func Options(body string) map[string]string {
	return pairs(strings.NewReplacer("\r\n", ",", "\n", ",", "\r", ",").Replace(body), ",")
}
