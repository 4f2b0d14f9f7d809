package attendance

import (
	"time"
)

// Direction says whether a punch begins or ends presence.
type Direction string

// Undetermined is what a terminal without function keys sends; the day decides what it means (first is in, later is
// out). Breaks are kept as punches of their own and make neither first in nor last out.
const (
	In           Direction = "in"
	Out          Direction = "out"
	BreakOut     Direction = "break_out"
	BreakIn      Direction = "break_in"
	Undetermined Direction = "auto"
)

// Source says through what a punch came.
type Source string

// The known sources.
const (
	SourceWeb        Source = "web"
	SourceMobile     Source = "mobile"
	SourceKiosk      Source = "kiosk"
	SourceTerminal   Source = "terminal"
	SourceImport     Source = "import"
	SourceCorrection Source = "correction"
	SourceDemo       Source = "demo"
)

// LocationPolicy says what a branch does with punches from outside its sites.
type LocationPolicy string

// Record keeps the evidence, Flag also marks the day, Block refuses the punch.
const (
	PolicyRecord LocationPolicy = "record"
	PolicyFlag   LocationPolicy = "flag"
	PolicyBlock  LocationPolicy = "block"
)

// Policies lists every policy.
func Policies() []LocationPolicy { return []LocationPolicy{PolicyRecord, PolicyFlag, PolicyBlock} }

// Site is a place of work: a circle on the WGS 84 ellipsoid.
type Site struct {
	Name      string  `json:"name"`
	Latitude  float64 `json:"latitude"`  // degrees, -90 to 90
	Longitude float64 `json:"longitude"` // degrees, -180 to 180
	Radius    float64 `json:"radius"`    // metres
}

// Fix is a position that a device reported.
type Fix struct {
	Latitude  float64 `json:"latitude"`  // degrees
	Longitude float64 `json:"longitude"` // degrees
	Accuracy  float64 `json:"accuracy"`  // metres, the radius of 68 % confidence that browsers report
}

// Branch is an office, plant or shop, with the zone its clocks run in.
type Branch struct {
	ID     int64          `json:"id"`
	Code   string         `json:"code"`
	Name   string         `json:"name"`
	Zone   string         `json:"zone"` // IANA name
	Sites  []Site         `json:"sites"`
	Policy LocationPolicy `json:"policy"`
	// MaxAccuracy is the worst accuracy of a position, in metres, that proves anything; see Locate. 0 is the default.
	MaxAccuracy int `json:"max_accuracy"`
	// SharedDevices says that people share devices there, such as a computer in the office: it is no reason for doubt.
	SharedDevices bool `json:"shared_devices"`
	// Networks are those that people's own devices punch from, in CIDR notation; see CheckNetwork. None means anywhere.
	Networks      []string       `json:"networks"`
	NetworkPolicy LocationPolicy `json:"network_policy"` // what becomes of punches from other networks
	// AlsoAt are the ids of branches whose sites and networks count for the people of this one, too.
	AlsoAt []int64 `json:"also_at"`
	// OfflinePolicy and OfflineHours are about claimed times; see Admit. Empty and 0 are the default.
	OfflinePolicy OfflinePolicy `json:"offline_policy"`
	OfflineHours  int           `json:"offline_hours"` // under OfflineHours only
	Active        bool          `json:"active"`
	// LockedThrough is the last work date of the period that is settled, such as by payroll; nil for none. Days up to
	// and with it are not computed again: one whose inputs change is flagged.
	LockedThrough *Date `json:"locked_through,omitempty"`

	borrowed         []Site // see Borrow
	borrowedNetworks []string
}

// Locked tells whether the days of a work date are settled.
func (b *Branch) Locked(d Date) bool { return b.LockedThrough != nil && d <= *b.LockedThrough }

// EmployeeStatus is the state of employment.
type EmployeeStatus string

// Only active employees may punch.
const (
	EmployeeActive   EmployeeStatus = "active"
	EmployeeInactive EmployeeStatus = "inactive"
)

// Employee is a person who checks in and out.
type Employee struct {
	ID         int64          `json:"id"`
	Number     string         `json:"number"` // the employee number, unique in the company
	Name       string         `json:"name"`
	BranchID   int64          `json:"branch_id"`
	Department string         `json:"department"`
	Position   string         `json:"position"`
	Status     EmployeeStatus `json:"status"`
	HiredOn    *Date          `json:"hired_on,omitempty"`
	LeftOn     *Date          `json:"left_on,omitempty"` // last day of employment
	// Forgotten says that only a pseudonym is left of the person, for good: nothing changes any more.
	Forgotten bool `json:"forgotten,omitempty" doc:"@forgotten"`
}

// Day is the roster's Day, but for a date outside employment: nobody is planned then, so that without punches it is a
// day off.
func (e *Employee) Day(r *Roster, d Date, punches []Punch, now time.Time) Day {
	day := r.Day(e.ID, d, punches, now)
	if day.PunchCount > 0 || e.MayPunch(d) {
		return day
	}
	return Day{EmployeeID: e.ID, WorkDate: d, BranchID: day.BranchID, Zone: day.Zone, Status: StatusDayOff,
		Flags: []Flag{}}
}

// Equal tells whether two employees are the same in everything.
func (e Employee) Equal(o Employee) bool {
	dates := func(x, y *Date) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	equal := dates(e.HiredOn, o.HiredOn) && dates(e.LeftOn, o.LeftOn)
	e.HiredOn, e.LeftOn, o.HiredOn, o.LeftOn = nil, nil, nil, nil
	return equal && e == o
}

// MayPunch tells whether a punch of a date counts: the dates of employment decide it, whatever the status has become
// since. The status alone decides about somebody whose last day is not known.
func (e *Employee) MayPunch(d Date) bool {
	return (e.HiredOn == nil || *e.HiredOn <= d) &&
		(e.LeftOn == nil && e.Status == EmployeeActive || e.LeftOn != nil && d <= *e.LeftOn)
}

// LastDay is the last date that MayPunch counts; open where no last day is known. Of somebody who has left, nobody
// knows when, it is the one before the first.
func (e *Employee) LastDay(open Date) Date {
	switch {
	case e.LeftOn != nil:
		return *e.LeftOn
	case e.Status == EmployeeActive:
		return open
	case e.HiredOn != nil:
		return *e.HiredOn - 1
	default:
		return EverSince - 1
	}
}

// Leaves tells whether a change makes somebody leave, or gives who works another last day.
func Leaves(before, after Employee) bool {
	if after.Status == EmployeeInactive {
		return before.Status == EmployeeActive
	}
	return after.LeftOn != nil && (before.LeftOn == nil || *before.LeftOn != *after.LeftOn)
}

// NotEmployed says why punches of a date are refused: CodeEmployeeInactive, or CodeForgotten; nil where they count.
func (e *Employee) NotEmployed(d Date) error {
	switch {
	case e.Forgotten:
		return Forgotten()
	case e.MayPunch(d):
		return nil
	case e.HiredOn != nil && d < *e.HiredOn:
		return NewError(CodeEmployeeInactive, "The employee is hired from "+e.HiredOn.String()+" on.")
	case e.LeftOn != nil:
		return NewError(CodeEmployeeInactive, "The employee's last day was "+e.LeftOn.String()+".")
	default:
		return NewError(CodeEmployeeInactive, "The employee is not active, and no last day is known.")
	}
}

// LocalTime is a time of day in minutes after midnight, 0 to 1439. Its text form is HH:MM.
type LocalTime int16

// BreakMode says what a shift takes off the time between first in and last out.
type BreakMode string

// Fixed takes off BreakMinutes, whatever was punched in between. Punched takes off what the punches show: from a way
// out, or into a break, to the next way in or back, and BreakMinimum at the least. Longer takes off what the punches
// show, and BreakMinutes at the least.
const (
	BreakFixed   BreakMode = "fixed"
	BreakPunched BreakMode = "punched"
	BreakLonger  BreakMode = "longer"
)

// BreakModes lists every mode.
func BreakModes() []BreakMode { return []BreakMode{BreakFixed, BreakPunched, BreakLonger} }

// Shift is a span of work in local time with its rules. End at or before Start means that it ends on the next date.
// All durations are whole minutes.
type Shift struct {
	ID           int64     `json:"id"`
	Code         string    `json:"code"`
	Name         string    `json:"name"`
	Start        LocalTime `json:"start"`
	End          LocalTime `json:"end"`
	OpensBefore  int       `json:"opens_before"`   // the window opens this long before Start; default 120
	ClosesAfter  int       `json:"closes_after"`   // and closes this long after End; default 240
	LateGrace    int       `json:"late_grace"`     // a first in later than Start + LateGrace is late
	EarlyGrace   int       `json:"early_grace"`    // a last out before End - EarlyGrace is early
	BreakMode    BreakMode `json:"break_mode"`     // "" means fixed
	BreakMinutes int       `json:"break_minutes"`  // the fixed break: taken off what exceeds BreakAfter, up to as many
	BreakMinimum int       `json:"break_minimum"`  // likewise, the least that is taken off under BreakPunched
	BreakAfter   int       `json:"break_after"`    // default 240
	HalfDayBelow int       `json:"half_day_below"` // worked minutes under which the day is a half day; 0 turns it off
	// worked minutes under which the day counts as absent; 0 turns it off
	AbsentBelow int  `json:"absent_below"`
	Active      bool `json:"active"`
}

// Assignment gives an employee a weekly pattern from a date on. Pattern has 7 entries per week, Monday first, each a
// shift id or 0 for a day off; more than one week is a rotation, whose first week is the one that holds From.
// Of several assignments that cover a date, the one with the latest From counts.
type Assignment struct {
	ID         int64   `json:"id"`
	EmployeeID int64   `json:"employee_id"`
	From       Date    `json:"from"`
	To         *Date   `json:"to,omitempty"` // last date, inclusive; nil for open
	Pattern    []int64 `json:"pattern"`
}

// Holiday marks a date for the company, one branch or one employee. The nearest scope wins; Working makes the date an
// ordinary one for that scope although a wider scope made it a holiday. BranchID and EmployeeID are 0 where they do not
// apply.
type Holiday struct {
	ID         int64  `json:"id"`
	Date       Date   `json:"date"`
	Name       string `json:"name"`
	BranchID   int64  `json:"branch_id,omitempty"`
	EmployeeID int64  `json:"employee_id,omitempty"`
	Working    bool   `json:"working"`
}

// LeaveKind is the reason of an approved absence.
type LeaveKind string

// All kinds make the day's status on_leave.
const (
	LeaveAnnual LeaveKind = "leave"
	LeaveSick   LeaveKind = "sick"
	LeavePermit LeaveKind = "permit"
)

// LeaveKinds lists them in the order in which they are shown.
func LeaveKinds() []LeaveKind { return []LeaveKind{LeaveAnnual, LeaveSick, LeavePermit} }

// Leave is an approved absence over whole dates, both ends inclusive.
type Leave struct {
	ID         int64     `json:"id"`
	EmployeeID int64     `json:"employee_id"`
	Kind       LeaveKind `json:"kind"`
	From       Date      `json:"from"`
	To         Date      `json:"to"`
}

// Punch is one act of checking in or out. Punches are never changed or removed.
type Punch struct {
	ID          int64      `json:"id"`
	EmployeeID  int64      `json:"employee_id"`
	BranchID    int64      `json:"branch_id"`
	Zone        string     `json:"zone"` // snapshot of the branch's zone
	Direction   Direction  `json:"direction"`
	OccurredAt  time.Time  `json:"occurred_at"` // what the rules use, UTC
	ReceivedAt  time.Time  `json:"received_at"` // the server's clock on arrival, UTC
	ClaimedAt   *time.Time `json:"claimed_at,omitempty"`
	Offline     bool       `json:"offline"` // OccurredAt is the client's claim
	Source      Source     `json:"source"`
	Device      string     `json:"device,omitempty"`
	Fix         *Fix       `json:"fix,omitempty"`
	Distance    *float64   `json:"distance,omitempty"`     // metres to the centre of the nearest site
	OutsideArea bool       `json:"outside_area"`           // see Locate
	Doubts      []Doubt    `json:"doubts,omitempty"`       // what is to be looked at again, sorted
	Moved       *Moved     `json:"moved,omitempty"`        // with DoubtTooFast
	Network     string     `json:"network,omitempty"`      // with DoubtForeignNetwork: the address it came from
	SharedWith  int64      `json:"-"`                      // with DoubtSharedDevice, DoubtKioskHurry: who was before
	DuplicateOf int64      `json:"duplicate_of,omitempty"` // the punch this one repeated when it was recorded
	Note        string     `json:"note,omitempty"`
	Voided      *Voided    `json:"voided,omitempty"` // it counts for nothing
}

// Status is the verdict on a day.
type Status string

// Pending is a day whose window has not closed: not yet in is not absent. Incomplete is a day without check-out when
// the window closed.
const (
	StatusPending    Status = "pending"
	StatusPresent    Status = "present"
	StatusLate       Status = "late"
	StatusHalfDay    Status = "half_day"
	StatusAbsent     Status = "absent"
	StatusOnLeave    Status = "on_leave"
	StatusHoliday    Status = "holiday"
	StatusDayOff     Status = "day_off"
	StatusIncomplete Status = "incomplete"
)

// Statuses lists every status in the order in which screens and reports show them.
func Statuses() []Status {
	return []Status{StatusPresent, StatusLate, StatusHalfDay, StatusIncomplete, StatusAbsent, StatusOnLeave,
		StatusHoliday, StatusDayOff, StatusPending}
}

// Flag is a remark on a day that a person may want to review.
type Flag string

// The known flags.
const (
	FlagOffShift       Flag = "off_shift"       // punches outside every window
	FlagOffline        Flag = "offline"         // a punch carried the client's time
	FlagOutsideArea    Flag = "outside_area"    // a punch from outside the sites, under policy flag or block
	FlagInaccurate     Flag = "inaccurate"      // a position worse than the branch allows, under policy flag or block
	FlagForeignNetwork Flag = "foreign_network" // from none of the branch's networks, under their policy flag or block
	FlagImplausible    Flag = "implausible"     // a position or device that is hard to believe; see implausible
	FlagClock          Flag = "clock"           // a device's own clocks contradict the time that it claimed for a punch
	FlagRepeatedHour   Flag = "repeated_hour"   // a terminal or file told a time that clocks show twice
	FlagEarlyOut       Flag = "early_out"       // last out before End - EarlyGrace
	FlagOnHoliday      Flag = "on_holiday"      // worked on a holiday
	FlagOnDayOff       Flag = "on_day_off"      // worked on a day off
	FlagOnLeave        Flag = "on_leave"        // worked although on leave
	FlagCorrected      Flag = "corrected"       // a correction contributed a punch
	FlagNoCheckIn      Flag = "no_check_in"     // an out with no in before it
	FlagEarlyIn        Flag = "early_in"        // the first in came before the window opened
	FlagLateOut        Flag = "late_out"        // the last out came after the window had closed
	FlagQuickOut       Flag = "quick_out"       // in and out, or out and in, within 60 s of each other
	FlagOpenBreak      Flag = "open_break"      // away from an out or into a break, never in again before the last out
	FlagUnpaired       Flag = "unpaired"        // one of the punches that say no direction has no partner
	FlagLocked         Flag = "locked"          // its inputs changed after its period was locked
)

// Day is the derived state of one employee on one work date. It can always be computed again from its inputs. All
// instants are UTC; the minutes are whole and never negative.
type Day struct {
	EmployeeID      int64      `json:"employee_id"`
	WorkDate        Date       `json:"work_date"`
	BranchID        int64      `json:"branch_id"`
	Zone            string     `json:"zone"`
	ShiftID         int64      `json:"shift_id,omitempty"` // 0 without a shift
	ShiftName       string     `json:"shift_name,omitempty"`
	ShiftStart      *time.Time `json:"shift_start,omitempty"`
	ShiftEnd        *time.Time `json:"shift_end,omitempty"`
	WindowOpens     *time.Time `json:"window_opens,omitempty"`
	WindowCloses    *time.Time `json:"window_closes,omitempty"`
	FirstIn         *time.Time `json:"first_in,omitempty"`
	LastOut         *time.Time `json:"last_out,omitempty"`
	Status          Status     `json:"status"`
	LateMinutes     int        `json:"late_minutes"`
	EarlyMinutes    int        `json:"early_minutes"`
	WorkedMinutes   int        `json:"worked_minutes"`
	OvertimeMinutes int        `json:"overtime_minutes"`
	Flags           []Flag     `json:"flags"`
	PunchCount      int        `json:"punch_count"` // repeats within 60 s not counted
	Inside          bool       `json:"inside"`      // the last punch that counts led in, and the day is not over
	Version         int64      `json:"version"`     // rises with every change; 0 for a day that was never stored
	UpdatedAt       time.Time  `json:"updated_at"`
}

// Entry is a day with what a list shows beside it. The HTTP API and the real-time events carry the same form.
type Entry struct {
	Day
	EmployeeNumber string `json:"employee_number"`
	EmployeeName   string `json:"employee_name"`
	Department     string `json:"department"`
	BranchCode     string `json:"branch_code"`
	BranchName     string `json:"branch_name"`
	// LastPunch is what was recorded last for the day. Events and the board carry it, lists leave it out.
	LastPunch *LastPunch `json:"last_punch,omitempty"`
}

// LastPunch says which punch made news of a day.
type LastPunch struct {
	ID         int64     `json:"id"`
	Direction  Direction `json:"direction"` // never Undetermined: the day decided
	OccurredAt time.Time `json:"occurred_at"`
}

// Summary counts one branch's active employees by status on one of its own dates.
type Summary struct {
	BranchID   int64          `json:"branch_id"`
	BranchCode string         `json:"branch_code"`
	BranchName string         `json:"branch_name"`
	Zone       string         `json:"zone"`
	WorkDate   Date           `json:"work_date"`
	Headcount  int            `json:"headcount"`
	CheckedIn  int            `json:"checked_in"` // with a first in
	Inside     int            `json:"inside"`     // in and not out since; of today, also on a night of yesterday
	ToReview   int            `json:"to_review"`  // punches that wait for a decision; of no date
	Counts     map[Status]int `json:"counts"`     // sums to Headcount; who has no day yet counts as the plan says
	AsOf       time.Time      `json:"as_of"`
}

// Reopens tells which dates another state of a branch opens again: those that were settled and no longer are, and, with
// another zone, all of them.
func (b *Branch) Reopens(after *Branch) (from, to Date, some bool) {
	switch {
	case b.Zone != after.Zone:
		return EverSince, OpenEnd, true
	case b.LockedThrough == nil || after.LockedThrough != nil && *after.LockedThrough >= *b.LockedThrough:
		return 0, 0, false
	case after.LockedThrough == nil:
		return EverSince, *b.LockedThrough, true
	}
	return *after.LockedThrough + 1, *b.LockedThrough, true
}
