package attendance

import "time"

// Action is what the check-in button does when it is pressed now.
type Action string

// Done means that both punches of the open shift exist; a further check-out is still allowed and moves the last out.
const (
	ActionCheckIn  Action = "check_in"
	ActionCheckOut Action = "check_out"
	ActionDone     Action = "done"
)

// Button is the server's decision about the check-in button.
type Button struct {
	Action   Action `json:"action"`
	WorkDate Date   `json:"work_date"` // the date the punch would count for
	OffShift bool   `json:"off_shift"` // no window is open now
}

// Button decides what the check-in button does at instant now. Only punches of the open window count, so that a
// check-out forgotten yesterday leaves this morning's check-in what it is. Outside every window the last punch of the
// date decides: someone who is in may still check out, and anyone else checks in. For some hours after a window closed
// its own punches come first, also past midnight.
func (r *Roster) Button(punches []Punch, now time.Time) Button {
	d, off := r.WorkDate(now)
	if off {
		if date, ok := r.unanswered(punches, now); ok {
			return Button{Action: ActionCheckOut, WorkDate: date, OffShift: true}
		}
	}
	b := Button{Action: ActionCheckIn, WorkDate: d, OffShift: off}
	var some [16]*Punch
	t := r.timeline(some[:0], d, punches)
	if off {
		read := t.reader()
		for _, p := range t.own {
			switch m := read.next(p); {
			case m.repeats != nil || m.slip():
			case m.direction == In:
				b.Action = ActionCheckOut
			case m.direction == Out:
				b.Action = ActionCheckIn
			}
		}
		return b
	}
	var day Day
	atWork := r.firstAndLast(&day, &t)
	switch {
	case day.FirstIn != nil && (atWork || day.LastOut == nil):
		b.Action = ActionCheckOut
	case day.FirstIn != nil:
		b.Action = ActionDone
	}
	return b
}
