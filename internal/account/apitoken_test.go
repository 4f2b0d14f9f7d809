package account_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAPITokens(t *testing.T) {
	t.Parallel()
	secret, hash, hint := account.NewAPIToken()
	require.Regexp(t, `^hdr_[A-Z2-7]{52}$`, secret)
	require.Equal(t, account.HashToken(secret), hash)
	require.Equal(t, secret[len(secret)-4:], hint)
	require.True(t, account.IsAPIToken(secret))
	session, _ := account.NewToken()
	require.False(t, account.IsAPIToken(session))

	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	admin := account.User{ID: 1, Role: account.RoleAdmin}
	branch := account.User{ID: 2, Role: account.RoleBranchAdmin, BranchIDs: []int64{1, 2}}
	employee := account.User{ID: 3, Role: account.RoleEmployee, EmployeeID: 9}
	ops := account.User{ID: 4, Role: account.RoleOps}
	good := func() account.APIToken {
		return account.APIToken{Name: "Gaji", Scopes: []account.Scope{account.ScopeAttendanceRead},
			ExpiresAt: now.AddDate(0, 3, 0)}
	}
	for name, c := range map[string]struct {
		user   account.User
		change func(*account.APIToken)
		field  string
	}{
		"as it is":              {employee, func(*account.APIToken) {}, ""},
		"no name":               {admin, func(k *account.APIToken) { k.Name = " " }, "name"},
		"a name of two lines":   {admin, func(k *account.APIToken) { k.Name = "a\nb" }, "name"},
		"no scope":              {admin, func(k *account.APIToken) { k.Scopes = nil }, "scopes"},
		"an unheard-of scope":   {admin, func(k *account.APIToken) { k.Scopes = []account.Scope{"all"} }, "scopes"},
		"of no use to the role": {ops, func(*account.APIToken) {}, "scopes"},
		"more than an employee may": {employee,
			func(k *account.APIToken) { k.Scopes = []account.Scope{account.ScopeEmployeesWrite} }, "scopes"},
		"over already":              {admin, func(k *account.APIToken) { k.ExpiresAt = now }, "days"},
		"for ever":                  {admin, func(k *account.APIToken) { k.ExpiresAt = now.AddDate(2, 0, 0) }, "days"},
		"own branches":              {branch, func(k *account.APIToken) { k.BranchIDs = []int64{2} }, ""},
		"somebody else's branch":    {branch, func(k *account.APIToken) { k.BranchIDs = []int64{2, 3} }, "branch_ids"},
		"an admin's, for a branch":  {admin, func(k *account.APIToken) { k.BranchIDs = []int64{7} }, ""},
		"an employee with branches": {employee, func(k *account.APIToken) { k.BranchIDs = []int64{1} }, "branch_ids"},
	} {
		k := good()
		c.change(&k)
		err := k.Check(&c.user, now)
		if c.field == "" {
			require.NoError(t, err, name)
			continue
		}
		var known *attendance.Error
		require.ErrorAs(t, err, &known, name)
		require.Equal(t, c.field, known.Field, name)
	}
	for _, r := range account.Roles() {
		require.NotEmpty(t, account.ScopesOf(r))
	}
	made := account.APIToken{UserID: admin.ID, CreatedBy: 7}
	require.False(t, made.ActsFor(&admin), "which somebody else made, whoever its user was then")
	made.CreatedBy = admin.ID
	require.True(t, made.ActsFor(&admin))
	require.True(t, made.ActsFor(&branch))
}

// Whatever branches a token names, it never reaches more than its user does.
func TestATokenReachesNoFurtherThanItsUser(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Int64Range(1, 6), 0, 4)
		u := account.User{Role: rapid.SampledFrom(account.Roles()).Draw(t, "role"), EmployeeID: 5}
		if u.Role == account.RoleBranchAdmin {
			u.BranchIDs = ids.Draw(t, "scope")
		}
		k := account.APIToken{BranchIDs: ids.Draw(t, "token")}
		acts := k.Acts(u)
		for id := int64(1); id <= 6; id++ {
			want := u.SeesBranch(id) && (len(k.BranchIDs) == 0 || slices.Contains(k.BranchIDs, id))
			require.Equal(t, want, acts.SeesBranch(id))
		}
		operates := u.SeesOperations() && len(k.BranchIDs) == 0 || u.Role == account.RoleOps
		require.Equal(t, operates, acts.SeesOperations())
		require.False(t, acts.SeesCompany() && len(k.BranchIDs) > 0)
	})
}
