package api

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/build"

	"github.com/danielgtaylor/huma/v2"
)

const tagSessions = "Sessions"

type loginInput struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"200" doc:"E-mail address or employee number." example:"JKT-0001"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type setupInput struct {
	Language string `header:"Accept-Language" doc:"Becomes the account's language."`
	Body     struct {
		Code     string `json:"code,omitempty" maxLength:"64" doc:"The one-time code that the server printed."`
		Login    string `json:"login" minLength:"3" maxLength:"200"`
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type changeMeInput struct {
	Body struct {
		Locale string `json:"locale" enum:"id,en" doc:"Language of the pages, of mails, and of reports and errors where a request names none."`
	}
}

type passwordInput struct {
	Body struct {
		Current string `json:"current" maxLength:"1024"`
		New     string `json:"new" maxLength:"1024"`
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
	Demo          bool      `json:"demo"`
	Locale        string    `json:"locale"`
	Now           time.Time `json:"now"`
}

type me struct {
	User     account.User         `json:"user"`
	Employee *attendance.Employee `json:"employee"`
	Branches []attendance.Branch  `json:"branches" doc:"Those whose attendance the user may see, and the own one."`
	Now      time.Time            `json:"now"`
}

func (a *API) registerSessions(h huma.API) {
	huma.Register(h, open(http.MethodPost, "/api/login", "login", "Sign in", tagSessions, http.StatusUnauthorized,
		http.StatusTooManyRequests),
		func(ctx context.Context, in *loginInput) (*signedIn, error) {
			user, err := a.signIn(ctx, in.Body.Login, in.Body.Password)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			out, err := a.begin(ctx, user)
			return out, a.fail(ctx, err)
		})
	logout := private(http.MethodPost, "/api/logout", "logout", "Sign out", tagSessions)
	logout.DefaultStatus = http.StatusNoContent
	huma.Register(h, logout, func(ctx context.Context, _ *struct{}) (*struct {
		Cookie http.Cookie `header:"Set-Cookie"`
	}, error) {
		hash := callerOf(ctx).tokenHash
		if err := a.o.Store.DeleteSession(ctx, callerOf(ctx).user.ID, hash); err != nil {
			return nil, a.fail(ctx, err)
		}
		a.sessions.Remove(hash)
		return &struct {
			Cookie http.Cookie `header:"Set-Cookie"`
		}{a.cookie(ctx, SessionCookie, "", time.Unix(1, 0))}, nil
	})
	huma.Register(h, private(http.MethodGet, "/api/me", "me", "Who is signed in", tagSessions), a.me)
	change := private(http.MethodPatch, "/api/me", "change-me", "Change the own language", tagSessions)
	huma.Register(h, change, func(ctx context.Context, in *changeMeInput) (*answer[account.User], error) {
		u, err := a.changeMe(ctx, strings.Clone(in.Body.Locale))
		return &answer[account.User]{u}, a.fail(ctx, err)
	})
	password := private(http.MethodPost, "/api/me/password", "change-password", "Change the own password", tagSessions,
		http.StatusTooManyRequests)
	password.DefaultStatus = http.StatusNoContent
	password.Description = "Ends all of the user's sessions, this one included."
	huma.Register(h, password, func(ctx context.Context, in *passwordInput) (*struct{}, error) {
		return nil, a.fail(ctx, a.changePassword(ctx, in.Body.Current, in.Body.New))
	})
	huma.Register(h, open(http.MethodGet, "/api/config", "config", "What a page must know before anybody signs in",
		tagSessions), a.appConfig)
	setup := open(http.MethodPost, "/api/setup", "setup", "Make the first administrator", tagSessions,
		http.StatusForbidden, http.StatusConflict)
	setup.Description = "Works once, while there is no user, with the code that the server printed."
	setup.DefaultStatus = http.StatusCreated
	huma.Register(h, setup, func(ctx context.Context, in *setupInput) (*signedIn, error) {
		out, err := a.setup(ctx, in)
		return out, a.fail(ctx, err)
	})
}

// changeMe is what users may change about their own account.
func (a *API) changeMe(ctx context.Context, locale string) (account.User, error) {
	who := callerOf(ctx)
	u, err := a.o.Store.UpdateUser(ctx, who.user.ID, clientOf(ctx).address, who.user.ID, func(u *account.User) error {
		u.Locale = locale
		return nil
	})
	if err == nil {
		a.sessions.Remove(who.tokenHash) // other nodes follow within sessionCacheTTL
	}
	return u, err
}

func (a *API) me(ctx context.Context, _ *struct{}) (*answer[me], error) {
	u := callerOf(ctx).user
	// The session may be remembered from before the account changed on another node: a page that was just switched to
	// another language would be switched back.
	now, err := a.o.Store.User(ctx, u.ID)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	u.Locale = now.Locale
	out := me{User: u, Branches: []attendance.Branch{}, Now: a.o.Clock.Now()}
	ids, all := u.BranchScope()
	if u.EmployeeID != 0 {
		e, err := a.o.Store.Employee(ctx, u.EmployeeID)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		out.Employee = &e
		ids = append(ids[:len(ids):len(ids)], e.BranchID)
	}
	if all {
		ids = nil
	}
	if all || len(ids) > 0 {
		bs, err := a.o.Store.Branches(ctx, ids)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		out.Branches = bs
	}
	return &answer[me]{out}, nil
}

func (a *API) changePassword(ctx context.Context, current, next string) error {
	who := callerOf(ctx)
	// The same throttle as at the door: a stolen session must not become a way to guess the password.
	if _, err := a.signIn(ctx, who.user.Login, current); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	if err := a.o.Store.ChangePassword(ctx, who.user.ID, clientOf(ctx).address, who.user.ID, hash); err != nil {
		return err
	}
	a.sessions.Remove(who.tokenHash)
	return nil
}

func (a *API) appConfig(ctx context.Context, _ *struct{}) (*answer[appConfig], error) {
	n, err := a.o.Store.UserCount(ctx)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	c := appConfig{Version: build.Version(), SetupRequired: n == 0, Demo: a.o.Demo, Locale: "id", Now: a.o.Clock.Now()}
	c.Pusher.Key, c.Pusher.Host, c.Pusher.Port = a.o.PusherKey, a.o.PusherHost, a.o.PusherPort
	return &answer[appConfig]{c}, nil
}

func (a *API) setup(ctx context.Context, in *setupInput) (*signedIn, error) {
	ip := net.ParseIP(clientOf(ctx).address)
	local := ip != nil && ip.IsLoopback()
	coded := a.o.SetupCode != "" && subtle.ConstantTimeCompare([]byte(in.Body.Code), []byte(a.o.SetupCode)) == 1
	n, err := a.o.Store.UserCount(ctx)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, attendance.NewError(attendance.CodeSetupDone, "The first administrator exists already.")
	}
	// Behind a balancer or a tunnel on this machine every request seems local: an address counts only where no code was
	// made.
	if !coded && (a.o.SetupCode != "" || !local) {
		return nil, &attendance.Error{Code: attendance.CodeForbidden, Field: "code",
			Message: "The code is not the one that the server printed."}
	}
	hash, err := a.hasher.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	user, err := a.o.Store.AddFirstUser(ctx,
		account.User{Login: in.Body.Login, Name: in.Body.Name, Role: account.RoleAdmin,
			Locale: locales[languageOf(in.Language)]}, hash)
	if err != nil {
		return nil, err
	}
	return a.begin(ctx, user)
}
