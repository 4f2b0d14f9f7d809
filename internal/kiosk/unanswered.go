package kiosk

import "time"

const (
	// oldestUnanswered is how long ago a punch without an answer may be that somebody comes for once more. Tablets
	// think of it for an hour at the most.
	oldestUnanswered = 2 * time.Hour
	// storedAfter is how long after a tablet gave up waiting its punch may still be stored.
	storedAfter = 30 * time.Second
	// storedBefore is how long before it was sent, as far as the tablet knows the time, its punch may have been stored.
	// The tablet's clock errs by as much as an answer took, and what repeats a punch within a minute is that punch.
	storedBefore = time.Minute
)

// Unanswered is a time in which a tablet waited for an answer to a punch and got none, by the server's clock.
type Unanswered struct {
	From time.Time `json:"from" doc:"When the punch was sent."`
	To   time.Time `json:"to" doc:"When its answer was given up."`
}

// Covers tells whether a punch that arrived at an instant may be the one without an answer.
func (u Unanswered) Covers(received, now time.Time) bool {
	return now.Sub(u.To) < oldestUnanswered && !received.Before(u.From.Add(-storedBefore)) &&
		received.Before(u.To.Add(storedAfter))
}
