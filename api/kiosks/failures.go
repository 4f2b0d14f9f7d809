package kiosks

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/kiosk"
	"hadir/internal/network"
	"hadir/internal/store/ledger"
)

// NewFailures returns what tells the audit log of attempts at kiosks that came to nothing.
func NewFailures(audit *ledger.Audit, c clock.Clock, log *slog.Logger) *rest.Failures {
	return rest.NewFailures(rest.FailureOptions{Audit: audit, Entry: failureEntry, Clock: c, Log: log})
}

// failureEntry is what the audit log says of them. A number or a card is not told: of whom it is says the employee, and
// what nobody has may be a PIN in the wrong field.
func failureEntry(c account.FailureCount) ledger.AuditEntry {
	e := ledger.AuditEntry{Action: cmp.Or(c.Action, ledger.KioskFailed), Table: "kiosks"}
	if c.KioskID != 0 {
		e.RowID = strconv.FormatInt(c.KioskID, 10)
	}
	e.After, _ = json.Marshal(struct { // always encodes
		Count      int       `json:"count"`
		Since      time.Time `json:"since"`
		EmployeeID int64     `json:"employee_id,omitempty"`
		Blocked    bool      `json:"blocked,omitempty"`
		Networks   int       `json:"networks"`
	}{c.Count, c.Since, c.EmployeeID, c.Blocked, c.Networks})
	return e
}

// notePIN tells of a wrong number or PIN, and whose number it was. That is looked up again, since one that is refused
// unseen was not looked up.
func (a *api) notePIN(ctx context.Context, kioskID int64, number string, err error) {
	if code := attendance.CodeOf(err); code != kiosk.CodeRefused && code != account.CodeThrottled {
		return
	}
	x := account.Failure{Action: ledger.KioskPINFailed, KioskID: kioskID}
	if who, failed := a.o.Store.Credentials.ByNumber(ctx, number); failed == nil {
		x.EmployeeID = who.EmployeeID
	}
	a.noteFailure(ctx, x, err, kiosk.CodeRefused)
}

// noteFailure tells the audit log of an attempt if it was wrong, or refused unseen.
func (a *api) noteFailure(ctx context.Context, x account.Failure, err error, wrong attendance.Code) {
	code := attendance.CodeOf(err)
	if x.Blocked = code == account.CodeThrottled; x.Blocked || code == wrong {
		x.Network = network.Subscriber(rest.ClientOf(ctx).Address)
		a.o.Failures.Note(ctx, x)
	}
}
