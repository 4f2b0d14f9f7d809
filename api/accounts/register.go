// Package accounts is the API of who may sign in: sessions, the own account, and users.
package accounts

import (
	"log/slog"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/passkey"
	"hadir/internal/provider"
	"hadir/internal/session"
	"hadir/internal/store/accounts"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/prometheus/client_golang/prometheus"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	APITokens *accounts.APITokens
	Audit     *ledger.Audit
	Branches  *company.Branches
	Employees *company.Employees
	Sessions  *accounts.Sessions
	SignIns   *accounts.SignIns
	Users     *accounts.Users

	SecondFactors *accounts.SecondFactors
	Passkeys      *accounts.Passkeys
	Identities    *accounts.Identities
	Makers        *making.Makers
	Resets        *accounts.Resets
	Emails        *accounts.Emails
}

// Options configures New.
type Options struct {
	Store    Rooms
	Sessions *session.Sessions
	Meetings *session.Meetings
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer // nil counts nothing

	PusherKey  string
	PusherHost string // where browsers find the pusher, if not at the page's own origin
	PusherPort int

	// Sites tells where passkeys can be used.
	Sites *passkey.Sites
	// Provider is where people may prove who they are; nil for nowhere.
	Provider *provider.Provider

	SessionTTL    time.Duration
	SecureCookies bool
	Demo          bool
	// SetupCode lets whoever read it make the first administrator in a browser; "" lets nobody.
	SetupCode string
	// MailResets says that e-mails with links go out.
	MailResets bool
}

// API holds the handlers.
type API struct {
	o       Options
	hasher  *account.Hasher
	signIns *prometheus.CounterVec
	// failures gathers what the audit log is told of sign-ins that came to nothing.
	failures *rest.Failures
}

// Tags of the operations.
const (
	tagSessions = "Sessions"
	tagUsers    = "Users"
	tagProfile  = "Profile"
	tagTokens   = "API tokens"
	tagFactor   = "Second factor"
	tagPasskeys = "Passkeys"
	tagProvider = "OpenID Connect"
	tagForgot   = "Forgotten password"
)

// hashers bounds the memory that sign-ins take: 19 MiB each.
const hashers = 2

// New returns the handlers.
func New(o Options) *API {
	a := &API{o: o, hasher: account.NewHasher(hashers), failures: rest.NewFailures(rest.FailureOptions{
		Audit: o.Store.Audit, Entry: failureEntry, Clock: o.Clock, Log: o.Log})}
	a.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_sign_ins_total",
		Help: "Attempts to sign in, by result: accepted, refused, throttled, unreachable (the OpenID Connect " +
			"provider, also one that does not say who it is)."}, []string{"result"})
	if o.Registry != nil {
		o.Registry.MustRegister(a.signIns)
	}
	return a
}

// Hasher is what hashes passwords, for other secrets that shall share its memory.
func (a *API) Hasher() *account.Hasher { return a.hasher }

// Register adds the operations.
func (a *API) Register(r *rest.Router) {
	a.registerSessions(r)
	a.registerProfile(r)
	a.registerEmail(r)
	a.registerResets(r)
	a.registerConfirmation(r)
	a.registerTokens(r)
	a.registerSecondFactor(r)
	a.registerPasskeys(r)
	a.registerProvider(r)
	a.registerUsers(r)
}
