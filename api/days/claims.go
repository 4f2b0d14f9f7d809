package days

import (
	"context"
	"net/http"
	"slices"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/company/requests"
)

// claim is what stands behind the time that a request claims for its punch.
func (a *API) claim(ctx context.Context, body *punchBody, now time.Time) (*attendance.Claim, error) {
	c := &attendance.Claim{At: body.OccurredAt.UTC(), Age: time.Duration(body.Age) * time.Millisecond}
	who := rest.CallerOf(ctx)
	var err error
	c.Contact, c.Met, err = a.o.Meetings.Proven(ctx, &who, body.Contact, now)
	if !c.Contact.IsZero() {
		c.Since = time.Duration(body.Since) * time.Millisecond
	}
	return c, err
}

// record records a punch. A claimed time that is not taken and was just now is a slow request rather than a device
// without network: the server's clock decides then.
func (a *API) record(ctx context.Context, p attendance.NewPunch, now time.Time) (attendance.Recorded, error) {
	r, err := a.o.Recorder.Record(ctx, p)
	code := attendance.CodeOf(err)
	notTaken := code == attendance.CodeClaimWaits || code == attendance.CodeOfflineOff
	if p.Claim == nil || now.Sub(p.OccurredAt) > attendance.PromptClaim || !notTaken {
		return r, err
	}
	p.OccurredAt, p.Offline, p.Claim = now, false, nil
	return a.o.Recorder.Record(ctx, p)
}

// waiting are the claimed punches of somebody that wait for a decision, the latest first. They are corrections, of
// which the pages also show those that somebody asked for.
func (a *API) waiting(ctx context.Context, employeeID int64) ([]attendance.Request, error) {
	asked, _, err := a.o.Store.Requests.Requests(ctx, attendance.RequestCorrection, requests.RequestFilter{
		States: []attendance.RequestState{attendance.RequestPending}, EmployeeIDs: []int64{employeeID}})
	claims := slices.DeleteFunc(asked, func(q attendance.Request) bool { return q.Claim == "" })
	return append([]attendance.Request{}, claims...), err // never null
}

// keep keeps a claimed punch as a correction that waits.
func (a *API) keep(ctx context.Context, p *attendance.NewPunch, w attendance.Waits,
	judged attendance.Punch) (*punchOutput, error) {
	id, known, err := a.o.Store.Requests.AddClaim(ctx, rest.ActorOf(ctx), requests.Claimed{
		EmployeeID: p.EmployeeID, WorkDate: w.WorkDate, Direction: p.Direction, OccurredAt: p.OccurredAt, Why: w.Why,
		Note: rest.OneSpace(p.Note), Key: p.IdempotencyKey, RequestHash: p.RequestHash,
		Judged: judged, DeviceHash: p.DeviceHash})
	if err != nil {
		return nil, err
	}
	q, err := a.o.Store.Requests.Request(ctx, attendance.RequestCorrection, id)
	if err != nil {
		return nil, err
	}
	out := &punchOutput{Status: http.StatusAccepted, Body: punched{Kept: &q}}
	if known {
		out.Replayed = "true"
	}
	return out, nil
}

// claimEvidence is what is known about a claimed punch beside its time.
type claimEvidence struct {
	Punch attendance.Punch    `json:"punch" doc:"@claimEvidence.punch"`
	Why   []attendance.Reason `json:"why" doc:"What is to be looked at again about it."`
}

func (a *API) registerClaims(r *rest.Router) {
	op := rest.Op("GET /api/corrections/{id}/evidence", "correction-evidence",
		"Where and by which device a punch was made that waits as a correction", tagAttendance, http.StatusNotFound)
	op.Description = "For whoever may see the punches of the day. 404 for a correction that somebody asked for, " +
		"which has none."
	rest.Handle(r, op, rest.Own, a.claimEvidence)
}

func (a *API) claimEvidence(ctx context.Context, in *rest.IDInput) (out claimEvidence, err error) {
	q, err := a.o.Store.Requests.Request(ctx, attendance.RequestCorrection, in.ID)
	if err != nil {
		return out, err
	}
	if u := rest.UserOf(ctx); !u.SeesEmployee(q.EmployeeID, q.BranchID) { // as the day's punches
		return out, rest.NotFound()
	}
	if out.Punch, _, err = a.o.Store.Requests.Evidence(ctx, &q); err != nil {
		return out, err
	}
	zone, err := attendance.LoadZone(q.Zone)
	if err != nil {
		return out, err
	}
	out.Punch.ID = q.PunchID
	why := append([]attendance.Reason{}, out.Punch.Doubtful(zone)...) // never null
	out.Why, err = a.nameSharers(ctx, why, []attendance.Punch{out.Punch})
	return out, err
}
