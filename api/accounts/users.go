package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/db"
)

type usersInput struct {
	rest.PageInput
	Query string `query:"q" maxLength:"100" doc:"Beginning of the login, or part of the name."`
	Role  string `query:"role" enum:"employee,branch_admin,admin,ops"`
	State string `query:"state" enum:"active,disabled"`
}

type createUserInput struct {
	Body struct {
		Login      string  `json:"login" minLength:"1" maxLength:"200" doc:"@login"`
		Name       string  `json:"name" minLength:"1" maxLength:"200"`
		Role       string  `json:"role" enum:"employee,branch_admin,admin,ops"`
		EmployeeID int64   `json:"employee_id,omitempty" minimum:"0" doc:"@createUserInput.employee_id"`
		BranchIDs  []int64 `json:"branch_ids,omitempty" doc:"Scope of a branch admin, at most 500."`
		Locale     string  `json:"locale,omitempty" enum:"id,en" default:"id"`
		Email      string  `json:"email,omitempty" maxLength:"254" doc:"@email"`
		Password   string  `json:"password,omitempty" maxLength:"1024" doc:"@createUserInput.password" text:"secret"`
	}
}

type changeUserInput struct {
	rest.IDInput
	Body struct {
		Login      *string  `json:"login,omitempty" minLength:"1" maxLength:"200"`
		Name       *string  `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Role       *string  `json:"role,omitempty" enum:"employee,branch_admin,admin,ops"`
		EmployeeID *int64   `json:"employee_id,omitempty" minimum:"0" doc:"0 unlinks."`
		BranchIDs  *[]int64 `json:"branch_ids,omitempty"`
		Locale     *string  `json:"locale,omitempty" enum:"id,en"`
		Email      *string  `json:"email,omitempty" maxLength:"254" doc:"@email"`
		Version    string   `json:"version,omitempty" maxLength:"64" doc:"@version"`
		Disabled   *bool    `json:"disabled,omitempty" doc:"true ends the user's sessions and refuses new ones."`
	}
}

type resetPasswordInput struct {
	rest.IDInput
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"Empty: the server makes one." text:"secret"`
	}
}

type forEmployeesInput struct {
	Body struct {
		BranchID int64 `json:"branch_id,omitempty" minimum:"0" doc:"0: every branch."`
		Limit    int   `json:"limit,omitempty" minimum:"1" maximum:"50" default:"50" doc:"@forEmployeesInput.limit"`
	}
}

// secretUser is a user with the password that was made for them.
type secretUser struct {
	accounts.UserEntry
	Password string `json:"password,omitempty" doc:"@secretUser.password"`
}

type madeForEmployees struct {
	Items     []secretUser `json:"items"`
	Remaining int          `json:"remaining" doc:"Employees who still have no account."`
}

// UserItem is a user with the version of what an administrator may change.
type UserItem struct {
	accounts.UserEntry
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

func userItem(u accounts.UserEntry) UserItem { return UserItem{u, db.Version(u.User)} }

func (a *API) registerUsers(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/users", "list-users", "Users, by id", tagUsers), rest.Admins, a.users)
	rest.Handle(r, rest.Op("GET /api/users/{id}", "get-user", "One user", tagUsers, http.StatusNotFound), rest.Admins,
		func(ctx context.Context, in *rest.IDInput) (UserItem, error) { return a.user(ctx, in.ID) })
	create := rest.Confirmed(rest.Op("POST /api/users", "create-user", "Make a user", tagUsers,
		http.StatusConflict))
	create.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, create, rest.Admins, rest.Secretly(a.createUser))
	change := rest.Op("PATCH /api/users/{id}", "change-user", "Change a user", tagUsers,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "The last administrator who can sign in can be neither disabled nor given another role " +
		"(code last_admin)."
	rest.Handle(r, rest.Confirmed(change), rest.Admins, a.changeUser)
	reset := rest.Op("POST /api/users/{id}/password", "reset-password", "Give a user a new password",
		tagUsers, http.StatusNotFound)
	reset.Description = "Ends the user's sessions and revokes the API tokens that the account made, for itself or " +
		"for others: somebody else may have had the password. So the e-mail address counts no longer until its " +
		"user verified it once more. Whoever signs in with the password must change it first."
	rest.HandleOutput(r, rest.Confirmed(reset), rest.Admins, rest.Secretly(a.resetPassword))
	many := rest.Op("POST /api/users/for-employees", "create-users-for-employees",
		"Make users for employees who have none", tagUsers, http.StatusNotFound, http.StatusConflict)
	many.Description = "The login is the employee number. The answer is the only place where the passwords appear."
	many.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, rest.Confirmed(many), rest.Admins, rest.Secretly(a.forEmployees))
	hands := rest.Op("POST /api/users/{id}/confirm", "confirm-user",
		"Confirm that an account is in the hands of its person", tagUsers, http.StatusNotFound)
	hands.Description = "Whoever made an account, set its password, login or address, or gave it a role that " +
		"decides, could sign in with it. Until somebody else confirms it, it is nobody else than they: it does not " +
		"decide about their days while somebody else could. Neither they nor another account that may be in the " +
		"same hands confirms it (own_days)."
	rest.Handle(r, rest.Confirmed(hands), rest.Admins, a.confirmUser)
}

func (a *API) users(ctx context.Context, in *usersInput) (rest.List[UserItem], error) {
	f := accounts.UserFilter{Role: account.Role(in.Role), Query: in.Query, Limit: in.Limit, Cursor: in.Cursor}
	if in.State != "" {
		disabled := in.State == "disabled"
		f.Disabled = &disabled
	}
	rows, next, err := a.o.Store.Users.Users(ctx, f)
	return rest.NewList(rest.Items(rows, userItem), next, a.o.Clock.Now()), err
}

func (a *API) user(ctx context.Context, id int64) (UserItem, error) {
	u, err := a.o.Store.Users.UserEntry(ctx, id)
	return userItem(u), err
}

// password returns the hash of the password chosen for a user, or of one that is made and returned.
func (a *API) password(ctx context.Context, chosen string, u *account.User) (made, hash string, err error) {
	if chosen == "" {
		made = account.NewPassword()
		chosen = made
	}
	hash, err = a.hasher.Hash(ctx, chosen, u.Login, u.Name)
	return made, hash, err
}

func (a *API) createUser(ctx context.Context, in *createUserInput) (secretUser, error) {
	b := in.Body
	u := account.User{Login: account.NormalLogin(b.Login), Name: b.Name, Role: account.Role(b.Role),
		EmployeeID: b.EmployeeID, BranchIDs: scope(b.BranchIDs), Locale: b.Locale, Email: account.NormalEmail(b.Email),
		MustChangePassword: true}
	wrong := u.Check()
	if b.Password != "" {
		wrong = errors.Join(wrong, account.CheckPassword(b.Password, u.Login, u.Name))
	}
	if wrong != nil { // before the hash is paid for
		return secretUser{}, wrong
	}
	made, hash, err := a.password(ctx, b.Password, &u)
	if err != nil {
		return secretUser{}, err
	}
	users, err := a.o.Store.Users.CreateUsers(ctx, rest.ActorOf(ctx), []account.User{u},
		[]string{hash})
	if err != nil {
		return secretUser{}, err
	}
	entry, err := a.o.Store.Users.UserEntry(ctx, users[0].ID)
	return secretUser{entry, made}, err
}

// scope sorts the branches of a user and names each once.
func scope(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (a *API) changeUser(ctx context.Context, in *changeUserInput) (out UserItem, err error) {
	b, now := in.Body, a.o.Clock.Now()
	_, err = a.o.Store.Users.UpdateUser(ctx, rest.ActorOf(ctx), in.ID,
		func(u *account.User) error {
			if err := db.Unchanged(b.Version, *u); err != nil {
				return err
			}
			rest.Set(&u.Login, b.Login)
			rest.Set(&u.Name, b.Name)
			rest.Set(&u.EmployeeID, b.EmployeeID)
			rest.Set(&u.Locale, b.Locale)
			rest.Set(&u.Email, b.Email)
			if b.Role != nil {
				u.Role = account.Role(*b.Role)
			}
			if b.BranchIDs != nil {
				u.BranchIDs = append([]int64{}, scope(*b.BranchIDs)...)
			}
			switch {
			case b.Disabled == nil:
			case !*b.Disabled:
				u.DisabledAt = nil
			case u.DisabledAt == nil:
				u.DisabledAt = &now
			}
			return nil
		})
	if err != nil {
		return out, err
	}
	a.o.Sessions.Forget("") // other nodes follow within seconds
	return a.user(ctx, in.ID)
}

func (a *API) confirmUser(ctx context.Context, in *rest.IDInput) (out UserItem, err error) {
	if err := a.o.Store.Makers.Confirm(ctx, rest.ActorOf(ctx), in.ID); err != nil {
		return out, err
	}
	a.o.Sessions.Forget("")
	return a.user(ctx, in.ID)
}

func (a *API) resetPassword(ctx context.Context, in *resetPasswordInput) (secretUser, error) {
	u, err := a.o.Store.Users.User(ctx, in.ID)
	if err != nil {
		return secretUser{}, err
	}
	made, hash, err := a.password(ctx, in.Body.Password, &u)
	if err != nil {
		return secretUser{}, err
	}
	by := rest.ActorOf(ctx)
	given := made != "" || in.ID != by.UserID
	if err := a.o.Store.Users.ChangePassword(ctx, by,
		accounts.NewPassword{UserID: in.ID, Hash: hash, MustChange: given, KeepEmail: !given}); err != nil {
		return secretUser{}, err
	}
	a.o.Sessions.Forget("") // tokens that the account made may be anybody's
	entry, err := a.o.Store.Users.UserEntry(ctx, in.ID)
	return secretUser{entry, made}, err
}

func (a *API) forEmployees(ctx context.Context, in *forEmployeesInput) (madeForEmployees, error) {
	out := madeForEmployees{Items: []secretUser{}}
	var branches []int64
	if in.Body.BranchID != 0 {
		branches = []int64{in.Body.BranchID}
		if found, err := a.o.Store.Branches.Branches(ctx, branches); err != nil {
			return out, err
		} else if len(found) == 0 {
			return out, rest.NotFound()
		}
	}
	es, total, err := a.o.Store.Users.WithoutUser(ctx, branches, in.Body.Limit)
	if err != nil || len(es) == 0 {
		return out, err
	}
	users, hashes, passwords := make([]account.User, len(es)), make([]string, len(es)), make([]string, len(es))
	for i, e := range es {
		users[i] = account.User{Login: account.NormalLogin(e.Number), Name: e.Name, Role: account.RoleEmployee,
			EmployeeID: e.ID, Locale: "id", MustChangePassword: true}
		if err := users[i].Check(); err != nil {
			return out, attendance.Invalid("branch_id",
				fmt.Sprintf("The number %s cannot be a login; make that user by hand.", e.Number))
		}
		if passwords[i], hashes[i], err = a.password(ctx, "", &users[i]); err != nil {
			return out, err
		}
	}
	made, err := a.o.Store.Users.CreateUsers(ctx, rest.ActorOf(ctx), users, hashes)
	if err != nil {
		return out, err
	}
	for i, u := range made {
		out.Items = append(
			out.Items,
			secretUser{
				accounts.UserEntry{User: u, EmployeeNumber: es[i].Number, EmployeeName: es[i].Name},
				passwords[i],
			},
		)
	}
	out.Remaining = total - len(made)
	return out, nil
}
