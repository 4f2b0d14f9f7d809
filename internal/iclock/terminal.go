package iclock

import "time"

// State is whether a terminal's punches are taken.
type State string

// The states. Of a pending terminal nobody has said yet that it is the company's.
const (
	Pending State = "pending"
	Active  State = "active"
	Off     State = "off"
)

// How long a terminal may be silent: it asks for commands every Delay seconds, and signs of life are written ten
// seconds apart.
const (
	LateAfter = 2 * time.Minute
	GoneAfter = 30 * time.Minute
)

// Life is whether a terminal is heard of.
type Life string

// The known lives.
const (
	Alive Life = "alive"
	Late  Life = "late"
	Gone  Life = "gone"
)

// LifeOf tells how a terminal is that was last heard of at an instant.
func LifeOf(seen, now time.Time) Life {
	switch silent := now.Sub(seen); {
	case silent > GoneAfter:
		return Gone
	case silent > LateAfter:
		return Late
	}
	return Alive
}

// Terminal is a device that pushes punches.
type Terminal struct {
	ID        int64    `json:"id"`
	Serial    string   `json:"serial"`
	Name      string   `json:"name"`
	BranchID  int64    `json:"branch_id,omitempty"` // 0 while it is pending
	Site      string   `json:"site"`
	Zone      string   `json:"zone"` // IANA; "" is the branch's
	Direction Mode     `json:"direction"`
	PINFormat string   `json:"pin_format"`
	Networks  []string `json:"networks"` // that it may push from, in CIDR notation; none means anywhere
	State     State    `json:"state"`

	// VouchedBy is the account that decided last how its lines are read, 0 where nobody's own lines can be among them.
	// Those of VouchedFor, whom it stands for, wait until somebody else has confirmed that.
	VouchedBy   int64  `json:"vouched_by,omitempty"`
	VouchedName string `json:"vouched_name,omitempty"`
	VouchedFor  int64  `json:"-"`

	Address      string     `json:"address"` // from which it spoke last
	Model        string     `json:"model"`
	Firmware     string     `json:"firmware"`
	FirstSeen    time.Time  `json:"first_seen_at"`
	LastSeen     time.Time  `json:"last_seen_at"`
	LastPunch    *time.Time `json:"last_punch_at,omitempty"` // when it last pushed punches
	DriftSeconds *int       `json:"drift_seconds,omitempty"` // how far its clock is ahead, as its last punch told
	AttlogStamp  string     `json:"-"`
	OperlogStamp string     `json:"-"`
	ZoneNow      string     `json:"-"` // Zone, or the branch's
}

// Meaning is whom a PIN means on a terminal, from an instant on and until another one; a zero To is still to come.
type Meaning struct {
	EmployeeID int64
	From, To   time.Time
}

// Line is a line that waits in quarantine.
type Line struct {
	ID         int64     `json:"id"`
	TerminalID int64     `json:"terminal_id"`
	PIN        string    `json:"pin"`
	At         string    `json:"at"` // by the terminal's clock; "" if it could not be read
	Status     string    `json:"status"`
	Verify     string    `json:"verify"`
	Text       string    `json:"text"` // the beginning
	Reason     Reason    `json:"reason"`
	ReceivedAt time.Time `json:"received_at"`
}

// CommandState is how far a command is.
type CommandState string

// The states of commands.
const (
	CommandQueued CommandState = "queued"
	CommandSent   CommandState = "sent"
	CommandDone   CommandState = "done"
	CommandFailed CommandState = "failed"
)

// Command is something that a terminal is asked to do.
type Command struct {
	ID         int64        `json:"id"`
	TerminalID int64        `json:"terminal_id"`
	Kind       CommandKind  `json:"kind"`
	Text       string       `json:"text"`
	State      CommandState `json:"state"`
	Attempts   int          `json:"attempts"`
	Result     *int         `json:"result,omitempty"` // what the terminal returned; 0 is success
	CreatedAt  time.Time    `json:"created_at"`
	SentAt     *time.Time   `json:"sent_at,omitempty"`
	AnsweredAt *time.Time   `json:"answered_at,omitempty"`
}
