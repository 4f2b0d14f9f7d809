// Package realtime names the channels and events that browsers subscribe to, and carries finished frames from workers
// to pushers over Redis pub/sub.
package realtime

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
)

// Events that Hadir sends on its channels.
const (
	EventRecorded  = "attendance.recorded"
	EventSummary   = "summary.refreshed"
	EventReport    = "report.progressed"
	EventRecap     = "recap.ready"
	EventRequest   = "request.changed"
	EventImport    = "import.progressed"
	EventResync    = "resync" // something may be missing: fetch the snapshot again
	EventDeadTasks = "dead.letter"
	// EventInterrupted says that the pusher does not hear its bus, or no process of a role without which nothing is
	// told: ask the API until EventResync.
	EventInterrupted = "interrupted"
	// EventNotification goes to the employee whom it concerns.
	EventNotification = "notification.added"
)

// Channels with a fixed name.
const (
	ChannelCompany   = "private-company"
	ChannelOps       = "private-ops"
	ChannelDashboard = "presence-dashboard"

	branchPrefix   = "private-branch."
	employeePrefix = "private-employee."
	accountPrefix  = "private-user."
)

// MaxSubscriptions is how many channels one socket may listen to, and how many are signed in one request: every branch
// that a scope can name, and a few besides (the account's own channel, who is watching).
const MaxSubscriptions = account.MaxBranches + 20

// BranchChannel is the channel of a branch's admins.
func BranchChannel(id int64) string { return branchPrefix + strconv.FormatInt(id, 10) }

// EmployeeChannel is the channel of one person.
func EmployeeChannel(id int64) string { return employeePrefix + strconv.FormatInt(id, 10) }

// ParseBranchChannel returns the id in a branch channel's name.
func ParseBranchChannel(name string) (int64, bool) { return parseID(name, branchPrefix) }

// ParseEmployeeChannel returns the id in an employee channel's name.
func ParseEmployeeChannel(name string) (int64, bool) { return parseID(name, employeePrefix) }

// AccountChannel is the channel of one signed-in account, on all its screens: reports that it asked for.
func AccountChannel(id int64) string { return accountPrefix + strconv.FormatInt(id, 10) }

// ParseAccountChannel returns the id in an account channel's name.
func ParseAccountChannel(name string) (int64, bool) { return parseID(name, accountPrefix) }

func parseID(name, prefix string) (int64, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(rest, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == rest
}

// Recorded is the data of EventRecorded: the current state of days that changed. Receivers merge by
// (employee_id, work_date), keeping the highest version.
type Recorded struct {
	Days   []attendance.Entry `json:"days"`
	Traces []string           `json:"traces,omitempty"`
	SentAt time.Time          `json:"sent_at"`
}

// Resync is the data of EventResync and EventInterrupted. Watchers is how many sockets of the node that sends it are
// told the same at this moment, all of them if every channel is concerned: the more, the longer the time over which
// they spread their questions.
type Resync struct {
	Watchers int `json:"watchers"`
}

// Permit is the channel_data that signs whose subscription to a private channel it is, and until when. The members of
// presence channels carry the same fields.
type Permit struct {
	UserID string `json:"user_id"`
	Since  int64  `json:"since,omitempty"` // Unix microseconds, just before the rights were read that it stands for
	Until  int64  `json:"until,omitempty"` // Unix seconds; 0: for ever
}

// A permit lasts for an hour, and by the socket up to a quarter more, so that sockets that came back together do not
// ask anew together. Where the session ends before, so does the permit.
const (
	PermitLasts  = time.Hour
	PermitSpread = 15 * time.Minute
)

// Message is one event on its way to the sockets of one channel.
type Message struct {
	Channel string
	Event   string
	Data    json.RawMessage // a JSON value; the frame carries it as a string, as the protocol wants
	Except  string          // socket id that must not receive it; empty for none
	UserID  string          // set on client events of presence channels
}

// Publisher sends messages to every pusher. Publish sends all messages in one round trip and fails as a whole.
type Publisher interface {
	Publish(ctx context.Context, messages ...Message) error
	// Revoke tells every node that the rights of a user changed or that sessions of theirs ended.
	Revoke(ctx context.Context, userID string) error
}
