package rest

import (
	"context"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
)

// BranchScope returns the branches to read: those asked for, if the user may see all of them, else all that the user
// may see (nil: every branch).
func BranchScope(u account.User, asked []int64) ([]int64, error) {
	if !u.SeesDashboard() {
		return nil, Forbidden()
	}
	for _, id := range asked {
		if !u.SeesBranch(id) {
			return nil, NotFound()
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	return OwnBranches(u), nil
}

// OwnBranches returns the branches to which what a user does is limited; nil for every branch. A user who looks after
// none has an empty list.
func OwnBranches(u account.User) []int64 {
	ids, all := u.BranchScope()
	if all {
		return nil
	}
	return append([]int64{}, ids...)
}

// narrow returns the ids that are allowed and asked for; nil allows all. Ids that the caller may not see are answered
// as if they did not exist.
func narrow(allowed, asked []int64) ([]int64, error) {
	if allowed == nil {
		return asked, nil
	}
	for _, id := range asked {
		if !slices.Contains(allowed, id) {
			return nil, NotFound()
		}
	}
	return asked, nil
}

// Sight returns what a list of people's rows is limited to, nil for no limit: an employee to the own rows, a branch
// admin to the branches in scope, and both to the branches and employees asked for. A branch or an employee out of
// sight is answered as if it did not exist.
func Sight(u account.User, branches, employees []int64) (branchIDs, employeeIDs []int64, err error) {
	if !u.SeesDashboard() {
		if u.EmployeeID == 0 {
			return nil, nil, NoEmployee()
		}
		employeeIDs = []int64{u.EmployeeID}
		if len(branches) > 0 {
			branchIDs = branches
		}
	} else if branchIDs, err = BranchScope(u, branches); err != nil {
		return nil, nil, err
	}
	if len(employees) > 0 {
		employeeIDs, err = narrow(employeeIDs, employees)
	}
	return branchIDs, employeeIDs, err
}

// Directory is what knows where people belong.
type Directory interface {
	Employee(ctx context.Context, id int64) (attendance.Employee, error)
	Employments(ctx context.Context, employeeID int64) ([]attendance.Employment, error)
}

// EverBelonged returns the branch of an employee if the user sees it, else the latest one that the user sees;
// CodeNotFound if there is none.
func EverBelonged(ctx context.Context, d Directory, u account.User, employeeID int64) (branchID int64, err error) {
	e, err := d.Employee(ctx, employeeID)
	if err != nil || u.SeesEmployee(e.ID, e.BranchID) {
		return e.BranchID, err
	}
	all, err := d.Employments(ctx, employeeID)
	if err != nil {
		return 0, err
	}
	for _, at := range slices.Backward(all) {
		if u.SeesEmployee(employeeID, at.BranchID) {
			return at.BranchID, nil
		}
	}
	return 0, NotFound()
}

// Branches is what knows the zones of branches.
type Branches interface {
	Branches(ctx context.Context, ids []int64) ([]attendance.Branch, error)
}

// TodayAt is the date where a branch is; in UTC for one that is not there.
func TodayAt(ctx context.Context, in Branches, branchID int64, now time.Time) (attendance.Date, error) {
	bs, err := in.Branches(ctx, []int64{branchID})
	if err != nil || len(bs) == 0 {
		return attendance.DateOf(now, time.UTC), err
	}
	return attendance.TodayIn(bs[0].Zone, now)
}
