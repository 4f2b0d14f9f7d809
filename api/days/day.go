package days

import (
	"context"
	"slices"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days/lists"
)

type myToday struct {
	Now     time.Time                 `json:"now"`
	Zone    string                    `json:"zone"`
	Button  attendance.Button         `json:"button"`
	Day     attendance.Entry          `json:"day"`
	Shift   *attendance.Shift         `json:"shift"`
	Punches []attendance.Punch        `json:"punches"`
	Why     []attendance.Reason       `json:"why"`
	Policy  attendance.LocationPolicy `json:"policy"`
	Sites   []attendance.Site         `json:"sites"`
	Offline attendance.OfflinePolicy  `json:"offline_policy" doc:"@offline"`
	Contact string                    `json:"contact,omitempty" doc:"@contact"`
	Waiting []attendance.Request      `json:"waiting" doc:"@myToday.waiting"`
}

func (a *API) myToday(ctx context.Context, _ *struct{}) (out myToday, err error) {
	id := rest.UserOf(ctx).EmployeeID
	if id == 0 {
		return out, rest.NoEmployee()
	}
	now := a.o.Clock.Now()
	p, err := a.o.Store.Lists.PersonNow(ctx, id, now)
	if err != nil {
		return out, err
	}
	button, err := p.Button(ctx, now)
	if err != nil {
		return out, err
	}
	day, err := lookAt(ctx, p, button.WorkDate)
	if err != nil {
		return out, err
	}
	detail, err := a.detail(ctx, day, now)
	if err != nil {
		return out, err
	}
	branch := p.Roster.On(day.date).Branch
	out = myToday{Now: now, Zone: branch.Zone, Button: button, Day: detail.Day, Punches: detail.Punches,
		Why: detail.Why, Policy: branch.Policy, Sites: branch.Places(), Offline: branch.OfflinePolicy,
		Waiting: []attendance.Request{}}
	if p.Claims {
		if out.Waiting, err = a.waiting(ctx, id); err != nil {
			return out, err
		}
	}
	who := rest.CallerOf(ctx)
	out.Contact = a.o.Meetings.Prove(ctx, &who, now)
	if s, ok := p.Roster.ShiftOn(day.date); ok {
		out.Shift = &s
	}
	return out, nil
}

// dayDetail is a day with the punches it was made of.
type dayDetail struct {
	Day     attendance.Entry    `json:"day"`
	Punches []attendance.Punch  `json:"punches" doc:"@dayDetail.punches"`
	Before  string              `json:"punches_before,omitempty" doc:"@dayDetail.punches_before"`
	Why     []attendance.Reason `json:"why" doc:"@dayDetail.why"`
	all     []attendance.Punch
}

// look is a date of somebody with what its day is made of.
type look struct {
	*lists.Person

	date    attendance.Date
	punches []attendance.Punch // all that the date may take, by when they were made
	stored  *attendance.Entry  // nil for none
}

func lookAt(ctx context.Context, p *lists.Person, d attendance.Date) (l look, err error) {
	l.Person, l.date = p, d
	l.punches, l.stored, err = p.On(ctx, d)
	return l, err
}

// own are the punches that count for the date, or would if they were not voided.
func (l *look) own() []attendance.Punch {
	own := append(l.Roster.PunchesOf(l.date, l.punches), l.Roster.VoidedOn(l.date, l.punches)...)
	slices.SortStableFunc(own, func(p, q attendance.Punch) int { return p.OccurredAt.Compare(q.OccurredAt) })
	return own
}

// detail computes a day from its punches; the stored one goes before it, so that events can be merged. The branch is
// that of the stored day, else the one to which the employee belongs on the date.
func (a *API) detail(ctx context.Context, l look, now time.Time) (out dayDetail, err error) {
	e := &l.Employee
	day := e.Day(l.Roster, l.date, l.punches, now)
	why := l.Roster.Explain(e.ID, l.date, l.punches, now)
	if day.PunchCount == 0 && !e.MayPunch(l.date) {
		why = []attendance.Reason{{Code: attendance.ReasonNotEmployed}}
	}
	entry := attendance.Entry{Day: day, EmployeeNumber: e.Number, EmployeeName: e.Name,
		Department: l.Department(l.date)}
	branch := l.Roster.On(l.date).Branch
	entry.BranchCode, entry.BranchName = branch.Code, branch.Name
	switch {
	case l.stored != nil:
		if l.stored.Status != day.Status {
			why = append(why, attendance.Reason{Code: attendance.ReasonStored, Name: string(l.stored.Status)})
		}
		entry = *l.stored
	case day.Status == attendance.StatusAbsent && day.PunchCount == 0:
		first, covered, err := a.o.Store.Recaps.CoveredFrom(ctx, branch.ID)
		if err != nil {
			return out, err
		}
		if covered && l.date < first { // as lists and reports, which have no day
			entry.Status = attendance.StatusPending
			why = append(why, attendance.Reason{Code: attendance.ReasonUncovered})
		}
	}
	if why, err = a.nameSharers(ctx, why, l.punches); err != nil {
		return out, err
	}
	if l.Changed {
		changes, err := a.o.Store.Audit.OwnChanges(ctx, e.ID, l.date)
		if err != nil {
			return out, err
		}
		why = append(why, changes...)
	}
	own := l.own()
	latest, before, err := latestPunches(own, "", mostPunches)
	return dayDetail{Punches: latest, Before: before, Why: why, Day: entry, all: own}, err
}

// nameSharers says who else used the device of a punch, where the caller may see them.
func (a *API) nameSharers(ctx context.Context, why []attendance.Reason,
	punches []attendance.Punch) ([]attendance.Reason, error) {
	with, ids := map[int64]int64{}, []int64{}
	for i := range punches {
		if other := punches[i].SharedWith; other != 0 {
			with[punches[i].ID] = other
			ids = append(ids, other)
		}
	}
	if len(ids) == 0 {
		return why, nil
	}
	others, err := a.o.Store.Employees.ByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	u, names := rest.UserOf(ctx), make(map[int64]string, len(others))
	for _, e := range others {
		if u.SeesEmployee(e.ID, e.BranchID) {
			names[e.ID] = e.Name + " (" + e.Number + ")"
		}
	}
	for i := range why {
		if c := why[i].Code; c == attendance.ReasonSharedDevice || c == attendance.ReasonKioskHurry {
			why[i].Name = names[with[why[i].Punch]]
		}
	}
	return why, nil
}

// DayInput names a day of somebody.
type DayInput struct {
	EmployeeID string `path:"employee_id"`
	Date       string `path:"date" example:"2026-11-23"`
}

func (a *API) day(ctx context.Context, in *DayInput) (out dayDetail, err error) {
	id, err := strconv.ParseInt(in.EmployeeID, 10, 64)
	if err != nil {
		return out, rest.NotFound()
	}
	date, err := rest.ParseDate("date", in.Date)
	if err != nil {
		return out, err
	}
	if out, err = a.dayOf(ctx, id, date); err != nil {
		return out, err
	}
	if u := rest.UserOf(ctx); !u.SeesEmployee(id, out.Day.BranchID) { // as the lists decide it
		return dayDetail{}, rest.NotFound()
	}
	return out, nil
}

// dayOf reads somebody's day, whoever asks.
func (a *API) dayOf(ctx context.Context, employeeID int64, d attendance.Date) (out dayDetail, err error) {
	p, err := a.o.Store.Lists.Person(ctx, employeeID, d, 0)
	if err != nil {
		return out, err
	}
	l, err := lookAt(ctx, p, d)
	if err != nil {
		return out, err
	}
	return a.detail(ctx, l, a.o.Clock.Now())
}
