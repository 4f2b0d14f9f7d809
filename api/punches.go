package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/telemetry"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

const tagAttendance = "Attendance"

type punchBody struct {
	EmployeeID int64      `json:"employee_id,omitempty" minimum:"1" doc:"The person for whom the punch is meant, as the device knows them: it is refused as other_person (409) where the session is somebody else's, such as on a browser that several people use. Pages always send it; without it the session alone decides."`
	Latitude   *float64   `json:"latitude,omitempty" minimum:"-90" maximum:"90" doc:"Degrees; goes with longitude."`
	Longitude  *float64   `json:"longitude,omitempty" minimum:"-180" maximum:"180" doc:"Degrees."`
	Accuracy   *float64   `json:"accuracy,omitempty" minimum:"0" maximum:"100000" doc:"Metres, as the device reports it."`
	OccurredAt *time.Time `json:"occurred_at,omitempty" doc:"When a punch was made that waited on the device for the network: at most 72 h ago, at most 2 min ahead. Leave it out otherwise; the server's clock decides."`
	Note       string     `json:"note,omitempty" maxLength:"500"`
	Device     string     `json:"device,omitempty" maxLength:"100"`
}

type punchInput struct {
	Key  string     `header:"Idempotency-Key" maxLength:"100" pattern:"^[!-~]*$" doc:"Chosen by the client, once per punch; sending it again answers as the first time. Made by the server when missing."`
	Body *punchBody `required:"false"`
}

type punchOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed" doc:"true when the key was known or the punch repeated another within 60 s."`
	Body     punched
}

// punched is the answer to a check-in or check-out.
type punched struct {
	Punch attendance.Punch `json:"punch"`
	Day   attendance.Day   `json:"day" doc:"The day as it was right after the punch was first recorded."`
}

func (a *API) registerPunches(h huma.API) {
	for _, p := range []struct {
		direction attendance.Direction
		path, sum string
	}{{attendance.In, "check-in", "Check in"}, {attendance.Out, "check-out", "Check out"}} {
		op := private(http.MethodPost, "/api/attendances/"+p.path, p.path, p.sum, tagAttendance, http.StatusConflict,
			http.StatusBadRequest, http.StatusUnsupportedMediaType)
		op.DefaultStatus = http.StatusCreated
		op.MaxBodyBytes = 16 << 10
		op.Description = "Answered when it is stored. 201 the first time, 200 with the same body and " +
			"Idempotent-Replayed after that."
		huma.Register(h, op, func(ctx context.Context, in *punchInput) (*punchOutput, error) {
			out, err := a.punch(ctx, p.direction, in)
			result := "recorded"
			switch {
			case err != nil:
				result = string(attendance.CodeOf(err))
			case out.Replayed != "":
				result = "replayed"
			}
			a.checkIns.WithLabelValues(string(p.direction), result).Inc()
			return out, a.fail(ctx, err)
		})
	}
	huma.Register(h, private(http.MethodGet, "/api/me/today", "my-today",
		"The caller's own day, and what the button does now", tagAttendance), a.myToday)
}

func (a *API) punch(ctx context.Context, d attendance.Direction, in *punchInput) (*punchOutput, error) {
	who := callerOf(ctx)
	if in.Body != nil && in.Body.EmployeeID != 0 && in.Body.EmployeeID != who.user.EmployeeID {
		return nil, otherPerson()
	}
	if who.user.EmployeeID == 0 {
		return nil, attendance.NewError(attendance.CodeNoEmployee, "The account is not linked to an employee.")
	}
	body := in.Body
	if body == nil {
		body = &punchBody{}
	}
	now := a.o.Clock.Now()
	p := attendance.NewPunch{EmployeeID: who.user.EmployeeID, Direction: d, OccurredAt: now,
		Source: sourceOf(clientOf(ctx).userAgent),
		Device: body.Device, Note: body.Note, IdempotencyKey: strings.Clone(in.Key), Trace: telemetry.Handover(ctx)}
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = uuid.NewString()
	}
	if body.OccurredAt != nil {
		claimed := body.OccurredAt.UTC()
		if err := attendance.AcceptClaim(claimed, now); err != nil {
			return nil, err
		}
		p.OccurredAt, p.ClaimedAt, p.Offline = claimed, &claimed, true
	}
	var err error
	if p.Fix, err = body.fix(); err != nil {
		return nil, err
	}
	if p.RequestHash, err = requestHash(d, body); err != nil {
		return nil, err
	}
	r, err := a.o.Recorder.Record(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &punchOutput{Status: http.StatusCreated, Body: punched{r.Punch, r.Day}}
	if r.Replayed {
		out.Status, out.Replayed = http.StatusOK, "true"
	}
	return out, nil
}

// requestHash covers everything that makes two requests the same: a key that comes back with anything else is a
// mistake. Keys belong to one person, so it does not matter whether the request named them.
func requestHash(d attendance.Direction, body *punchBody) (hash [16]byte, err error) {
	unnamed := *body
	unnamed.EmployeeID = 0
	j, err := json.Marshal(struct {
		D attendance.Direction
		B *punchBody
	}{d, &unnamed})
	if err != nil {
		return hash, err
	}
	sum := sha256.Sum256(j)
	copy(hash[:], sum[:])
	return hash, nil
}

func (b *punchBody) fix() (*attendance.Fix, error) {
	if b.Latitude == nil && b.Longitude == nil {
		return nil, nil
	}
	if b.Latitude == nil || b.Longitude == nil {
		return nil, attendance.Invalid("latitude", "Latitude and longitude go together.")
	}
	f := &attendance.Fix{Latitude: *b.Latitude, Longitude: *b.Longitude}
	if b.Accuracy != nil {
		f.Accuracy = *b.Accuracy
	}
	return f, f.Validate()
}

// sourceOf tells phones from other browsers by the word that mobile browsers put into their name.
func sourceOf(userAgent string) attendance.Source {
	if strings.Contains(userAgent, "Mobi") {
		return attendance.SourceMobile
	}
	return attendance.SourceWeb
}

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
}

func (a *API) myToday(ctx context.Context, _ *struct{}) (*answer[myToday], error) {
	id := callerOf(ctx).user.EmployeeID
	if id == 0 {
		return nil, a.fail(ctx,
			attendance.NewError(attendance.CodeNoEmployee, "The account is not linked to an employee."))
	}
	now := a.o.Clock.Now()
	utc := attendance.DateOf(now, time.UTC)
	e, r, err := a.o.Store.Roster(ctx, id, utc.AddDays(-2), utc.AddDays(2))
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	date, _ := r.WorkDate(now)
	punches, err := a.punchesAround(ctx, e.ID, r, date)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	button := r.Button(punches, now)
	if button.WorkDate != date { // out of a window that closed yesterday
		date = button.WorkDate
		if punches, err = a.punchesAround(ctx, e.ID, r, date); err != nil {
			return nil, a.fail(ctx, err)
		}
	}
	detail, err := a.detail(ctx, e, r, date, punches, now)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	branch := r.On(date).Branch
	out := myToday{Now: now, Zone: branch.Zone, Button: button, Day: detail.Day, Punches: detail.Punches,
		Why: detail.Why, Policy: branch.Policy, Sites: branch.Sites}
	if s, ok := r.ShiftOn(date); ok {
		out.Shift = &s
	}
	return &answer[myToday]{out}, nil
}

// dayDetail is a day with the punches it was made of.
type dayDetail struct {
	Day     attendance.Entry    `json:"day"`
	Punches []attendance.Punch  `json:"punches" doc:"Oldest first: those of this date, with repeats, punches outside the shift's window, and voided ones, which count for nothing."`
	Why     []attendance.Reason `json:"why" doc:"Why the status is what it is, in the order in which a person would tell it."`
}

// punchesAround loads the punches that a date's day takes.
func (a *API) punchesAround(ctx context.Context, id int64, r *attendance.Roster, d attendance.Date) ([]attendance.Punch,
	error) {
	from, to := r.PunchRange(d)
	return a.o.Store.Punches(ctx, id, from, to)
}

// detail computes a day from its punches, which punchesAround loaded; the stored one goes before it, so that events can
// be merged. The branch is that of the stored day, else the one to which the employee belongs on the date.
func (a *API) detail(ctx context.Context, e attendance.Employee, r *attendance.Roster, date attendance.Date,
	all []attendance.Punch, now time.Time) (dayDetail, error) {
	day := e.Day(r, date, all, now)
	stored, _, err := a.o.Store.History(ctx,
		store.DayFilter{From: date, To: date, EmployeeIDs: []int64{e.ID}, Limit: 1})
	if err != nil {
		return dayDetail{}, err
	}
	why := r.Explain(e.ID, date, all, now)
	if day.PunchCount == 0 && !e.MayPunch(date) {
		why = []attendance.Reason{{Code: attendance.ReasonNotEmployed}}
	}
	entry := attendance.Entry{Day: day, EmployeeNumber: e.Number, EmployeeName: e.Name, Department: e.Department}
	branch := r.On(date).Branch
	entry.BranchCode, entry.BranchName = branch.Code, branch.Name
	if len(stored) == 0 && day.Status == attendance.StatusAbsent && day.PunchCount == 0 {
		first, covered, err := a.o.Store.CoveredFrom(ctx, branch.ID)
		if err != nil {
			return dayDetail{}, err
		}
		if covered && date < first { // as lists and reports, which have no day
			entry.Status = attendance.StatusPending
			why = append(why, attendance.Reason{Code: attendance.ReasonUncovered})
		}
	}
	if len(stored) == 1 {
		if stored[0].Status != day.Status {
			why = append(why, attendance.Reason{Code: attendance.ReasonStored, Name: string(stored[0].Status)})
		}
		entry = stored[0]
	}
	own := r.PunchesOf(date, all)
	for i := range all {
		if d, _ := r.WorkDate(all[i].OccurredAt); all[i].Voided != nil && d == date {
			own = append(own, all[i])
		}
	}
	slices.SortStableFunc(own, func(p, q attendance.Punch) int { return p.OccurredAt.Compare(q.OccurredAt) })
	return dayDetail{Punches: own, Why: why, Day: entry}, nil
}

type dayInput struct {
	EmployeeID string `path:"employee_id"`
	Date       string `path:"date" example:"2026-11-23"`
}

func (a *API) day(ctx context.Context, in *dayInput) (*answer[dayDetail], error) {
	id, err := strconv.ParseInt(in.EmployeeID, 10, 64)
	if err != nil {
		return nil, a.fail(ctx, notFound())
	}
	date, err := parseDate("date", in.Date)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	e, r, err := a.o.Store.Roster(ctx, id, date, date)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	punches, err := a.punchesAround(ctx, e.ID, r, date)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	out, err := a.detail(ctx, e, r, date, punches, a.o.Clock.Now())
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if u := callerOf(ctx).user; !u.SeesEmployee(e.ID, out.Day.BranchID) { // as the lists decide it
		return nil, a.fail(ctx, notFound())
	}
	return &answer[dayDetail]{out}, nil
}

// parseDate reads a date of a request; "" is the zero date.
func parseDate(field, s string) (attendance.Date, error) {
	if s == "" {
		return 0, nil
	}
	d, err := attendance.ParseDate(s)
	if err != nil || d < attendance.NewDate(1990, 1, 1) || d > attendance.NewDate(2200, 1, 1) {
		return 0, &attendance.Error{Code: attendance.CodeInvalidDate, Field: field,
			Message: "A date of the form YYYY-MM-DD is expected."}
	}
	return d, nil
}
