// Package account holds who may do what: users, roles, and the questions handlers ask before they answer.
package account

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Role is what a user is in the company.
type Role string

// An employee sees only their own rows, a branch admin the branches in scope, an admin the whole company, and ops the
// machinery (queues, nodes) but no attendance data.
const (
	RoleEmployee    Role = "employee"
	RoleBranchAdmin Role = "branch_admin"
	RoleAdmin       Role = "admin"
	RoleOps         Role = "ops"
)

// Roles lists every role.
func Roles() []Role { return []Role{RoleEmployee, RoleBranchAdmin, RoleAdmin, RoleOps} }

// MaxBranches is how many branches the scope of one user may name. What a page of theirs listens to follows from it:
// see realtime.MaxSubscriptions.
const MaxBranches = 500

// User is an account that can sign in. EmployeeID is 0 for accounts that do not punch.
type User struct {
	ID         int64      `json:"id"`
	Login      string     `json:"login"` // e-mail address or employee number, stored in lower case
	Name       string     `json:"name"`
	Role       Role       `json:"role"`
	EmployeeID int64      `json:"employee_id,omitempty"`
	BranchIDs  []int64    `json:"branch_ids,omitempty"` // scope of a branch admin
	Locale     string     `json:"locale"`               // "id" or "en"
	DisabledAt *time.Time `json:"disabled_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	// Forgotten says that only a pseudonym is left of whose account it was, for good: nothing changes any more.
	Forgotten bool `json:"forgotten,omitempty" doc:"@forgotten"`
	// MustChangePassword says that somebody else knows the password: nothing can be done before it is another.
	MustChangePassword bool `json:"must_change_password,omitempty"`
	// NoPassword says that only a provider, or a passkey, opens the account.
	NoPassword bool `json:"no_password,omitempty"`
	// SecondFactorAt is since when a code is asked for after the password; nil for not at all.
	SecondFactorAt *time.Time `json:"second_factor_at,omitempty"`
	// Email is where a forgotten password is asked for, in lower case, once it is known to be the user's.
	Email           string     `json:"email,omitempty"`
	EmailVerifiedAt *time.Time `json:"email_verified_at,omitempty" doc:"@email_verified_at"`
	// MustSetUpSecondFactor says that the policy wants one of the user's role, and there is none. It is not stored.
	MustSetUpSecondFactor bool `json:"must_set_up_second_factor,omitempty"`
	// Keys stand for what opens the account: the password, and since when a second factor is asked for. If they differ
	// from those that somebody was asked for, what was proved opens the account no more.
	Keys [32]byte `json:"-"`
	// MakerIDs are the employees in whose hands the account of an administrator may be, since it is of their making and
	// nobody else has confirmed it. It is known of who sends a request.
	MakerIDs []int64 `json:"-"`
}

// Selves are the employees whose own days are those of a user, each once: the user's, and those of whose making the
// account is.
func (u *User) Selves() (ids []int64) {
	for _, id := range append([]int64{u.EmployeeID}, u.MakerIDs...) {
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Session is a signed-in browser or program. Only the SHA-256 of its token is stored.
type Session struct {
	TokenHash  [32]byte
	UserID     int64
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time // to within SessionTouch; zero: not since it began
	IdleUntil  time.Time // when it ends unless it is used; zero: at ExpiresAt only
	Address    string    // that it began at
	UserAgent  string
	By         *Identity // that opens it, as long as it still opens the account; nil: another proof does
	Keys       [32]byte  // of the account when its user was asked for a proof; zero: whatever they are. Not stored
	// ConfirmedAt is when its user last proved who they are; zero: when it began.
	ConfirmedAt time.Time
}

// ProvedAt is when the user of a session last proved who they are.
func (s *Session) ProvedAt() time.Time {
	if s.ConfirmedAt.IsZero() {
		return s.CreatedAt
	}
	return s.ConfirmedAt
}

// SessionTouch is how often the use of a session is noted.
const SessionTouch = 5 * time.Minute

// ID names a session to its owner. Nothing can be done with it but ending the session.
func (s *Session) ID() string {
	sum := sha256.Sum256(append([]byte("session "), s.TokenHash[:]...))
	return hex.EncodeToString(sum[:12])
}

// SignedIn is a session and its user.
type SignedIn struct {
	Session Session
	User    User
	Err     error // why the user cannot be read
}

// Use notes the use of a session that ends when nobody uses it for so long; 0 is for ever. It tells whether there is
// something to store.
func (s *Session) Use(now time.Time, idle time.Duration) bool {
	last := s.CreatedAt
	if s.LastUsedAt.After(last) {
		last = s.LastUsedAt
	}
	if now.Sub(last) < SessionTouch && s.IdleUntil.IsZero() == (idle == 0) {
		return false
	}
	s.LastUsedAt, s.IdleUntil = now, IdleUntil(now, idle)
	return true
}

// Known is nil for the zero time, which stands for an instant that there is not.
func Known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// IdleUntil is when a session ends that is used now and then no more. It allows for uses that are not noted.
func IdleUntil(now time.Time, idle time.Duration) time.Time {
	if idle == 0 {
		return time.Time{}
	}
	return now.Add(idle + SessionTouch)
}

// SeesCompany tells whether the user may read every branch's attendance.
func (u *User) SeesCompany() bool { return u.Role == RoleAdmin }

// SeesBranch tells whether the user may read the attendance of a branch.
func (u *User) SeesBranch(branchID int64) bool {
	return u.Role == RoleAdmin || u.Role == RoleBranchAdmin && slices.Contains(u.BranchIDs, branchID)
}

// SeesEmployee tells whether the user may read one employee's attendance; branchID is that employee's branch.
func (u *User) SeesEmployee(employeeID, branchID int64) bool {
	return u.EmployeeID != 0 && u.EmployeeID == employeeID || u.SeesBranch(branchID)
}

// SeesDashboard tells whether the user is an admin of some kind.
func (u *User) SeesDashboard() bool { return u.Role == RoleAdmin || u.Role == RoleBranchAdmin }

// SeesOperations tells whether the user may look at queues and nodes.
func (u *User) SeesOperations() bool { return u.Role == RoleOps || u.Role == RoleAdmin }

// BranchScope returns the branches the user's lists are limited to; all is true when there is no limit.
func (u *User) BranchScope() (ids []int64, all bool) {
	if u.Role == RoleAdmin {
		return nil, true
	}
	if u.Role == RoleBranchAdmin {
		return u.BranchIDs, false
	}
	return nil, false
}
