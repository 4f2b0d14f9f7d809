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
// date decides: someone who is in may still check out, and anyone else checks in.
func (r *Roster) Button(punches []Punch, now time.Time) Button {
	d, off := r.WorkDate(now)
	b := Button{Action: ActionCheckIn, WorkDate: d, OffShift: off}
	w, planned := r.WindowOn(d)
	var some [16]*Punch
	own := r.own(some[:0], d, w, planned, punches)
	if off {
		read := reader{w: w, planned: planned}
		for _, p := range own {
			switch m := read.next(p); {
			case m.repeats != nil:
			case m.direction == In:
				b.Action = ActionCheckOut
			case m.direction == Out:
				b.Action = ActionCheckIn
			}
		}
		return b
	}
	var day Day
	r.firstAndLast(&day, w, planned, own)
	switch {
	case day.FirstIn != nil && day.LastOut != nil:
		b.Action = ActionDone
	case day.FirstIn != nil:
		b.Action = ActionCheckOut
	}
	return b
}
