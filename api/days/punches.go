package days

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/evidence"
	"hadir/internal/kiosk"
	"hadir/internal/telemetry"

	"github.com/google/uuid"
)

type punchBody struct {
	EmployeeID int64      `json:"employee_id,omitempty" minimum:"1" doc:"@punchBody.employee_id"`
	Latitude   *float64   `json:"latitude,omitempty" minimum:"-90" maximum:"90" doc:"Degrees; goes with longitude."`
	Longitude  *float64   `json:"longitude,omitempty" minimum:"-180" maximum:"180" doc:"Degrees."`
	Accuracy   *float64   `json:"accuracy,omitempty" minimum:"0" maximum:"100000" doc:"@punchBody.accuracy"`
	OccurredAt *time.Time `json:"occurred_at,omitempty" doc:"@punchBody.occurred_at"`
	Contact    string     `json:"contact,omitempty" maxLength:"100" doc:"@punchBody.contact"`
	Since      int64      `json:"since_contact,omitempty" minimum:"0" maximum:"604800000" doc:"@punchBody.since"`
	Age        int64      `json:"age,omitempty" minimum:"0" maximum:"604800000" doc:"@punchBody.age"`
	Note       string     `json:"note,omitempty" maxLength:"500" text:"lines"`
	Confirm    bool       `json:"confirm,omitempty" doc:"@punchBody.confirm"`
	Kiosk      string     `json:"kiosk,omitempty" maxLength:"100" doc:"@punchBody.kiosk"`
	Device     string     `json:"device,omitempty" maxLength:"100"`
	DeviceID   string     `json:"device_id,omitempty" minLength:"16" maxLength:"100" doc:"@punchBody.device_id"`
}

type punchInput struct {
	Key  string     `header:"Idempotency-Key" maxLength:"100" pattern:"^[!-~]*$" doc:"@punchInput.Idempotency-Key"`
	Body *punchBody `required:"false"`
}

type punchOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed" doc:"@punchOutput.Idempotent-Replayed"`
	Body     punched
}

// punched is the answer to a check-in or check-out.
type punched struct {
	Punch *attendance.Punch   `json:"punch,omitempty" doc:"@punched.punch"`
	Day   *attendance.Day     `json:"day,omitempty" doc:"The day as it was right after the punch was first recorded."`
	Kept  *attendance.Request `json:"correction,omitempty" doc:"@punched.correction"`
}

func (a *API) registerPunches(r *rest.Router) {
	a.registerPunch(r, attendance.In, "check-in", "Check in")
	a.registerPunch(r, attendance.Out, "check-out", "Check out")
	a.registerVoids(r)
	a.registerPunchLists(r)
	a.registerClaims(r)
	rest.Handle(r, rest.Op("GET /api/me/today", "my-today",
		"The caller's own day, and what the button does now", tagAttendance), rest.Own, a.myToday)
}

func (a *API) registerPunch(r *rest.Router, d attendance.Direction, name, summary string) {
	op := rest.Op("POST /api/attendances/"+name, name, summary, tagAttendance, http.StatusConflict,
		http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusTooManyRequests)
	op.DefaultStatus = http.StatusCreated
	op.MaxBodyBytes = 16 << 10
	op.Description = "Answered when it is stored. 201 the first time, 200 with the same punch, its day as it is by " +
		"then, and Idempotent-Replayed after that. 202 for a claimed time that is not taken by itself: it waits as " +
		"a correction. In the other direction within 60 s of the last one it is asked about: 409 " +
		"confirm_direction, until confirm says that it is meant. Whose account is linked to no employee is answered " +
		"422 no_employee."
	rest.HandleOutput(r, op, rest.Own, func(ctx context.Context, in *punchInput) (*punchOutput, error) {
		out, err := a.punch(ctx, d, in)
		result := "recorded"
		switch {
		case err != nil:
			result = string(attendance.CodeOf(err))
		case out.Body.Kept != nil:
			result = "kept"
		case out.Replayed != "":
			result = "replayed"
		}
		a.checkIns.WithLabelValues(string(d), result).Inc()
		if in.Body != nil && in.Body.Kiosk != "" {
			a.o.AtKiosks.WithLabelValues(string(kiosk.QR), result).Inc()
		}
		return out, err
	})
}

func (a *API) punch(ctx context.Context, d attendance.Direction, in *punchInput) (*punchOutput, error) {
	u := rest.UserOf(ctx)
	if in.Body != nil && in.Body.EmployeeID != 0 && in.Body.EmployeeID != u.EmployeeID {
		return nil, attendance.NewError(account.CodeOtherPerson, "Somebody else is signed in.")
	}
	if u.EmployeeID == 0 {
		return nil, rest.NoEmployee()
	}
	body := in.Body
	if body == nil {
		body = &punchBody{}
	}
	now := a.o.Clock.Now()
	p := attendance.NewPunch{EmployeeID: u.EmployeeID, Direction: d, OccurredAt: now,
		Source: sourceOf(rest.ClientOf(ctx).UserAgent),
		Device: body.Device, DeviceHash: evidence.DeviceHash(body.DeviceID), Note: body.Note, IdempotencyKey: in.Key,
		Trace: telemetry.Handover(ctx), Address: rest.ClientOf(ctx).Address, Asks: !body.Confirm, Limits: a.o.Limits}
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = uuid.NewString()
	}
	if body.OccurredAt != nil {
		claimed := body.OccurredAt.UTC()
		if err := attendance.AcceptClaim(claimed, now); err != nil {
			return nil, err
		}
		p.ClaimedAt, p.Offline = &claimed, true
		if claimed.Before(now) { // else the device's clock is ahead
			p.OccurredAt = claimed
		}
		var err error
		if p.Claim, err = a.claim(ctx, body, now); err != nil {
			return nil, err
		}
	}
	var err error
	if p.Fix, err = body.fix(); err != nil {
		return nil, err
	}
	if body.Kiosk != "" {
		if err := a.atKiosk(ctx, &p, body.Kiosk); err != nil {
			return nil, err
		}
	}
	if p.RequestHash, err = requestHash(d, body); err != nil {
		return nil, err
	}
	r, err := a.record(ctx, p, now)
	var waits attendance.Waits
	if errors.As(err, &waits) {
		return a.keep(ctx, &p, waits, r.Punch)
	}
	if err != nil {
		return nil, err
	}
	if r.Punch.ID == 0 { // the code was used with another key
		return nil, attendance.NewError(kiosk.CodeUsed, "This code was used already.")
	}
	out := &punchOutput{Status: http.StatusCreated, Body: punched{Punch: &r.Punch, Day: &r.Day}}
	if r.Replayed {
		out.Status, out.Replayed = http.StatusOK, "true"
	}
	return out, nil
}

// atKiosk makes a punch one at the kiosk whose code was scanned. What is wrong with the code is said only if the punch
// is not stored already: an answer that was lost is asked for again when the code is long over.
func (a *API) atKiosk(ctx context.Context, p *attendance.NewPunch, code string) error {
	if p.ClaimedAt != nil {
		return attendance.Invalid("kiosk", "The code of a kiosk goes with a punch that is made now.")
	}
	scanned, err := kiosk.ParseCode(code)
	if err != nil {
		return err
	}
	k, err := a.o.Store.Kiosks.Kiosk(ctx, scanned.KioskID)
	if err != nil && attendance.CodeOf(err) != attendance.CodeNotFound {
		return err
	}
	if p.Refused = k.Check(scanned, a.o.Clock.Now()); p.Refused == nil {
		p.KioskOwn, p.Refused = a.o.Store.Kiosks.Own(ctx, &k, p.EmployeeID)
	}
	p.Address = k.Address // the tablet's: the phone may use its own network
	p.Source, p.Fix, p.Device = attendance.SourceKiosk, nil, k.Name
	p.KioskBranch, p.KioskPhone = k.BranchID, true
	p.LineKey = scanned.UseKey(p.EmployeeID)
	return nil
}

// requestHash covers everything that makes two requests the same: a key that comes back with anything else is a
// mistake. Keys belong to one person, so it does not matter whether the request named them; nor does it whether a
// question was answered that the first attempt did not raise, or how long ago the punch was by then.
func requestHash(d attendance.Direction, body *punchBody) (hash [16]byte, err error) {
	unnamed := *body
	unnamed.EmployeeID, unnamed.Confirm, unnamed.Age = 0, false, 0
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
