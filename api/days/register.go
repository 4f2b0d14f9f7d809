// Package days is the API of attendance itself: punches, days, today's tables, recaps, exports and reminders.
package days

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/attendance/limits"
	"hadir/internal/clock"
	"hadir/internal/session"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/days/reminders"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/ledger"
	"hadir/internal/store/reviews"

	"github.com/prometheus/client_golang/prometheus"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Branches  *company.Branches
	Employees *company.Employees
	Audit     *ledger.Audit
	Days      *days.Days
	Lists     *lists.Lists
	Recaps    *days.Recaps
	Reminders *reminders.Reminders
	Requests  *requests.Requests
	Reviews   *reviews.Reviews
	Kiosks    *kiosks.Kiosks
}

// Options configures New.
type Options struct {
	Store    Rooms
	Recorder *days.Recorder
	Meetings *session.Meetings
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer  // nil counts nothing
	Limits   limits.Punches         // of one person's hand
	AtKiosks *prometheus.CounterVec // counts punches at kiosks by mode and result
}

// API holds the handlers.
type API struct {
	o         Options
	checkIns  *prometheus.CounterVec
	decisions *prometheus.CounterVec
}

// Tags of the operations.
const (
	tagAttendance    = "Attendance"
	tagNotifications = "Notifications"
)

// New returns the handlers.
func New(o Options) *API {
	a := &API{o: o, checkIns: prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "hadir_punches_total",
			Help: "Requests to check in and out, by direction and result (a code, or recorded, replayed, kept)."},
		[]string{"direction", "result"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_reviews_decided_total",
			Help: "Punches that were looked at, by the decision (accepted, refused, or open again)."},
			[]string{"decision"})}
	if o.Registry != nil {
		o.Registry.MustRegister(a.checkIns, a.decisions)
	}
	return a
}

// Register adds the operations.
func (a *API) Register(r *rest.Router) {
	a.registerPunches(r)
	a.registerDays(r)
	a.registerYear(r)
	a.registerArrivals(r)
	a.registerBoard(r)
	a.registerExport(r)
	a.registerRecaps(r)
	a.registerReviews(r)
	a.registerWaiting(r)
	a.registerBegun(r)
	a.registerNotifications(r)
}
