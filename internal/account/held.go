package account

import (
	"hadir/internal/attendance"
	"hadir/internal/words"
)

// Held refuses what an account that may be in somebody's hands would decide about them: Code is CodeOwnDays or
// CodeOwnRequest, and the sentence says that the days are not the reader's own.
type Held struct{ Code attendance.Code }

// Error says it for logs.
func (h Held) Error() string { return h.Unwrap().Error() }

// Unwrap returns the *attendance.Error of the code.
func (h Held) Unwrap() error { return attendance.NewError(h.Code, h.Detail(words.English)) }

// Detail says why and what to do about it.
func (Held) Detail(l words.Language) string { return l.Say("problems.own_days.held") }
