// Package task is the table of everything that runs behind a request: kinds, payloads, queues and retry policy. Kinds
// are stable strings and payloads carry a version, so that nodes of two releases can serve one queue.
package task

import (
	"time"

	"hadir/internal/attendance"
)

// Kind names a task. It is stored in Redis and in the database and never changes its meaning.
type Kind string

// The kinds.
const (
	AttendanceBroadcast Kind = "attendance:broadcast"
	SummaryRefresh      Kind = "summary:refresh"
	AttendanceRecompute Kind = "attendance:recompute"
	RecapTick           Kind = "recap:tick"
	RecapBranch         Kind = "recap:branch"
	RecapBroadcast      Kind = "recap:broadcast"
	RequestBroadcast    Kind = "request:broadcast"
	CorrectionApply     Kind = "correction:apply"
	ReportBuild         Kind = "report:build"
	DeadNotify          Kind = "dead:notify"
	AccessChanged       Kind = "access:changed"
	ImportEmployees     Kind = "import:employees"
	ImportPunches       Kind = "import:punches"
	WebhookDeliver      Kind = "webhook:deliver"
	ReminderTick        Kind = "reminder:tick"
	ReminderMail        Kind = "reminder:mail"
	AuditHead           Kind = "audit:head"
	AuditMail           Kind = "audit:mail"
	AccountMail         Kind = "account:mail"
	RetentionSweep      Kind = "retention:sweep"
)

// Queue names a queue of the broker.
type Queue string

// The queues, most urgent first.
const (
	QueueCritical Queue = "critical"
	QueueDefault  Queue = "default"
	QueueReports  Queue = "reports"
	QueueOutside  Queue = "outside"
)

// lane is how a queue is served.
type lane struct {
	queue Queue
	// weight is its share of the workers when all are busy; 0 means that it does not take part.
	weight int
	// apart is how many tasks of it a worker runs at a time beside those that the weights share out, because they wait
	// for machines that are not ours: a slow receiver holds up nothing but its like.
	apart int
}

// lanes is the one list of queues, most urgent first.
func lanes() []lane {
	return []lane{
		{queue: QueueCritical, weight: 6},
		{queue: QueueDefault, weight: 3},
		{queue: QueueReports, weight: 1},
		{queue: QueueOutside, apart: 8},
	}
}

// Weights gives each queue that shares workers with others its share of them when all are busy.
func Weights() map[Queue]int {
	out := map[Queue]int{}
	for _, l := range lanes() {
		if l.weight > 0 {
			out[l.queue] = l.weight
		}
	}
	return out
}

// Apart returns the queues that have workers of their own, and how many each.
func Apart() map[Queue]int {
	out := map[Queue]int{}
	for _, l := range lanes() {
		if l.apart > 0 {
			out[l.queue] = l.apart
		}
	}
	return out
}

// Queues lists every queue, most urgent first.
func Queues() []Queue {
	var out []Queue
	for _, l := range lanes() {
		out = append(out, l.queue)
	}
	return out
}

// Policy is how a kind is queued and retried.
type Policy struct {
	Queue Queue
	// attempts after the first; never 0 (a failed acknowledgement would kill a task that succeeded)
	MaxRetry  int
	Backoff   time.Duration // delay before the first retry; doubles with each
	MaxDelay  time.Duration // upper bound of the delay
	Timeout   time.Duration // of one attempt; whole seconds
	Retention time.Duration // how long the TaskID stays taken after success
	Aliases   []Kind        // names this kind had in earlier releases
}

// PolicyOf returns the policy of a kind; false for a kind this release does not know.
func PolicyOf(k Kind) (Policy, bool) {
	p, ok := policies[k]
	return p, ok
}

// Kinds lists the kinds this release handles.
func Kinds() []Kind {
	return []Kind{
		AttendanceBroadcast,
		SummaryRefresh,
		AttendanceRecompute,
		RecapTick,
		RecapBranch,
		RecapBroadcast,
		RequestBroadcast,
		CorrectionApply,
		ReportBuild,
		ImportEmployees,
		ImportPunches,
		WebhookDeliver,
		ReminderTick,
		ReminderMail,
		AuditHead,
		AuditMail,
		AccountMail,
		RetentionSweep,
		DeadNotify,
		AccessChanged,
	}
}

// policies says how each kind is worked. Retention outlives the relay's horizon, so that a row enqueued twice runs
// once.
var policies = map[Kind]Policy{
	AttendanceBroadcast: {Queue: QueueCritical, MaxRetry: 10, Backoff: 250 * time.Millisecond, MaxDelay: time.Minute,
		Timeout: 10 * time.Second, Retention: 10 * time.Minute},
	SummaryRefresh: {Queue: QueueCritical, MaxRetry: 3, Backoff: 250 * time.Millisecond,
		MaxDelay: 10 * time.Second, Timeout: 5 * time.Second, Retention: 10 * time.Second},
	AttendanceRecompute: {Queue: QueueDefault, MaxRetry: 10, Backoff: time.Second, MaxDelay: 5 * time.Minute,
		Timeout: 5 * time.Minute, Retention: 10 * time.Minute},
	RecapTick: {Queue: QueueDefault, MaxRetry: 3, Backoff: time.Second, MaxDelay: 10 * time.Second,
		Timeout: time.Minute, Retention: 2 * time.Minute},
	RecapBranch: {Queue: QueueDefault, MaxRetry: 10, Backoff: time.Second, MaxDelay: 5 * time.Minute,
		Timeout: 10 * time.Minute, Retention: time.Minute},
	RecapBroadcast: {Queue: QueueCritical, MaxRetry: 10, Backoff: 250 * time.Millisecond, MaxDelay: time.Minute,
		Timeout: 10 * time.Second, Retention: 10 * time.Minute},
	RequestBroadcast: {Queue: QueueCritical, MaxRetry: 10, Backoff: 250 * time.Millisecond, MaxDelay: time.Minute,
		Timeout: 10 * time.Second, Retention: 10 * time.Minute},
	CorrectionApply: {Queue: QueueDefault, MaxRetry: 10, Backoff: time.Second, MaxDelay: 5 * time.Minute,
		Timeout: 30 * time.Second, Retention: 10 * time.Minute},
	ReportBuild: {Queue: QueueReports, MaxRetry: 5, Backoff: 2 * time.Second, MaxDelay: 5 * time.Minute,
		Timeout: 30 * time.Minute, Retention: 10 * time.Minute},
	ImportPunches: {Queue: QueueReports, MaxRetry: 5, Backoff: time.Second, MaxDelay: time.Minute,
		Timeout: 30 * time.Minute, Retention: 10 * time.Minute},
	ImportEmployees: {Queue: QueueReports, MaxRetry: 5, Backoff: time.Second, MaxDelay: time.Minute,
		Timeout: 30 * time.Minute, Retention: 10 * time.Minute},
	// some six hours in all
	WebhookDeliver: {Queue: QueueOutside, MaxRetry: 15, Backoff: 5 * time.Second, MaxDelay: time.Hour,
		Timeout: 20 * time.Second, Retention: 10 * time.Minute},
	ReminderTick: {Queue: QueueDefault, MaxRetry: 3, Backoff: time.Second, MaxDelay: 10 * time.Second,
		Timeout: time.Minute, Retention: 2 * time.Minute},
	ReminderMail: {Queue: QueueOutside, MaxRetry: 8, Backoff: 5 * time.Second, MaxDelay: 10 * time.Minute,
		Timeout: 30 * time.Second, Retention: 10 * time.Minute},
	// once a day, whatever restarts in between; the walk over the log is long for old companies
	AuditHead: {Queue: QueueReports, MaxRetry: 5, Backoff: 10 * time.Second, MaxDelay: 10 * time.Minute,
		Timeout: time.Hour, Retention: 24 * time.Hour},
	// what a run leaves is for the next one, an hour later
	RetentionSweep: {Queue: QueueReports, MaxRetry: 5, Backoff: 10 * time.Second, MaxDelay: 10 * time.Minute,
		Timeout: 30 * time.Minute, Retention: time.Hour},
	AuditMail: {Queue: QueueOutside, MaxRetry: 8, Backoff: 5 * time.Second, MaxDelay: 10 * time.Minute,
		Timeout: 30 * time.Second, Retention: 24 * time.Hour},
	// within the half hour that a link is good for
	AccountMail: {Queue: QueueOutside, MaxRetry: 8, Backoff: 5 * time.Second, MaxDelay: 5 * time.Minute,
		Timeout: 30 * time.Second, Retention: 10 * time.Minute},
	DeadNotify: {Queue: QueueDefault, MaxRetry: 3, Backoff: time.Second, MaxDelay: time.Minute,
		Timeout: 10 * time.Second, Retention: time.Hour},
	AccessChanged: {Queue: QueueCritical, MaxRetry: 10, Backoff: 250 * time.Millisecond, MaxDelay: time.Minute,
		Timeout: 10 * time.Second, Retention: 10 * time.Minute},
}

// Access is the payload of AccessChanged: a user whose role, scope or password changed, who was disabled, or of whom a
// session ended.
type Access struct {
	V      int   `json:"v"`
	UserID int64 `json:"u"`
}

// Head is the payload of AuditMail: what the e-mail says of the audit log.
type Head struct {
	V     int       `json:"v"`
	Day   string    `json:"day"`  // the e-mail's, YYYY-MM-DD in UTC
	Head  string    `json:"head"` // ID:HASH
	At    time.Time `json:"at"`
	Fault string    `json:"fault,omitempty"`
	Entry int64     `json:"entry,omitempty"` // the first that does not fit
}

// About is what an e-mail about an account is about.
type About string

const (
	AboutReset    About = "reset"    // a password was forgotten
	AboutEmail    About = "email"    // is this address yours?
	AboutPassword About = "password" // the password was changed by such a link
	AboutMoved    About = "moved"    // the account has another address
)

// Account is the payload of AccountMail. Links are made by the worker, so that no queue ever holds one.
type Account struct {
	V      int       `json:"v"`
	About  About     `json:"a"`
	UserID int64     `json:"u,omitempty"` // not of AboutReset: nobody looked yet whether there is one
	Sealed string    `json:"s,omitempty"` // what was typed, or the earlier address, as the store keeps secrets
	At     time.Time `json:"at"`          // when it was asked for, or happened
}

// DayRef points at one version of one day.
type DayRef struct {
	EmployeeID int64           `json:"e"`
	WorkDate   attendance.Date `json:"d"`
	Version    int64           `json:"v"`
}

// Broadcast is the payload of AttendanceBroadcast: the days one commit changed. It carries ids and versions only; the
// worker reads the rows.
type Broadcast struct {
	V    int      `json:"v"` // payload version, 1
	Days []DayRef `json:"days"`
	// Traces holds the distinct trace ids of the requests in the commit, at most 16.
	Traces []string `json:"traces,omitempty"`
	// CommittedAt is the time of the commit in Unix milliseconds, for the latency metric.
	CommittedAt int64 `json:"at"`
}

// Summary is the payload of SummaryRefresh.
type Summary struct {
	V        int   `json:"v"`
	BranchID int64 `json:"b"`
}

// Recompute is the payload of AttendanceRecompute: days whose inputs (shift, holiday, leave, correction) changed.
// From and To are inclusive; EmployeeIDs empty means everyone of the branch; BranchID 0 means every branch.
type Recompute struct {
	V           int             `json:"v"`
	BranchID    int64           `json:"b,omitempty"`
	EmployeeIDs []int64         `json:"e,omitempty"`
	From        attendance.Date `json:"f"`
	To          attendance.Date `json:"t"`
}

// Tick is the payload of RecapTick and ReminderTick.
type Tick struct {
	V int `json:"v"`
}

// Recap is the payload of RecapBranch. With Again it counts the date's stored days anew, if the date was recapped
// before; without, it closes and recaps the date and then whatever else is due in the branch, in order.
type Recap struct {
	V        int             `json:"v"`
	BranchID int64           `json:"b"`
	WorkDate attendance.Date `json:"d"`
	Again    bool            `json:"again,omitempty"`
}

// Report is the payload of ReportBuild; what the report is about stands in the database.
type Report struct {
	V  int   `json:"v"`
	ID int64 `json:"id"`
}

// Dead is the payload of DeadNotify.
type Dead struct {
	V  int   `json:"v"`
	ID int64 `json:"id"`
}

// Request is the payload of RequestBroadcast and CorrectionApply; the worker reads the row.
type Request struct {
	V    int                    `json:"v"`
	Type attendance.RequestType `json:"t"`
	ID   int64                  `json:"id"`
}

// Webhook is the payload of WebhookDeliver.
type Webhook struct {
	V        int    `json:"v"`
	Message  string `json:"m"`
	Endpoint int64  `json:"e"`
}

// Mail is the payload of ReminderMail.
type Mail struct {
	V            int   `json:"v"`
	Notification int64 `json:"n"`
}
