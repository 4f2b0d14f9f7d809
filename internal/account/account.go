// Package account holds who may do what: users, roles, and the questions handlers ask before they answer.
package account

import (
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
}

// Session is a signed-in browser or program. Only the SHA-256 of its token is stored.
type Session struct {
	TokenHash [32]byte
	UserID    int64
	CreatedAt time.Time
	ExpiresAt time.Time
	Address   string
	UserAgent string
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
