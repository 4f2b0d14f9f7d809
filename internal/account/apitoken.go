package account

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
)

// Scope is one thing that an API token may be used for. What its user may not do, no scope allows.
type Scope string

// The scopes. What none of them names (accounts, passwords, webhooks, tokens) needs a person who is signed in.
const (
	ScopeAttendanceRead    Scope = "attendance:read"
	ScopePunchWrite        Scope = "punch:write"
	ScopeRequestsRead      Scope = "requests:read"
	ScopeRequestsWrite     Scope = "requests:write"
	ScopeReportsRead       Scope = "reports:read"
	ScopeEmployeesRead     Scope = "employees:read"
	ScopeEmployeesWrite    Scope = "employees:write"
	ScopeOrganisationRead  Scope = "organisation:read"
	ScopeOrganisationWrite Scope = "organisation:write"
	ScopeAuditRead         Scope = "audit:read"
	ScopeOperationsRead    Scope = "operations:read"
)

// ScopeAny is what operations need that are of use with any scope. No token names it.
const ScopeAny Scope = "any"

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{ScopeAttendanceRead, ScopePunchWrite, ScopeRequestsRead, ScopeRequestsWrite, ScopeReportsRead,
		ScopeEmployeesRead, ScopeEmployeesWrite, ScopeOrganisationRead, ScopeOrganisationWrite, ScopeAuditRead,
		ScopeOperationsRead}
}

// ScopesOf lists the scopes that are of use to a role.
func ScopesOf(r Role) []Scope {
	switch r {
	case RoleAdmin:
		return Scopes()
	case RoleBranchAdmin:
		return []Scope{ScopeAttendanceRead, ScopePunchWrite, ScopeRequestsRead, ScopeRequestsWrite, ScopeReportsRead,
			ScopeEmployeesRead, ScopeEmployeesWrite, ScopeOrganisationRead, ScopeOrganisationWrite}
	case RoleOps:
		return []Scope{ScopeOperationsRead}
	default:
		return []Scope{ScopeAttendanceRead, ScopePunchWrite, ScopeRequestsRead, ScopeRequestsWrite, ScopeReportsRead}
	}
}

// SortScopes puts scopes into the order of Scopes and names each once; what is none comes last.
func SortScopes(scopes []Scope) []Scope {
	known := Scopes()
	place := func(s Scope) int {
		if i := slices.Index(known, s); i >= 0 {
			return i
		}
		return len(known)
	}
	scopes = slices.Clone(scopes)
	slices.SortFunc(scopes, func(a, b Scope) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) })
	return slices.Compact(scopes)
}

// Bounds of API tokens.
const (
	MaxTokenDays     = 366
	MaxTokens        = 50 // of a user that are neither expired nor revoked
	maxTokenName     = 100
	apiTokenPrefix   = "hdr_"
	apiTokenHintSize = 4
)

// APIToken lets a program act as its user: within the scopes, within the branches if it names some, until it expires or
// is revoked. Only the SHA-256 of the secret is stored.
type APIToken struct {
	ID         int64      `json:"id"`
	UserID     int64      `json:"user_id"`
	Name       string     `json:"name"`
	Hint       string     `json:"hint"`
	Scopes     []Scope    `json:"scopes"`
	BranchIDs  []int64    `json:"branch_ids,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	CreatedBy  int64      `json:"created_by"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	// MakerID is the employee who made the token, where that was for another user. It lets nobody do about themselves
	// by a program what they may not do in person.
	MakerID int64 `json:"-"`
}

// NewAPIToken returns the secret of a token, 256 random bits behind a prefix that programs which look for leaked
// secrets know it by, the hash under which it is stored, and its last characters, by which people tell tokens apart.
func NewAPIToken() (secret string, hash [32]byte, hint string) {
	secret = apiTokenPrefix + rand.Text() + rand.Text()
	return secret, HashToken(secret), secret[len(secret)-apiTokenHintSize:]
}

// IsAPIToken tells an API token from that of a session, by its form.
func IsAPIToken(token string) bool { return strings.HasPrefix(token, apiTokenPrefix) }

// Check tells whether a token may be made for a user.
func (t *APIToken) Check(u *User, now time.Time) error {
	days := t.ExpiresAt.Sub(now)
	switch {
	case strings.TrimSpace(t.Name) == "" || utf8.RuneCountInString(t.Name) > maxTokenName:
		return attendance.Invalid("name", "A token has a name of at most 100 characters.")
	case len(t.Scopes) == 0:
		return attendance.Invalid("scopes", "A token needs at least one scope.")
	case days <= 0 || days > MaxTokenDays*24*time.Hour:
		return attendance.Invalid("days", fmt.Sprintf("A token lasts 1 to %d days.", MaxTokenDays))
	}
	if err := legible.Check("name", t.Name, legible.Name); err != nil {
		return err
	}
	for _, s := range t.Scopes {
		if !slices.Contains(ScopesOf(u.Role), s) {
			return attendance.Invalid("scopes", "This scope is of no use to the user's role.")
		}
	}
	if len(t.BranchIDs) > 0 && !u.SeesDashboard() || len(t.BranchIDs) > MaxBranches {
		return attendance.Invalid("branch_ids", "Branches go with the tokens of administrators only.")
	}
	for _, id := range t.BranchIDs {
		if !u.SeesBranch(id) {
			return attendance.Invalid("branch_ids", "There is no such branch.")
		}
	}
	return nil
}

// Has tells whether a token may be used for something.
func (t *APIToken) Has(s Scope) bool { return s == ScopeAny || slices.Contains(t.Scopes, s) }

// Over tells whether a token has expired.
func (t *APIToken) Over(now time.Time) bool { return !t.ExpiresAt.After(now) }

// ActsFor tells whether the token may act for its user at all. One that somebody else made never acts for an
// administrator, whatever the user was when it was made: nobody does things in another administrator's name.
func (t *APIToken) ActsFor(u *User) bool { return u.Role != RoleAdmin || t.CreatedBy == u.ID }

// Acts is the user that a program with the token is: of an administrator's token for some branches, an admin of those.
// Where the user lost a branch, so did the token.
func (t *APIToken) Acts(u User) User {
	if len(t.BranchIDs) == 0 {
		return u
	}
	ids := slices.DeleteFunc(slices.Clone(t.BranchIDs), func(id int64) bool { return !u.SeesBranch(id) })
	if u.SeesDashboard() {
		u.Role, u.BranchIDs = RoleBranchAdmin, ids
	}
	return u
}
