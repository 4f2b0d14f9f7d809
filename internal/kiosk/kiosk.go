// Package kiosk holds the rules of tablets at the gate that sign nobody in: how one is paired, what the code on its
// screen is worth and for how long, which PINs are too easy, and how guessing is slowed down.
package kiosk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
)

// Mode is a way to identify oneself at a kiosk.
type Mode string

// QR is a code on the screen that people scan with their own phone, where they are signed in. PIN is the employee
// number with six digits, Badge a card that a reader types.
const (
	QR    Mode = "qr"
	PIN   Mode = "pin"
	Badge Mode = "badge"
)

// Modes lists them in the order in which they are stored and shown.
func Modes() []Mode { return []Mode{QR, PIN, Badge} }

// ModesOf puts modes in order, each once: CodeInvalid for none and for unknown ones.
func ModesOf(chosen []Mode) (out []Mode, err error) {
	for _, m := range chosen {
		if !slices.Contains(Modes(), m) {
			return nil, attendance.Invalid("modes", "There is no mode "+strconv.Quote(string(m))+".")
		}
	}
	for _, m := range Modes() {
		if slices.Contains(chosen, m) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, attendance.Invalid("modes", "A kiosk needs at least one mode.")
	}
	return out, nil
}

// Text is how modes are stored: separated by blanks.
func Text(modes []Mode) string {
	texts := make([]string, len(modes))
	for i, m := range modes {
		texts[i] = string(m)
	}
	return strings.Join(texts, " ")
}

// OfText reads them.
func OfText(s string) (modes []Mode) {
	for m := range strings.FieldsSeq(s) {
		modes = append(modes, Mode(m))
	}
	return modes
}

// Kiosk is a tablet, or the place for one that is yet to be paired. All times are UTC.
type Kiosk struct {
	ID         int64
	BranchID   int64
	BranchName string
	Zone       string // the branch's, as IANA names it
	Site       string
	Name       string
	Modes      []Mode
	Language   string // id or en
	Secret     []byte // signs the codes on the screen; nil where the kiosk is only listed
	Paired     bool   // a tablet holds its token, and its branch is in use
	PairedAt   *time.Time
	CodeUntil  *time.Time // until when the code is valid that a tablet is paired with; nil for no code
	LastSeen   *time.Time
	Address    string // from which it spoke last
}

// Has tells whether a mode is switched on.
func (k *Kiosk) Has(m Mode) bool { return slices.Contains(k.Modes, m) }

// State is how far pairing has come.
type State string

// Waiting is a kiosk with a code that may still be traded. A tablet that was paired before works until then.
const (
	Unpaired State = "unpaired"
	Waiting  State = "waiting"
	Paired   State = "paired"
)

// State tells how far pairing has come at an instant.
func (k *Kiosk) State(now time.Time) State {
	switch {
	case k.CodeUntil != nil && k.CodeUntil.After(now):
		return Waiting
	case k.Paired:
		return Paired
	}
	return Unpaired
}

// Life is whether a paired tablet is heard of.
type Life string

// The known lives.
const (
	Alive Life = "alive"
	Late  Life = "late"
	Gone  Life = "gone"
)

// Tablets ask once a minute.
const (
	lateAfter = 150 * time.Second
	goneAfter = 10 * time.Minute
)

// Life tells how the tablet is at an instant; "" where none is paired.
func (k *Kiosk) Life(now time.Time) Life {
	if !k.Paired {
		return ""
	}
	silent := goneAfter + 1
	if k.LastSeen != nil {
		silent = now.Sub(*k.LastSeen)
	}
	switch {
	case silent > goneAfter:
		return Gone
	case silent > lateAfter:
		return Late
	}
	return Alive
}
