package account_test

import (
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := account.User{Login: "a@b.id", Name: "A", Role: account.RoleAdmin, Locale: "id"}
	for name, c := range map[string]struct {
		change func(u *account.User)
		field  string // "" when the account is sound
	}{
		"as it is":                  {func(*account.User) {}, ""},
		"an admin with an employee": {func(u *account.User) { u.EmployeeID = 7 }, ""},
		"ops":                       {func(u *account.User) { u.Role = account.RoleOps }, ""},
		"an employee":               {func(u *account.User) { u.Role, u.EmployeeID = account.RoleEmployee, 7 }, ""},
		"a branch admin": {
			func(u *account.User) { u.Role, u.BranchIDs = account.RoleBranchAdmin, []int64{1} }, ""},
		"no login":                     {func(u *account.User) { u.Login = "" }, "login"},
		"a login with a blank":         {func(u *account.User) { u.Login = "a b" }, "login"},
		"a login with a control":       {func(u *account.User) { u.Login = "a\x00b" }, "login"},
		"a name of blanks":             {func(u *account.User) { u.Name = " " }, "name"},
		"a name that turns around":     {func(u *account.User) { u.Name = "\u202eida" }, "name"},
		"an unheard-of role":           {func(u *account.User) { u.Role = "root" }, "role"},
		"an employee who is nobody":    {func(u *account.User) { u.Role = account.RoleEmployee }, "employee_id"},
		"a branch admin of nothing":    {func(u *account.User) { u.Role = account.RoleBranchAdmin }, "branch_ids"},
		"an admin of single branches":  {func(u *account.User) { u.BranchIDs = []int64{1} }, "branch_ids"},
		"a language that is not there": {func(u *account.User) { u.Locale = "fr" }, "locale"},
	} {
		u := good
		c.change(&u)
		err := u.Check()
		if c.field == "" {
			require.NoError(t, err, name)
			continue
		}
		var known *attendance.Error
		require.ErrorAs(t, err, &known, name)
		require.Equal(t, c.field, known.Field, name)
	}
}

func TestNewPassword(t *testing.T) {
	t.Parallel()
	p := account.NewPassword()
	require.NoError(t, account.CheckPassword(p))
	require.Regexp(t, `^[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}$`, p)
	require.NotEqual(t, p, account.NewPassword())
}
