package attendance

import (
	"slices"
	"time"
)

// VoidOrigin says what took a punch away.
type VoidOrigin string

// A file that is read anew, an approved correction, an administrator at once, or the person who made the punch.
const (
	VoidByImport     VoidOrigin = "import"
	VoidByCorrection VoidOrigin = "correction"
	VoidByDecision   VoidOrigin = "decision"
	VoidByOwner      VoidOrigin = "owner"
	VoidByKiosk      VoidOrigin = "kiosk" // somebody said there that it was not they
)

// UndoWithin is how long after a punch arrived its owner may take it back.
const UndoWithin = 60 * time.Second

// Voided says since when a punch counts for nothing, and why. The punch itself stays as it was.
type Voided struct {
	At     time.Time  `json:"at"`                // UTC
	UserID int64      `json:"user_id,omitempty"` // who decided it; 0 for the system
	Origin VoidOrigin `json:"origin"`
	Ref    int64      `json:"ref,omitempty"` // the import, correction or kiosk
	Reason string     `json:"reason,omitempty"`
}

// Void is the decision to take punches away.
type Void struct {
	UserID     int64 // who decided; 0 for the system
	EmployeeID int64 // the employee that this user is, if any
	Origin     VoidOrigin
	Ref        int64
	Reason     string
	Address    string // that the audit log names, as of a ledger.Actor
}

// One returns the punch of an id, or the one that it repeats, with all that repeat it: one act of checking in or out,
// so they are taken away together. Nil for an id that is not among the punches.
func One(punches []Punch, id int64) (same []Punch) {
	at := slices.IndexFunc(punches, func(p Punch) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	if of := punches[at].DuplicateOf; of != 0 {
		id = of
	}
	for _, p := range punches {
		if p.ID == id || p.DuplicateOf == id {
			same = append(same, p)
		}
	}
	return same
}

// VoidedOn returns the punches among those given that count for nothing and would else belong to a date.
func (r *Roster) VoidedOn(d Date, punches []Punch) (out []Punch) {
	for _, p := range punches {
		if p.Voided == nil {
			continue
		}
		counted := Punch{Direction: p.Direction, OccurredAt: p.OccurredAt, Source: p.Source}
		if date, _ := r.DateFor(&counted, punches); date == d {
			out = append(out, p)
		}
	}
	return out
}

// MayVoid tells whether a punch may be taken away as one of a work date: CodeNotFound for one that is not among the
// employee's punches, CodeConflict for one that was taken away before, CodeInvalid for one of another date, and
// CodePeriodLocked where a day that it can change is settled.
func (r *Roster) MayVoid(d Date, id int64, punches []Punch) error {
	at := slices.IndexFunc(punches, func(p Punch) bool { return p.ID == id })
	if at < 0 {
		return &Error{Code: CodeNotFound, Field: "void_punch_id", Message: "There is no such punch."}
	}
	p := punches[at]
	if p.Voided != nil {
		return &Error{Code: CodeConflict, Field: "void_punch_id", Message: "The punch counts for nothing already."}
	}
	local, _ := r.WorkDate(p.OccurredAt)
	if date, _ := r.DateFor(&p, punches); date != d && local != d {
		return Invalid("void_punch_id", "That punch counts for another date.")
	}
	var some [4]Date
	left := Corrected(punches, id, nil)
	for _, touched := range r.Touched(some[:0], p.OccurredAt, punches) {
		if r.Locked(touched) && !slices.EqualFunc(r.PunchesOf(touched, punches), r.PunchesOf(touched, left),
			func(a, b Punch) bool { return a.ID == b.ID }) {
			return NewError(CodePeriodLocked, "The period is locked.")
		}
	}
	return nil
}

// MayUndo tells whether the owner may still take a punch back: the last that counts among the own ones, made by the
// owner's hand, and no longer ago than UndoWithin by the server's clock. The error is CodeUndoOver.
func MayUndo(punches []Punch, id int64, now time.Time) error {
	same := One(punches, id)
	over := NewError(CodeUndoOver, "Only the last punch can be taken back, within 60 seconds.")
	if len(same) == 0 {
		return over
	}
	for _, p := range punches {
		own := slices.ContainsFunc(same, func(q Punch) bool { return q.ID == p.ID })
		if !own && p.Voided == nil && p.ID > same[len(same)-1].ID {
			return over
		}
	}
	first := same[0]
	if !first.Source.ByHand() || now.Sub(first.ReceivedAt) > UndoWithin {
		return over
	}
	return nil
}

// Corrected returns the punches as they would be without one, if void is not 0, and with another, if add is not nil.
func Corrected(punches []Punch, void int64, add *Punch) []Punch {
	gone := One(punches, void)
	out := slices.DeleteFunc(slices.Clone(punches), func(p Punch) bool {
		return slices.ContainsFunc(gone, func(q Punch) bool { return q.ID == p.ID })
	})
	if add != nil {
		out = append(out, *add)
	}
	return out
}
