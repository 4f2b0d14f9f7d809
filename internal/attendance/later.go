package attendance

import "time"

// Later is a refusal that carries when the next attempt is worth making.
type Later struct {
	Cause   *Error
	RetryAt time.Time
}

// Error implements error.
func (l Later) Error() string { return l.Cause.Error() }

// Unwrap returns the reason.
func (l Later) Unwrap() error { return l.Cause }
