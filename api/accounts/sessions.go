package accounts

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/build"
	"hadir/internal/httpd"
	"hadir/internal/store/accounts"
	"hadir/internal/words"
)

type loginInput struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"200" doc:"@login" example:"JKT-0001"`
		Password string `json:"password" minLength:"1" maxLength:"1024" text:"secret"`
	}
}

type loginCodeInput struct {
	Body struct {
		Pending string `json:"pending" minLength:"1" maxLength:"100" doc:"What signing in answered."`
		Code    string `json:"code" minLength:"1" maxLength:"40" doc:"@code"`
	}
}

type setupInput struct {
	Language string `header:"Accept-Language" doc:"Becomes the account's language."`
	Body     struct {
		Code     string `json:"code,omitempty" maxLength:"64" doc:"The one-time code that the server printed."`
		Login    string `json:"login" minLength:"3" maxLength:"200"`
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Password string `json:"password" minLength:"1" maxLength:"1024" text:"secret"`
	}
}

type changeMeInput struct {
	Body struct {
		Locale string `json:"locale" enum:"id,en" doc:"@changeMeInput.locale"`
	}
}

type passwordInput struct {
	Body struct {
		Current string `json:"current,omitempty" maxLength:"1024" text:"secret"`
		New     string `json:"new" maxLength:"1024" text:"secret"`
		Tokens  bool   `json:"revoke_tokens,omitempty" doc:"@passwordInput.revoke_tokens"`
	}
}

// appConfig is what a page must know before anybody signs in.
type appConfig struct {
	Pusher struct {
		Key  string `json:"key"`
		Path string `json:"path"`
		Host string `json:"host" doc:"Empty: the page's own."`
		Port int    `json:"port" doc:"0: the page's own."`
	} `json:"pusher"`
	Version       string    `json:"version"`
	SetupRequired bool      `json:"setup_required"`
	Passkeys      bool      `json:"passkeys" doc:"Passkeys can be used at this address."`
	Provider      string    `json:"provider,omitempty" doc:"@appConfig.provider"`
	Demo          bool      `json:"demo"`
	MailResets    bool      `json:"mail_resets" doc:"Who forgot the password can ask for a link by e-mail."`
	Locale        string    `json:"locale"`
	Now           time.Time `json:"now"`
}

type me struct {
	User     account.User         `json:"user"`
	Employee *attendance.Employee `json:"employee"`
	Branches []attendance.Branch  `json:"branches" doc:"Those whose attendance the user may see, and the own one."`
	Now      time.Time            `json:"now"`
	Contact  string               `json:"contact,omitempty" doc:"@contact"`
}

func (a *API) registerSessions(r *rest.Router) {
	login := rest.Op("POST /api/login", "login", "Sign in", tagSessions, http.StatusUnauthorized,
		http.StatusTooManyRequests)
	login.Description = "Where the account has a second factor, the answer is 202 with `pending` and no session: " +
		"login-code, or login-passkey where `passkey` is true, goes on within five minutes."
	rest.HandleOutput(r, login, rest.Everybody, a.login)
	rest.HandleOutput(r, rest.Op("POST /api/login/code", "login-code", "Sign in with a code after the password",
		tagSessions, http.StatusUnauthorized, http.StatusTooManyRequests), rest.Everybody, a.loginCode)
	logout := rest.Op("POST /api/logout", "logout", "Sign out", tagSessions)
	logout.DefaultStatus = http.StatusNoContent
	rest.HandleOutput(r, rest.EvenBefore(logout), rest.SignedIn, a.logout)
	rest.Handle(r, rest.EvenBefore(rest.Op("GET /api/me", "me", "Who is signed in", tagSessions)), rest.SignedIn, a.me)
	rest.Handle(r, rest.EvenBefore(rest.Op("PATCH /api/me", "change-me", "Change the own language", tagSessions)),
		rest.SignedIn, a.changeMe)
	password := rest.Op("POST /api/me/password", "change-password", "Change the own password", tagSessions,
		http.StatusTooManyRequests)
	password.DefaultStatus = http.StatusNoContent
	password.Description = "Ends the user's other sessions; this one goes on. API tokens go on too, unless " +
		"`revoke_tokens` says otherwise."
	rest.Handle(r, rest.ConfirmedIf(rest.EvenBefore(password), noPassword), rest.SignedIn, rest.Do(a.changePassword))
	rest.Handle(r, rest.Op("GET /api/config", "config", "What a page must know before anybody signs in",
		tagSessions), rest.Everybody, a.appConfig)
	setup := rest.Op("POST /api/setup", "setup", "Make the first administrator", tagSessions,
		http.StatusForbidden, http.StatusConflict)
	setup.Description = "Works once, while there is no user, with the code that the server printed."
	setup.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, setup, rest.Everybody, a.setup)
}

// signedOut is the answer to signing out.
type signedOut struct {
	Cookie string `header:"Set-Cookie"`
}

func (a *API) logout(ctx context.Context, _ *struct{}) (*signedOut, error) {
	who := rest.CallerOf(ctx)
	if err := a.o.Store.Sessions.DeleteSession(ctx, rest.ActorOf(ctx), who.TokenHash); err != nil {
		return nil, err
	}
	a.o.Sessions.Drop(who.TokenHash)
	return &signedOut{a.cookie(ctx, httpd.SessionCookie, "", time.Unix(1, 0))}, nil
}

// changeMe is what users may change about their own account.
func (a *API) changeMe(ctx context.Context, in *changeMeInput) (account.User, error) {
	who := rest.CallerOf(ctx)
	u, err := a.o.Store.Users.UpdateUser(ctx, rest.ActorOf(ctx), who.User.ID,
		func(u *account.User) error {
			u.Locale = in.Body.Locale
			return nil
		})
	if err == nil {
		a.o.Sessions.Drop(who.TokenHash) // other nodes follow within seconds
	}
	return u, err
}

func (a *API) me(ctx context.Context, _ *struct{}) (out me, err error) {
	u := rest.UserOf(ctx)
	// The session may be remembered from before the account changed on another node: a page that was just switched to
	// another language would be switched back.
	now, err := a.o.Store.Users.User(ctx, u.ID)
	if err != nil {
		return out, err
	}
	u.Locale, u.MustChangePassword, u.SecondFactorAt = now.Locale, now.MustChangePassword, now.SecondFactorAt
	u.NoPassword = now.NoPassword
	u.Email, u.EmailVerifiedAt = now.Email, now.EmailVerifiedAt
	a.o.Sessions.Due(&u)
	out = me{User: u, Branches: []attendance.Branch{}, Now: a.o.Clock.Now()}
	who := rest.CallerOf(ctx)
	out.Contact = a.o.Meetings.Prove(ctx, &who, out.Now)
	ids, all := u.BranchScope()
	if u.EmployeeID != 0 {
		e, err := a.o.Store.Employees.Employee(ctx, u.EmployeeID)
		if err != nil {
			return out, err
		}
		out.Employee = &e
		ids = append(ids[:len(ids):len(ids)], e.BranchID)
	}
	if all {
		ids = nil
	}
	if all || len(ids) > 0 {
		bs, err := a.o.Store.Branches.Branches(ctx, ids)
		if err != nil {
			return out, err
		}
		out.Branches = bs
	}
	return out, nil
}

func (a *API) changePassword(ctx context.Context, in *passwordInput) error {
	who := rest.CallerOf(ctx)
	if err := a.ownPassword(ctx, "current", in.Body.Current); err != nil {
		return err
	}
	if in.Body.New == in.Body.Current {
		return attendance.Invalid("new", "The new password is the old one.")
	}
	hash, err := a.hasher.Hash(ctx, in.Body.New, who.User.Login, who.User.Name)
	if err != nil {
		return atField("new", err)
	}
	if err := a.o.Store.Users.ChangePassword(ctx, rest.ActorOf(ctx),
		accounts.NewPassword{UserID: who.User.ID, Hash: hash, Keep: who.TokenHash,
			KeepTokens: !in.Body.Tokens, KeepEmail: true}); err != nil {
		return err
	}
	if in.Body.Tokens {
		a.o.Sessions.Forget("") // tokens that the account made may be anybody's
	} else {
		a.forget(who.User.ID)
	}
	return nil
}

// forget drops what this node remembers of a user's sessions and tokens. The task that the change leaves tells the
// others.
func (a *API) forget(userID int64) { a.o.Sessions.Forget(strconv.FormatInt(userID, 10)) }

// atField names the input that an error about a field is about.
func atField(field string, err error) error {
	var known *attendance.Error
	if !errors.As(err, &known) || known.Field == "" {
		return err
	}
	named := *known
	named.Field = field
	return &named
}

func (a *API) appConfig(ctx context.Context, _ *struct{}) (appConfig, error) {
	n, err := a.o.Store.Users.UserCount(ctx)
	c := appConfig{Version: build.Version(), SetupRequired: n == 0, Demo: a.o.Demo, Locale: "id", Now: a.o.Clock.Now(),
		MailResets: a.o.MailResets}
	_, c.Passkeys = a.site(ctx)
	c.Provider = a.o.Provider.Name()
	c.Pusher.Key, c.Pusher.Host, c.Pusher.Port = a.o.PusherKey, a.o.PusherHost, a.o.PusherPort
	return c, err
}

func (a *API) setup(ctx context.Context, in *setupInput) (*signedIn, error) {
	// Where no code was made nobody has one. That a request comes from this machine says nothing: so do all of them
	// behind a proxy that stands on it.
	coded := a.o.SetupCode != "" && subtle.ConstantTimeCompare([]byte(in.Body.Code), []byte(a.o.SetupCode)) == 1
	n, err := a.o.Store.Users.UserCount(ctx)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, attendance.NewError(account.CodeSetupDone, "The first administrator exists already.")
	}
	if !coded {
		return nil, &attendance.Error{Code: account.CodeSetupCode, Field: "code",
			Message: "The code is not the one that the server printed."}
	}
	first := account.User{Login: account.NormalLogin(in.Body.Login), Name: in.Body.Name, Role: account.RoleAdmin,
		Locale: words.LanguageOf(in.Language).Locale()}
	wrong := errors.Join(first.Check(), account.CheckPassword(in.Body.Password, first.Login, first.Name))
	if wrong != nil { // before the hash is paid for
		return nil, wrong
	}
	hash, err := a.hasher.Hash(ctx, in.Body.Password, first.Login, first.Name)
	if err != nil {
		return nil, err
	}
	user, err := a.o.Store.Users.AddFirstUser(ctx, rest.ClientOf(ctx).Address, first, hash)
	if err != nil {
		return nil, err
	}
	return a.begin(ctx, user)
}
