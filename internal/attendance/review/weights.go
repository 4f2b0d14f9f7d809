package review

import (
	"slices"
	"strconv"

	"hadir/internal/attendance"
)

// MostWeight is the most that a reason weighs. One that weighs 0 brings no punch into the list by itself.
const MostWeight = 100

// Weights says how heavy reasons weigh. One that it does not name weighs what Weigh says.
type Weights map[Reason]int

// Weigh is what a reason weighs in a company that has not decided it: the harder it is to come by honestly, the more.
func Weigh(r Reason) int {
	switch r {
	case Clock, TooFast:
		return 70
	case OutsideArea, SharedDevice:
		return 60
	case Exact, OwnKiosk:
		return 50
	case ForeignNetwork, KioskHurry, SamePlace:
		return 40
	case Inaccurate, QuickOut:
		return 20
	case Offline:
		return 15
	default:
		return 10
	}
}

// Of returns what a reason weighs, 0 to MostWeight.
func (w Weights) Of(r Reason) int {
	if n, ok := w[r]; ok {
		return n
	}
	return Weigh(r)
}

// Score is the sum over the reasons of a punch.
func (w Weights) Score(reasons []Reason) (sum int) {
	for _, r := range reasons {
		sum += w.Of(r)
	}
	return sum
}

// Listed returns the reasons that bring a punch into the list by themselves; all is true where every one does.
func (w Weights) Listed() (listed []Reason, all bool) {
	for _, r := range Reasons() {
		if w.Of(r) > 0 {
			listed = append(listed, r)
		}
	}
	return listed, len(listed) == len(Reasons())
}

// Whole returns the weights of all reasons.
func (w Weights) Whole() Weights {
	out := make(Weights, len(Reasons()))
	for _, r := range Reasons() {
		out[r] = w.Of(r)
	}
	return out
}

// Validate refuses unknown reasons and weights out of bounds: CodeInvalid.
func (w Weights) Validate() error {
	for r, n := range w {
		if !slices.Contains(Reasons(), r) {
			return attendance.Invalid("weights", "There is no reason "+strconv.Quote(string(r))+".")
		}
		if n < 0 || n > MostWeight {
			return attendance.Invalid("weights", "A weight is a number from 0 to 100.")
		}
	}
	return nil
}
