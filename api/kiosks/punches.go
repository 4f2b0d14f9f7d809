package kiosks

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/evidence"
	"hadir/internal/kiosk"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/ledger"
	"hadir/internal/telemetry"

	"github.com/google/uuid"
)

type kioskPunchInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"100" pattern:"^[!-~]*$" doc:"@punchInput.Idempotency-Key"`
	Body struct {
		Number    string `json:"number,omitempty" maxLength:"64" text:"line" doc:"The employee number; goes with pin."`
		PIN       string `json:"pin,omitempty" maxLength:"20" text:"secret" doc:"Goes with number."`
		Card      string `json:"card,omitempty" maxLength:"64" text:"line" doc:"@kiosk.card"`
		Direction string `json:"direction,omitempty" enum:"in,out" doc:"@kiosk.direction"`
		Confirm   bool   `json:"confirm,omitempty" doc:"@punchBody.confirm"`

		Unanswered []kiosk.Unanswered `json:"unanswered,omitempty" maxItems:"10" doc:"@kiosk.unanswered"`
	}
}

// mode is how somebody identifies themselves.
func (in *kioskPunchInput) mode() (kiosk.Mode, error) {
	switch b := &in.Body; {
	case b.Card != "" && b.Number == "" && b.PIN == "":
		return kiosk.Badge, nil
	case b.Card == "" && b.Number != "" && b.PIN != "":
		return kiosk.PIN, nil
	}
	return "", attendance.Invalid("number", "Number and PIN go together, or a card goes alone.")
}

// kioskPunch is a punch as the tablet shows it.
type kioskPunch struct {
	PunchID    int64                `json:"punch_id"`
	Name       string               `json:"name" doc:"The person's."`
	Direction  attendance.Direction `json:"direction" enum:"in,out"`
	OccurredAt time.Time            `json:"occurred_at"`
	WorkDate   attendance.Date      `json:"work_date"`
	Late       int                  `json:"late_minutes,omitempty" doc:"Of who came late by this punch."`
	UndoUntil  *time.Time           `json:"undo_until,omitempty" doc:"@kioskPunch.undo_until"`
}

type kioskPunchOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed" doc:"@punchOutput.Idempotent-Replayed"`
	Body     kioskPunch
}

func (a *api) registerPunches(r *rest.Router) {
	punch := rest.Op("POST /api/kiosk/punches", "punch-at-kiosk", "Punch by number and PIN, or by a card", tagKiosks,
		http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests)
	punch.DefaultStatus = http.StatusCreated
	punch.Description = "Answered when it is stored: 201 the first time, 200 with Idempotent-Replayed for a repeat. " +
		"A wrong number, a wrong PIN and none are one and the same 422 `kiosk_refused`; five within 15 minutes of " +
		"one number, or 20 of one kiosk, are answered 429. In the other direction within 60 s of the last one it is " +
		"asked about: 409 confirm_direction, until confirm says that it is meant. Who comes once more after an " +
		"answer that the tablet did not get is answered with the punch of then. The branch's network_policy holds " +
		"for the tablet's address (422 foreign_network); whoever vouches for the kiosk is answered 403 own_days."
	rest.HandleOutput(r, punch, rest.Tablet, a.punch)
	void := rest.Op("POST /api/kiosk/punches/{id}/void", "void-kiosk-punch", "Take back what somebody else punched",
		tagKiosks, http.StatusNotFound, http.StatusConflict)
	void.Description = "Within 60 s of its arrival, the person's last one, and only at the kiosk that took it."
	void.DefaultStatus = http.StatusNoContent
	rest.Handle(r, void, rest.Tablet, rest.Do(a.void))
}

func (a *api) punch(ctx context.Context, in *kioskPunchInput) (*kioskPunchOutput, error) {
	mode, err := in.mode()
	if err != nil {
		return nil, err
	}
	out, err := a.take(ctx, mode, in)
	result := "recorded"
	switch {
	case err != nil:
		result = string(attendance.CodeOf(err))
	case out.Replayed != "":
		result = "replayed"
	}
	a.o.Punches.WithLabelValues(string(mode), result).Inc()
	return out, err
}

func (a *api) take(ctx context.Context, mode kiosk.Mode, in *kioskPunchInput) (*kioskPunchOutput, error) {
	k := rest.KioskOf(ctx)
	if !k.Has(mode) {
		return nil, attendance.NewError(kiosk.CodeMode, "This kiosk does not take that.")
	}
	who, err := a.identify(ctx, &k, mode, in)
	if err != nil {
		return nil, err
	}
	now := a.o.Clock.Now()
	asked := pressed{lists: a.o.Store.Lists, employeeID: who.EmployeeID, now: now}
	if len(in.Body.Unanswered) > 0 && !in.Body.Confirm {
		before, err := unanswered(ctx, &asked, &k, in)
		if err != nil || before != nil {
			return before, err
		}
	}
	p := attendance.NewPunch{EmployeeID: who.EmployeeID, Direction: attendance.Direction(in.Body.Direction),
		OccurredAt: now, Source: attendance.SourceKiosk, Device: k.Name,
		DeviceHash:  evidence.KioskHash(k.ID, string(mode)),
		KioskBranch: k.BranchID, KioskPIN: mode == kiosk.PIN,
		IdempotencyKey: in.Key, RequestHash: in.hash(k.ID), Trace: telemetry.Handover(ctx), Asks: !in.Body.Confirm,
		Limits: a.o.Limits}
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = uuid.NewString()
	}
	p.Address = rest.ClientOf(ctx).Address // the tablet's
	p.KioskOwn, p.Refused = a.o.Store.Kiosks.Own(ctx, &k, who.EmployeeID)
	if p.Direction == "" {
		if p.Direction, err = asked.direction(ctx); err != nil {
			return nil, err
		}
	}
	r, err := a.o.Recorder.Record(ctx, p)
	if err != nil {
		return nil, err
	}
	return answer(&r, who.Name), nil
}

func answer(r *attendance.Recorded, name string) *kioskPunchOutput {
	p := &r.Punch
	out := &kioskPunchOutput{Status: http.StatusCreated, Body: kioskPunch{PunchID: p.ID, Name: name,
		Direction:  p.Direction,
		OccurredAt: p.OccurredAt, WorkDate: r.Day.WorkDate}}
	if first := r.Day.FirstIn; first != nil && first.Equal(p.OccurredAt) {
		out.Body.Late = r.Day.LateMinutes
	}
	if p.Source == attendance.SourceKiosk {
		until := p.ReceivedAt.Add(attendance.UndoWithin)
		out.Body.UndoUntil = &until
	}
	if r.Replayed {
		out.Status, out.Replayed = http.StatusOK, "true"
	}
	return out
}

// hash covers everything that makes two requests the same but whether a question was answered. It has nothing of the
// PIN, which a hash of so few digits would give away.
func (in *kioskPunchInput) hash(kioskID int64) (hash [16]byte) {
	same := in.Body
	same.PIN, same.Confirm, same.Unanswered = "", false, nil
	j, _ := json.Marshal(same) // texts always encode
	sum := sha256.Sum256(append(j, strconv.FormatInt(kioskID, 10)...))
	copy(hash[:], sum[:])
	return hash
}

// unanswered finds what a kiosk recorded of somebody while it waited for an answer in vain; nil for nothing. A person
// who comes once more, by whatever they identify themselves with, means that punch and not the opposite one,
// unless they choose another direction, or have punched since.
func unanswered(ctx context.Context, asked *pressed, k *kiosk.Kiosk, in *kioskPunchInput) (*kioskPunchOutput, error) {
	if err := asked.load(ctx); err != nil {
		return nil, err
	}
	p, button := asked.person, &asked.button
	punches, stored, err := p.On(ctx, button.WorkDate)
	if err != nil {
		return nil, err
	}
	last := attendance.Recorded{Replayed: true}
	for _, punch := range punches {
		if punch.Voided == nil && punch.DuplicateOf == 0 {
			last.Punch = punch
		}
	}
	l, chosen := &last.Punch, attendance.Direction(in.Body.Direction)
	if l.Source != attendance.SourceKiosk || l.Device != k.Name || !in.waitedFor(l.ReceivedAt, asked.now) ||
		chosen != "" && chosen != l.Direction {
		return nil, nil
	}
	if last.Day.WorkDate = button.WorkDate; stored != nil {
		last.Day = stored.Day
	}
	return answer(&last, p.Employee.Name), nil
}

// waitedFor tells whether the tablet may have waited for the answer to a punch that arrived at an instant.
func (in *kioskPunchInput) waitedFor(received, now time.Time) bool {
	return slices.ContainsFunc(in.Body.Unanswered,
		func(u kiosk.Unanswered) bool { return u.Covers(received, now) })
}

// pressed is somebody at a kiosk and what their button does now. It is loaded where it is needed, and once.
type pressed struct {
	lists      *lists.Lists
	employeeID int64
	now        time.Time
	person     *lists.Person
	button     attendance.Button
}

func (p *pressed) load(ctx context.Context) (err error) {
	if p.person != nil {
		return nil
	}
	person, err := p.lists.PersonNow(ctx, p.employeeID, p.now)
	if err != nil {
		return err
	}
	if p.button, err = person.Button(ctx, p.now); err == nil {
		p.person = person
	}
	return err
}

// direction is that of the person's button.
func (p *pressed) direction(ctx context.Context) (attendance.Direction, error) {
	if err := p.load(ctx); err != nil {
		return "", err
	}
	if p.button.Action == attendance.ActionCheckIn {
		return attendance.In, nil
	}
	return attendance.Out, nil
}

// identify finds out who is there.
func (a *api) identify(ctx context.Context, k *kiosk.Kiosk, mode kiosk.Mode,
	in *kioskPunchInput) (who kiosks.Claimed, err error) {
	if mode == kiosk.Badge {
		err = a.guess(ctx, kiosks.CardGuess(k.ID), kiosk.CodeBadgeUnknown, func() (err error) {
			who, err = a.o.Store.Credentials.ByCard(ctx, in.Body.Card)
			return err
		})
		a.noteFailure(ctx, account.Failure{Action: ledger.KioskCardFailed, KioskID: k.ID}, err, kiosk.CodeBadgeUnknown)
		return who, err
	}
	number := rest.OneSpace(in.Body.Number)
	err = a.guess(ctx, kiosks.PINGuess(k.ID, number), kiosk.CodeRefused, func() (err error) {
		if who, err = a.o.Store.Credentials.ByNumber(ctx, number); err != nil {
			return err
		}
		fits, err := a.o.Hasher.Verify(ctx, []string{"kiosk:" + strconv.FormatInt(k.ID, 10)}, in.Body.PIN, who.PINHash)
		if err == nil && !fits {
			err = attendance.NewError(kiosk.CodeRefused, "The number or the PIN is wrong.")
		}
		return err
	})
	a.notePIN(ctx, k.ID, number, err)
	return who, err
}

func (a *api) void(ctx context.Context, in *rest.IDInput) error {
	k, from := rest.KioskOf(ctx), rest.ClientOf(ctx).Address
	may := func(v *days.Voiding) error {
		if v.Punch.Source != attendance.SourceKiosk || v.Punch.DuplicateOf != 0 ||
			v.Device != evidence.KioskHash(k.ID, string(kiosk.PIN)) &&
				v.Device != evidence.KioskHash(k.ID, string(kiosk.Badge)) {
			return rest.NotFound()
		}
		return attendance.MayUndo(v.Punches, in.ID, a.o.Clock.Now())
	}
	found, err := a.o.Store.Days.Voiding(ctx, in.ID)
	if err == nil {
		err = may(&found)
	}
	if err != nil {
		return err
	}
	v := attendance.Void{Origin: attendance.VoidByKiosk, Ref: k.ID, Address: from}
	return a.o.Store.Days.VoidPunch(ctx, ledger.Actor{Address: from}, in.ID, v, may)
}
