package task

import "time"

// Periodic is a task that is asked for again and again. What it finds to do is read from the database, so that a tick
// may be late, missed or doubled.
type Periodic struct {
	Kind    Kind
	Cron    string        // five fields, UTC
	Every   time.Duration // the interval that Cron stands for; it numbers the ticks
	Payload any
	Does    string // for operators
}

// Schedule lists every periodic task.
func Schedule() []Periodic {
	return []Periodic{
		{Kind: RecapTick, Cron: "* * * * *", Every: time.Minute, Payload: Tick{V: 1},
			Does: "asks for the recaps of dates that are over in their branch"},
		{Kind: ReminderTick, Cron: "* * * * *", Every: time.Minute, Payload: Tick{V: 1},
			Does: "reminds who has not checked in, or not out"},
		{Kind: AuditHead, Cron: "0 1 * * *", Every: 24 * time.Hour, Payload: Tick{V: 1},
			Does: "verifies the audit log and sends its head to where the database cannot reach"},
		{Kind: RetentionSweep, Cron: "20 * * * *", Every: time.Hour, Payload: Tick{V: 1},
			Does: "removes personal data that is older than the settings allow"},
	}
}

// TickID is the id of the tick at an instant: of several schedulers' ticks the first counts.
func (p Periodic) TickID(at time.Time) int64 { return at.Unix() / int64(p.Every/time.Second) }
