package attendance

import (
	"cmp"
	"slices"
	"time"
)

// OfflinePolicy says what a branch does with the time of a punch that a device kept while it was offline.
type OfflinePolicy string

// Off refuses such punches, Hours takes those that arrive soon enough, Approval lets all of them wait.
const (
	OfflineOff      OfflinePolicy = "off"
	OfflineHours    OfflinePolicy = "hours"
	OfflineApproval OfflinePolicy = "approval"
)

// OfflinePolicies lists every policy.
func OfflinePolicies() []OfflinePolicy {
	return []OfflinePolicy{OfflineOff, OfflineHours, OfflineApproval}
}

// Bounds of Branch.OfflineHours, and what policy and hours are where nobody said anything else.
const (
	LeastOfflineHours    = 1
	DefaultOfflineHours  = 12
	MostOfflineHours     = int(MaxClaimAge / time.Hour)
	DefaultOfflinePolicy = OfflineHours
)

// Bounds of a claimed time, in any branch.
const (
	MaxClaimAge   = 72 * time.Hour
	MaxClaimAhead = 2 * time.Minute

	// PromptClaim is how old a slow request is at the most: where its claim is not taken, the server's clock decides.
	PromptClaim = time.Minute
	// MaxContactAge is how old a contact is at the most that proves something: no proof is good for ever.
	MaxContactAge = 7 * 24 * time.Hour
	// clockSlack is by how much the clocks of a device and of several servers may differ without meaning anything.
	clockSlack = 5 * time.Second
	// monotonicSlack is the same for spans, which may hold a correction of the device's clock.
	monotonicSlack = 2 * time.Minute
)

// Claim is a time that a device claims for a punch, with what stands behind it.
type Claim struct {
	At      time.Time
	Contact time.Time // the device's last contact with the server before the punch, which it proves; zero for none
	Met     time.Time // when the server itself last met the person, its last minutes aside; zero for never
	// Spans by the device's monotonic clock, which nobody can set: from that contact to the punch, and from the punch
	// to its sending. 0 where it does not know. A clock that stands still while the device sleeps makes them too
	// short, never too long.
	Since, Age time.Duration
}

// AcceptClaim checks a claimed time against the server's clock. The errors are CodeClaimTooOld and CodeClaimInFuture.
func AcceptClaim(claimed, now time.Time) error {
	switch {
	case now.Sub(claimed) > MaxClaimAge:
		return &Error{Code: CodeClaimTooOld, Field: "occurred_at", Message: "The punch is from more than 72 hours ago."}
	case claimed.Sub(now) > MaxClaimAhead:
		return &Error{Code: CodeClaimInFuture, Field: "occurred_at",
			Message: "The punch is from the future; the device's clock is ahead."}
	}
	return nil
}

// Contradicted tells whether more time passed by the device's monotonic clock than the claim leaves room for.
func (c *Claim) Contradicted(now time.Time) bool {
	return !c.Contact.IsZero() && c.At.Before(c.Contact.Add(c.Since-monotonicSlack)) ||
		c.At.After(now.Add(monotonicSlack-c.Age))
}

// Wait is why a claimed punch waits for somebody's approval.
type Wait string

// The known reasons. Earlier and Closed depend on the days, Network on the sender, the others on the claim alone.
const (
	WaitUnproven Wait = "unproven" // nothing proves when the device last had contact with the server
	WaitContact  Wait = "contact"  // there was contact after the time that it claims
	WaitOverdue  Wait = "overdue"  // it arrived more than the branch's hours later
	WaitNetwork  Wait = "network"  // it was sent from a network that the branch blocks
	WaitPolicy   Wait = "policy"   // the branch wants to see all of them
	WaitEarlier  Wait = "earlier"  // somebody would have come earlier than is known already
	WaitClosed   Wait = "closed"   // a day would change that is over or settled
)

// Waits says that a claimed punch is not recorded by itself: CodeClaimWaits.
type Waits struct {
	Why      Wait
	WorkDate Date // that it would count for
}

// Error says it for logs.
func (w Waits) Error() string { return w.Unwrap().Error() }

// Unwrap returns the *Error of the code.
func (w Waits) Unwrap() error {
	return NewError(CodeClaimWaits, "The claimed time waits for approval.")
}

// Admit judges a claim by the branch's policy; "" takes it as far as the claim itself goes. The error is
// CodeOfflineOff.
func (b *Branch) Admit(c *Claim, now time.Time) (Wait, error) {
	hours := cmp.Or(b.OfflineHours, DefaultOfflineHours)
	switch policy := cmp.Or(b.OfflinePolicy, DefaultOfflinePolicy); {
	case policy == OfflineOff:
		return "", &Error{Code: CodeOfflineOff, Field: "occurred_at",
			Message: "The branch takes no punches of devices without network."}
	case c.Contact.IsZero(), c.At.Sub(c.Contact) > MaxContactAge:
		return WaitUnproven, nil
	case c.At.Before(c.Contact.Add(-clockSlack)), c.At.Before(c.Met.Add(-clockSlack)):
		return WaitContact, nil
	case now.Sub(c.At) > time.Duration(hours)*time.Hour:
		return WaitOverdue, nil
	case policy == OfflineApproval:
		return WaitPolicy, nil
	}
	return "", nil
}

// JudgeClaim decides what becomes of a claimed punch that is no repeat, given the employee's others of the dates that
// it touches: nil records it. Errors are CodeOfflineOff and Waits. d is the date that it counts for.
func (r *Roster) JudgeClaim(c *Claim, d Date, p *Punch, others []Punch, now time.Time) error {
	branch := r.On(d).Branch
	why, err := branch.Admit(c, now)
	if err != nil {
		return err
	}
	blocked := branch.NetworkPolicy == PolicyBlock && slices.Contains(p.Doubts, DoubtForeignNetwork)
	switch {
	case blocked && (why == "" || why == WaitPolicy): // which says more than that everything waits
		why = WaitNetwork
	case why == "":
		why = r.rewrites(p, others, now)
	}
	if why != "" {
		return Waits{Why: why, WorkDate: d}
	}
	return nil
}

// rewrites tells whether a punch would improve a first in or change a day that is closed; "" for neither.
func (r *Roster) rewrites(p *Punch, others []Punch, now time.Time) Wait {
	with := append(others[:len(others):len(others)], *p) // a copy
	var some [4]Date
	for _, d := range r.Changed(some[:0], p, others) {
		before, after := r.Day(p.EmployeeID, d, others, now), r.Day(p.EmployeeID, d, with, now)
		switch {
		case r.closed(d, now) && (before.PunchCount != after.PunchCount || !before.SameOutcome(&after)):
			return WaitClosed
		case before.PunchCount > 0 && earlierIn(&before, &after):
			return WaitEarlier
		}
	}
	return ""
}

// closed tells whether a date is settled, or its window closed; without a shift, whether its branch shows the next.
func (r *Roster) closed(d Date, now time.Time) bool {
	closes := d.ends(r.On(d).Zone)
	if w, planned := r.WindowOn(d); planned {
		closes = w.Closes
	}
	return r.Locked(d) || !now.Before(closes)
}

// earlierIn tells whether somebody comes earlier on the second of two days, or comes at all.
func earlierIn(before, after *Day) bool {
	return after.FirstIn != nil && (before.FirstIn == nil || after.FirstIn.Before(*before.FirstIn))
}

// SameOutcome compares what people are paid by.
func (day *Day) SameOutcome(o *Day) bool {
	same := func(x, y *time.Time) bool { return (x == nil) == (y == nil) && (x == nil || x.Equal(*y)) }
	return day.Status == o.Status && same(day.FirstIn, o.FirstIn) && same(day.LastOut, o.LastOut) &&
		day.LateMinutes == o.LateMinutes && day.EarlyMinutes == o.EarlyMinutes &&
		day.WorkedMinutes == o.WorkedMinutes && day.OvertimeMinutes == o.OvertimeMinutes
}
