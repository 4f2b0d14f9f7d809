// Package session answers whose a token is, of a session or an API token, for every role that asks: the API and the
// monitor. What a role looked up it remembers for some seconds.
package session

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/gather"
)

const (
	// cacheTTL is how long a session that was ended on another node may still be honoured on this one.
	cacheTTL  = 5 * time.Second
	cacheSize = 50_000
)

// Store is where sessions are kept.
type Store interface {
	// SessionUsers returns the sessions of some tokens that have not ended, and their users.
	SessionUsers(ctx context.Context, tokenHashes [][32]byte) (map[[32]byte]account.SignedIn, error)
	// UseSessions notes the use of sessions.
	UseSessions(ctx context.Context, used []account.Session) error
}

// Tokens is where API tokens are kept.
type Tokens interface {
	// TokenUser returns an API token that is in force and its user, or CodeUnauthenticated.
	TokenUser(ctx context.Context, tokenHash [32]byte) (account.APIToken, account.User, error)
	// UseAPIToken notes the use of an API token.
	UseAPIToken(ctx context.Context, id int64, at time.Time) error
}

// Options configures New.
type Options struct {
	Store  Store
	Tokens Tokens
	Clock  clock.Clock
	Log    *slog.Logger
	// Sessions end when they were not used for so long: those of employees, and those of everybody else. 0 is never.
	Idle, IdleEmployee time.Duration
	// Confirm is how long somebody who proved who they are may do what is dangerous; 0 is as long as the session lasts.
	Confirm time.Duration
	// SecondFactor names the roles that nobody has without a second factor.
	SecondFactor []account.Role
}

// Caller is who sent a request.
type Caller struct {
	User      account.User // what a program with an API token may be at the most
	TokenHash [32]byte
	ProvedAt  time.Time         // when a person last proved who they are
	Token     *account.APIToken // nil for a person who is signed in
	Due       attendance.Code   // see Sessions.Due; of a program what its user has to do
}

// Sessions looks tokens up.
type Sessions struct {
	o     Options
	known *memory
	asked *gather.Group[lookup]
	// forgotten counts calls of Drop and Forget: what was looked up before one of them is not kept after it.
	forgotten atomic.Uint64
}

// lookup asks whose session a token is.
type lookup struct {
	hash [32]byte
	who  Caller
	err  error
}

// together is how sessions are looked up that are asked for at the same moment, as in the rush of a morning.
var together = gather.Options{Leaders: 2, Most: 64, Timeout: 10 * time.Second}

// New returns what looks tokens up in a store.
func New(o Options) *Sessions {
	s := &Sessions{o: o, known: newMemory(cacheSize, cacheTTL)}
	s.asked = gather.New(together, s.lookUp)
	return s
}

// Caller returns whose a token is, or CodeUnauthenticated.
func (s *Sessions) Caller(ctx context.Context, token string) (Caller, error) {
	if token == "" {
		return Caller{}, attendance.NewError(account.CodeUnauthenticated, "Sign in first.")
	}
	hash := account.HashToken(token)
	if who, ok := s.known.get(hash); ok {
		return who, nil
	}
	look := s.person
	if account.IsAPIToken(token) {
		look = s.program
	}
	before := s.forgotten.Load()
	who, err := look(ctx, hash)
	if err == nil {
		s.remember(who, before)
	}
	return who, err
}

// remember keeps a caller for some seconds, unless somebody was forgotten since the look-up began.
func (s *Sessions) remember(who Caller, before uint64) {
	s.known.add(who)
	if s.forgotten.Load() != before {
		s.known.remove(who.TokenHash)
	}
}

// person looks a session up, together with others.
func (s *Sessions) person(ctx context.Context, hash [32]byte) (Caller, error) {
	l := lookup{hash: hash}
	err := s.asked.Do(ctx, &l)
	switch {
	case ctx.Err() != nil:
		return Caller{}, &attendance.Error{Code: attendance.CodeUnavailable,
			Message: "Who is signed in could not be looked up in time; try again.", Cause: ctx.Err()}
	case err != nil:
		return Caller{}, err
	}
	return l.who, l.err
}

// lookUp answers a batch of lookups and notes that the sessions are used. A use that cannot be noted keeps nobody from
// what the session is for.
func (s *Sessions) lookUp(ctx context.Context, batch []*lookup) error {
	hashes := make([][32]byte, len(batch))
	for i, l := range batch {
		hashes[i] = l.hash
	}
	found, err := s.o.Store.SessionUsers(ctx, hashes)
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	var used []account.Session
	for _, in := range found {
		if in.Err == nil && in.Session.Use(now, s.IdleFor(&in.User)) {
			used = append(used, in.Session)
		}
	}
	if len(used) > 0 {
		if err := s.o.Store.UseSessions(ctx, used); err != nil {
			s.o.Log.WarnContext(ctx, "noting the use of sessions", "sessions", len(used), "error", err)
		}
	}
	for _, l := range batch {
		in, ok := found[l.hash]
		if !ok {
			in.Err = attendance.NewError(account.CodeUnauthenticated, "not signed in")
		}
		if l.err = in.Err; l.err != nil {
			continue
		}
		due := s.Due(&in.User)
		l.who = Caller{User: in.User, TokenHash: l.hash, ProvedAt: in.Session.ProvedAt(), Due: due}
	}
	return nil
}

// Fresh tells whether a person proved recently enough who they are to do what is dangerous. A program never did.
func (s *Sessions) Fresh(ctx context.Context, who Caller) (bool, error) {
	switch {
	case who.Token != nil:
		return false, nil
	case s.o.Confirm == 0 || s.FreshUntil(who.ProvedAt).After(s.o.Clock.Now()):
		return true, nil
	}
	// The session may be remembered from before its user confirmed on another node.
	before := s.forgotten.Load()
	now, err := s.person(ctx, who.TokenHash)
	if err != nil {
		return false, err
	}
	s.remember(now, before)
	return s.FreshUntil(now.ProvedAt).After(s.o.Clock.Now()), nil
}

// FreshUntil is until when a proof lasts where one is asked for.
func (s *Sessions) FreshUntil(proved time.Time) time.Time { return proved.Add(s.o.Confirm) }

// program looks an API token up.
func (s *Sessions) program(ctx context.Context, hash [32]byte) (Caller, error) {
	k, u, err := s.o.Tokens.TokenUser(ctx, hash)
	if err != nil {
		return Caller{}, err
	}
	if now := s.o.Clock.Now(); k.LastUsedAt == nil || now.Sub(*k.LastUsedAt) >= account.SessionTouch {
		if err := s.o.Tokens.UseAPIToken(ctx, k.ID, now); err != nil {
			s.o.Log.WarnContext(ctx, "noting the use of an API token", "token_id", k.ID, "error", err)
		}
	}
	due := s.Due(&u)
	return Caller{User: k.Acts(u), TokenHash: hash, Token: &k, Due: due}, nil
}

// WantsSecondFactor tells whether the policy wants a second factor of a role.
func (s *Sessions) WantsSecondFactor(r account.Role) bool {
	return slices.Contains(s.o.SecondFactor, r)
}

// Due is what a user has to do before anything else: CodePasswordChange, CodeSecondFactor, or "" for nothing. It fills
// in what the policy wants of the user.
func (s *Sessions) Due(u *account.User) attendance.Code {
	u.MustSetUpSecondFactor = u.SecondFactorAt == nil && s.WantsSecondFactor(u.Role)
	switch {
	case u.MustChangePassword:
		return account.CodePasswordChange
	case u.MustSetUpSecondFactor:
		return account.CodeSecondFactor
	}
	return ""
}

// IdleFor is after how long without use a session of a user ends; 0 for never.
func (s *Sessions) IdleFor(u *account.User) time.Duration {
	if u.Role == account.RoleEmployee {
		return s.o.IdleEmployee
	}
	return s.o.Idle
}

// Authenticate returns the user of a session's token, or CodeUnauthenticated, or what is due first. Programs with API
// tokens have no business where it is asked.
func (s *Sessions) Authenticate(ctx context.Context, token string) (account.User, error) {
	who, err := s.Caller(ctx, token)
	switch {
	case err != nil:
	case who.Token != nil:
		err = attendance.NewError(account.CodeUnauthenticated, "This needs a person who is signed in.")
	case who.Due != "":
		err = attendance.NewError(who.Due, "There is something to be done on the page Profil first.")
	}
	return who.User, err
}

// Drop forgets one session: it ended, or its user changed. Other nodes follow within seconds.
func (s *Sessions) Drop(tokenHash [32]byte) {
	s.forgotten.Add(1)
	s.known.remove(tokenHash)
}

// Forget drops what is remembered of a user's sessions and tokens, of all with "": their rights are asked for anew.
func (s *Sessions) Forget(userID string) {
	s.forgotten.Add(1)
	s.known.removeUser(userID)
}
