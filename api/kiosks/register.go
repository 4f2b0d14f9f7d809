// Package kiosks is the API of tablets at the gate: setting them up, what people identify themselves with there, and
// the tablet's own operations, which know a kiosk and no person who is signed in.
package kiosks

import (
	"context"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance/limits"
	"hadir/internal/clock"
	"hadir/internal/session"
	"hadir/internal/store/company"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/kiosks"

	"github.com/prometheus/client_golang/prometheus"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Employees   *company.Employees
	Days        *days.Days
	Lists       *lists.Lists
	Kiosks      *kiosks.Kiosks
	Credentials *kiosks.Credentials
	Guesses     *kiosks.Guesses
}

// Sessions knows who is signed in.
type Sessions interface {
	Caller(ctx context.Context, token string) (session.Caller, error)
}

// Options configures Register.
type Options struct {
	Store    Rooms
	Recorder *days.Recorder
	Hasher   *account.Hasher // of PINs
	Clock    clock.Clock
	Punches  *prometheus.CounterVec // of NewPunches
	Limits   limits.Punches         // of one person's hand
	Sessions Sessions
	Failures *rest.Failures // what NewFailures made

	SecureCookies bool // also where a request seems to be plain HTTP
}

// NewPunches returns what counts punches at kiosks, by mode and result (a code, or recorded, replayed).
func NewPunches() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_kiosk_punches_total",
		Help: "Punches at kiosks, by mode (qr, pin, badge) and result (a code, or recorded, replayed)."},
		[]string{"mode", "result"})
}

type api struct{ o Options }

const tagKiosks = "Kiosks"

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerKiosks(r)
	a.registerCredentials(r)
	a.registerTablet(r)
}
