package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
)

// DefaultColumns is the order of fields in the attlog files that ZKTeco terminals write to a USB stick
// (1_attlog.dat): tab-separated, padded with spaces.
const DefaultColumns = "pin,time,device,status,verify,workcode"

// attlog is the order of the fields in a line.
type attlog struct {
	pin, time, device, status int // -1: not there
	least                     int // fields that a whole line has at least
	mode                      DirectionMode
}

// parseColumns reads an order of fields, such as pin,time,status,-,device; "-" stands for a field to skip. pin and time
// must be there; verify and workcode are known and not used.
func parseColumns(s string) (attlog, error) {
	if s == "" {
		s = DefaultColumns
	}
	a := attlog{pin: -1, time: -1, device: -1, status: -1}
	places := map[string]*int{"pin": &a.pin, "time": &a.time, "device": &a.device, "status": &a.status}
	var skipped []string
	for i, name := range strings.Split(s, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		at, used := places[name]
		switch {
		case name == "-":
		case used && *at >= 0, slices.Contains(skipped, name):
			return a, attendance.Invalid("columns", fmt.Sprintf("%q names %s twice", s, name))
		case used:
			*at = i
			a.least = i + 1
		case name == "verify" || name == "workcode":
			skipped = append(skipped, name)
		default:
			return a, attendance.Invalid("columns",
				fmt.Sprintf("%q is not one of pin, time, device, status, verify, workcode and -", name))
		}
	}
	if a.pin < 0 || a.time < 0 {
		return a, attendance.Invalid("columns", "the columns pin and time are required")
	}
	return a, nil
}

// parse reads one line. Fields past the last one used may be missing, as some firmware leaves them out.
func (a attlog) parse(text string) (entry, *lineError) {
	fields := strings.Split(text, "\t")
	if len(fields) < a.least {
		return entry{}, &lineError{code: CodeFieldCount,
			value: strconv.Itoa(len(fields)) + " / " + strconv.Itoa(a.least)}
	}
	cell := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	e := entry{pin: cell(a.pin), device: cell(a.device), status: cell(a.status)}
	problem := checkPIN(e.pin, "pin")
	if problem != nil {
		return e, problem
	}
	if e.at, problem = parseStamp(cell(a.time)); problem != nil {
		return e, problem
	}
	if e.direction, e.status, problem = a.mode.read(e.status, terminalDirection); problem != nil {
		return e, problem
	}
	return e, nil
}

// terminalDirection reads the attendance state of a terminal.
func terminalDirection(status string) (attendance.Direction, *lineError) {
	d, known := iclock.Direction(status)
	if !known {
		return "", quoted(CodeBadDirection, status)
	}
	return d, nil
}

// looksLikeAttlog tells a line of an attlog, whose time has the one form that terminals write, from a header or record
// of a CSV file.
func looksLikeAttlog(text string) bool {
	fields := strings.Split(text, "\t")
	if len(fields) < 2 {
		return false
	}
	_, err := time.Parse(time.DateTime, strings.TrimSpace(fields[1]))
	return err == nil && checkPIN(strings.TrimSpace(fields[0]), "pin") == nil
}
