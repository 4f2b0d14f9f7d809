// Package review is what somebody is to look at: punches with reasons, how heavy each of these weighs, and what was
// decided. A reason never refuses a punch by itself.
package review

import (
	"slices"
	"strings"

	"hadir/internal/attendance"
)

// Reason is why a punch is to be looked at. Reasons are stored; they never change their meaning.
type Reason string

// The known reasons. Those of attendance.Doubt have its codes.
const (
	OutsideArea    Reason = "outside_area"
	Inaccurate     Reason = Reason(attendance.DoubtInaccurate)
	ForeignNetwork Reason = Reason(attendance.DoubtForeignNetwork)
	Exact          Reason = Reason(attendance.DoubtExact)
	SamePlace      Reason = Reason(attendance.DoubtSamePlace)
	TooFast        Reason = Reason(attendance.DoubtTooFast)
	SharedDevice   Reason = Reason(attendance.DoubtSharedDevice)
	Clock          Reason = Reason(attendance.DoubtClock)
	Offline        Reason = "offline"
	RepeatedHour   Reason = Reason(attendance.DoubtRepeatedHour)
	QuickOut       Reason = "quick_out"
	KioskHurry     Reason = Reason(attendance.DoubtKioskHurry)
	OwnKiosk       Reason = Reason(attendance.DoubtOwnKiosk)
)

// Reasons lists them in the order in which they are shown.
func Reasons() []Reason {
	return []Reason{OutsideArea, Inaccurate, ForeignNetwork, Exact, SamePlace, TooFast, SharedDevice, Clock, Offline,
		RepeatedHour, QuickOut, KioskHurry, OwnKiosk}
}

// Of returns why a punch is to be looked at, in the order of Reasons: what speaks against it, by the policies of the
// branch at which it counts. A punch outside of its shift's window marks its day only: nothing is doubtful about it.
// quick says that it turns round another one made within a minute. What came by a correction was looked at before.
func Of(p *attendance.Punch, b *attendance.Branch, quick bool) (out []Reason) {
	if p.Source == attendance.SourceCorrection {
		return nil
	}
	fenced := b.Policy != attendance.PolicyRecord
	for _, r := range Reasons() {
		doubted := slices.Contains(p.Doubts, attendance.Doubt(r))
		var found bool
		switch r {
		case OutsideArea:
			found = p.OutsideArea && fenced
		case Inaccurate, Exact, SamePlace, TooFast:
			found = doubted && fenced
		case ForeignNetwork:
			found = doubted && b.NetworkPolicy != attendance.PolicyRecord
		case Offline:
			found = p.Offline
		case QuickOut:
			found = quick
		default:
			found = doubted
		}
		if found {
			out = append(out, r)
		}
	}
	return out
}

// Text is how reasons are stored: codes, separated by blanks.
func Text(reasons []Reason) string {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = string(r)
	}
	return strings.Join(codes, " ")
}

// OfText reads them.
func OfText(codes string) (reasons []Reason) {
	for code := range strings.FieldsSeq(codes) {
		reasons = append(reasons, Reason(code))
	}
	return reasons
}

// State is what became of a punch that is to be looked at.
type State string

// Open waits for a decision. Refused is one that was taken away by the decision, Voided one that was taken away in some
// other way, such as a correction.
const (
	Open     State = "open"
	Accepted State = "accepted"
	Refused  State = "refused"
	Voided   State = "voided"
)
