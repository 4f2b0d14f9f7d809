package accounts

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
)

// ownSession is a session as its owner sees it.
type ownSession struct {
	ID         string     `json:"id" doc:"Names the session; it is no token."`
	Current    bool       `json:"current" doc:"The one that asks."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"@ownSession.last_used_at"`
	ExpiresAt  time.Time  `json:"expires_at" doc:"When it ends at the latest."`
	IdleUntil  *time.Time `json:"idle_until,omitempty" doc:"When it ends unless it is used."`
	Address    string     `json:"address" doc:"Where the sign-in came from."`
	UserAgent  string     `json:"user_agent"`
}

func newOwnSession(se account.Session, current bool) ownSession {
	return ownSession{ID: se.ID(), Current: current, CreatedAt: se.CreatedAt, LastUsedAt: account.Known(se.LastUsedAt),
		ExpiresAt: se.ExpiresAt, IdleUntil: account.Known(se.IdleUntil), Address: se.Address, UserAgent: se.UserAgent}
}

type sessionInput struct {
	ID string `path:"id" minLength:"24" maxLength:"24" pattern:"^[0-9a-f]+$"`
}

type endedSessions struct {
	Ended int `json:"ended"`
}

func (a *API) registerProfile(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/me/sessions", "my-sessions",
		"Browsers and programs that are signed in as oneself, the latest first", tagProfile),
		rest.SignedIn, a.mySessions)
	end := rest.Op("DELETE /api/me/sessions/{id}", "end-my-session", "Sign out somewhere else", tagProfile,
		http.StatusNotFound)
	end.DefaultStatus = http.StatusNoContent
	rest.Handle(r, end, rest.SignedIn, rest.Do(a.endSession))
	rest.Handle(r, rest.Op("DELETE /api/me/sessions", "end-my-other-sessions", "Sign out everywhere else", tagProfile),
		rest.SignedIn, a.endOtherSessions)
}

func (a *API) mySessions(ctx context.Context, _ *struct{}) (rest.List[ownSession], error) {
	who := rest.CallerOf(ctx)
	rows, err := a.o.Store.Sessions.Sessions(ctx, who.User.ID)
	shown := rest.Items(rows, func(se account.Session) ownSession {
		return newOwnSession(se, se.TokenHash == who.TokenHash)
	})
	return rest.NewList(shown, "", a.o.Clock.Now()), err
}

func (a *API) endSession(ctx context.Context, in *sessionInput) error {
	id := rest.UserOf(ctx).ID
	if err := a.o.Store.Sessions.EndSession(ctx, rest.ActorOf(ctx), id, in.ID); err != nil {
		return err
	}
	a.forget(id)
	return nil
}

func (a *API) endOtherSessions(ctx context.Context, _ *struct{}) (out endedSessions, err error) {
	who := rest.CallerOf(ctx)
	out.Ended, err = a.o.Store.Sessions.EndOtherSessions(ctx, rest.ActorOf(ctx), who.User.ID, who.TokenHash)
	if err == nil {
		a.forget(who.User.ID)
	}
	return out, err
}
