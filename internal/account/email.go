package account

import (
	"net/mail"
	"time"

	"hadir/internal/attendance"
)

const (
	// ResetTTL is how long the link in an e-mail about a forgotten password may be used.
	ResetTTL = 30 * time.Minute
	// EmailCheckTTL is how long the link may be used that shows that an address is the account's.
	EmailCheckTTL = 24 * time.Hour
	// MaxResets is how many links of one account may be open: who asks for others floods nobody's mailbox, and does not
	// end the links that the person has.
	MaxResets = 3

	maxEmail = 254 // bytes, after RFC 5321
)

// Reachable tells whether a password that was forgotten is asked for at the user's address: one that is known to be
// theirs, of somebody who may sign in.
func (u *User) Reachable(now time.Time) bool {
	return u.Email != "" && u.EmailVerifiedAt != nil && !u.Forgotten && (u.DisabledAt == nil || u.DisabledAt.After(now))
}

// NormalEmail is the form in which addresses are kept and compared: that of logins, which may be addresses, too.
func NormalEmail(address string) string { return NormalLogin(address) }

// checkEmail refuses what is no plain address, such as one with a name.
func checkEmail(address string) error {
	if address == "" {
		return nil
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address || len(address) > maxEmail {
		return attendance.Invalid("email", "This is not an e-mail address.")
	}
	return nil
}
