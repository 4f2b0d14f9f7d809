package iclock

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
)

// PINFormat turns PINs of terminals into employee numbers: with "JKT-%04s" both 1 and 00000001 become JKT-0001.
type PINFormat struct {
	before, after string
	width         int
	set           bool
}

// ParsePINFormat reads a text with one %s, or %0Ns for a PIN padded with zeros to N digits. "" is no format.
func ParsePINFormat(s string) (PINFormat, error) {
	if s == "" {
		return PINFormat{}, nil
	}
	bad := attendance.Invalid("pin_format",
		fmt.Sprintf("%q must hold one %%s, or %%0Ns with N from 1 to 20, such as JKT-%%04s", s))
	before, rest, ok := strings.Cut(s, "%")
	if !ok {
		return PINFormat{}, bad
	}
	digits, after, ok := strings.Cut(rest, "s")
	if !ok || strings.Contains(after, "%") {
		return PINFormat{}, bad
	}
	f := PINFormat{before: before, after: after, set: true}
	if digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || digits[0] != '0' || n < 1 || n > 20 {
			return PINFormat{}, bad
		}
		f.width = n
	}
	return f, nil
}

// CheckPINFormat refuses a text that is no PIN format: CodeInvalid of the field pin_format.
func CheckPINFormat(s string) error {
	_, err := ParsePINFormat(s)
	return err
}

// PINOf returns the PIN that a format makes an employee number of; false where it makes no PIN that one.
func PINOf(format, number string) (pin string, ok bool) {
	f, err := ParsePINFormat(format)
	if err != nil {
		return "", false
	}
	if pin, ok = strings.CutPrefix(number, f.before); ok {
		pin, ok = strings.CutSuffix(pin, f.after)
	}
	if f.width > 0 {
		pin = stripZeros(pin)
	}
	return pin, ok && pin != "" && (!f.set || f.Number(pin) == number)
}

// Number returns the employee number that is made of a PIN.
func (f PINFormat) Number(pin string) string {
	if f.width > 0 {
		pin = pad(stripZeros(pin), f.width)
	}
	return f.before + pin + f.after
}

func stripZeros(pin string) string {
	if s := strings.TrimLeft(pin, "0"); s != "" {
		return s
	}
	return pin
}

func pad(s string, width int) string {
	if len(s) >= width {
		return s
	}
	return strings.Repeat("0", width-len(s)) + s
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Variants are the numbers that a numeric PIN may stand for if no employee has exactly that number: none where a format
// says which one it is. Terminals drop or add leading zeros.
func (f PINFormat) Variants(pin string) []string {
	if f.set || !allDigits(pin) || len(pin) > 20 {
		return nil
	}
	bare := stripZeros(pin)
	var out []string
	for width := len(bare); width <= 10; width++ {
		if n := pad(bare, width); n != pin {
			out = append(out, n)
		}
	}
	if len(bare) > 10 && bare != pin {
		out = append(out, bare)
	}
	return out
}

// Meant is whom a PIN means on a terminal.
type Meant struct {
	Decided  []Meaning // for this terminal, the earliest first
	Numbered int64     // the employee with that number, or 0
}

// At tells whom the PIN meant at an instant, 0 for nobody: whom somebody had decided for by then, else the employee
// with that number. What meant nobody waited in quarantine, and belongs to whom the PIN was given next. So a log that
// is sent again credits nothing to a second person.
func (m Meant) At(t time.Time) int64 {
	var next int64
	for _, d := range m.Decided {
		switch before, after := t.Before(d.From), !d.To.IsZero() && !t.Before(d.To); {
		case before && next == 0:
			next = d.EmployeeID
		case !before && !after:
			return d.EmployeeID
		}
	}
	return cmp.Or(m.Numbered, next)
}
