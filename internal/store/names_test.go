package store

import (
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/days/reminders"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
)

// What the rooms export, under the names that callers know.
type (
	Actor            = ledger.Actor
	AuditEntry       = ledger.AuditEntry
	AuditFilter      = ledger.AuditFilter
	AuditRecord      = ledger.AuditRecord
	AuditWalk        = ledger.AuditWalk
	DeadLetterFilter = ledger.DeadLetterFilter
	Node             = ledger.Node
	AssignmentOrder  = company.AssignmentOrder
	Decision         = requests.Decision
	EmployeeFilter   = company.EmployeeFilter
	EmployeeStep     = company.EmployeeStep
	HolidayEntry     = company.HolidayEntry
	HolidayFilter    = company.HolidayFilter
	MayTouch         = company.MayTouch
	MoveOrder        = company.MoveOrder
	RequestFilter    = requests.RequestFilter
	NewPassword      = accounts.NewPassword
	SignIn           = accounts.SignIn
	UserEntry        = accounts.UserEntry
	UserFilter       = accounts.UserFilter
	Arrivals         = lists.Arrivals
	DayFilter        = lists.DayFilter
	Letter           = reminders.Letter
	RecapDue         = days.RecapDue
	RecapFilter      = days.RecapFilter
	Recorder         = days.Recorder
	RecorderOptions  = days.RecorderOptions
	Voiding          = days.Voiding
	DeliveryFilter   = outside.DeliveryFilter
	Dispatch         = outside.Dispatch
	ImportStep       = outside.ImportStep
	ReportEntry      = outside.ReportEntry
	ReportFilter     = outside.ReportFilter
)

// BrowserTTL is how long a browser is known to an account.
const BrowserTTL = accounts.BrowserTTL

// Errors and functions of the rooms.
var (
	ErrNoDatabase    = db.ErrNoDatabase
	ErrSchemaMissing = db.ErrSchemaMissing
	ErrSchemaNewer   = db.ErrSchemaNewer
	Unchanged        = db.Unchanged
	Version          = db.Version

	ErrReportLost = outside.ErrReportLost
)
