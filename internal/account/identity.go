package account

import (
	"strings"
	"time"

	"hadir/internal/attendance"
)

// Identity is who somebody is to an OpenID Connect provider: a subject of an issuer. Nothing else that a provider says
// of a person stays the same for good, so that once an account is linked nothing else counts.
type Identity struct {
	ID         int64      `json:"id"`
	UserID     int64      `json:"-"`
	Issuer     string     `json:"issuer"  doc:"@Identity.issuer"`
	Subject    string     `json:"subject" doc:"@Identity.subject"`
	Name       string     `json:"name"    doc:"@Identity.name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Without it, it was not used yet."`
}

// LowerASCII lets texts differ by the case of A to Z only.
func LowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// Unlinked says that an identity opens the account no more by which somebody is signing in.
func Unlinked() error { return attendance.NewError(CodeNoAccount, "it was unlinked meanwhile") }

// SignInOver says that a sign-in waits no more for its second proof.
func SignInOver() error { return attendance.NewError(CodeSignInOver, "no such sign-in waits any more") }

// What is kept of identities, in characters.
const (
	MaxSubject      = 255 // as OpenID Connect has it
	MaxIdentityName = 200
)

// TripTTL is how long somebody may stay at the provider, who may ask for a password and a second factor.
const TripTTL = 10 * time.Minute

// Unproved stands in a session that nobody is known to have proved anything for: its user came from a provider that
// does not say when it last saw them.
func Unproved() time.Time { return time.Unix(0, 0).UTC() }
