package account

import (
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"

	"golang.org/x/text/unicode/norm"
)

// NormalLogin is the one form of a login, in which it is stored and looked up: without differences of case, of width
// and of how letters are composed (NFKC), and without the blanks around it.
func NormalLogin(login string) string {
	// Small letters may have one sign where capital ones have two.
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(login))))
}

// Check tells whether the parts of an account are right and go together: a known role, an employee behind the role
// employee, branches for a branch admin and for nobody else. What is wrong with several parts comes joined.
func (u *User) Check() error {
	return errors.Join(checkLogin(u.Login), checkName(u.Name), u.checkRole(), u.checkLocale(), checkEmail(u.Email))
}

func checkLogin(login string) error {
	if login == "" || strings.ContainsFunc(login, unicode.IsSpace) || !legible.Is(login) {
		return attendance.Invalid("login", "A login is an e-mail address or an employee number, without blanks.")
	}
	return nil
}

func checkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return attendance.Invalid("name", "A user has a name.")
	}
	return legible.Check("name", name, legible.Name)
}

func (u *User) checkRole() error {
	switch {
	case !slices.Contains(Roles(), u.Role):
		return attendance.Invalid("role", "There is no such role.")
	case u.Role == RoleEmployee && u.EmployeeID == 0:
		return attendance.Invalid("employee_id", "The role employee needs an employee.")
	case u.Role == RoleBranchAdmin && len(u.BranchIDs) == 0:
		return attendance.Invalid("branch_ids", "A branch admin needs at least one branch.")
	case len(u.BranchIDs) > MaxBranches:
		return attendance.Invalid("branch_ids", "A branch admin has at most "+strconv.Itoa(MaxBranches)+
			" branches; who needs more is an admin.")
	case u.Role != RoleBranchAdmin && len(u.BranchIDs) > 0:
		return attendance.Invalid("branch_ids", "Branches go with the role branch_admin only.")
	}
	return nil
}

func (u *User) checkLocale() error {
	if u.Locale != "id" && u.Locale != "en" {
		return attendance.Invalid("locale", "The languages are id and en.")
	}
	return nil
}

// NewPassword returns a random password of 60 bits that can be read out and typed: letters and digits that are not
// mistaken for one another, in groups of four.
func NewPassword() string {
	s := strings.ToLower(rand.Text()[:12])
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}
