// Package provider lets people prove who they are to an OpenID Connect provider, such as Google, Microsoft Entra or
// Keycloak: by the authorization code flow with PKCE. It keeps nothing of anybody.
package provider

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance/legible"
	"hadir/internal/clock"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Options names a provider, and us to it.
type Options struct {
	Issuer       string // "" for none
	ClientID     string
	ClientSecret string
	Name         string   // as people call it; "" is the host of the issuer
	Scopes       []string // besides openid
	// Claim is what the provider calls the login of an account here; "" is email, which it must have verified.
	Claim     string
	PublicURL string // of the pages
	Clock     clock.Clock
	Log       *slog.Logger
}

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/api/login/oidc/callback"

const emailClaim = "email"

// Provider is one that was told about us.
type Provider struct {
	o      Options
	web    *http.Client
	oauth  oauth2.Config // without the endpoint, which has to be discovered
	finder finder
}

// New returns a provider, nil where none is named. It is asked for nothing yet, and need not be reachable.
func New(o Options) (*Provider, error) {
	if o.Issuer == "" {
		return nil, nil
	}
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" {
		return nil, fmt.Errorf("%q is no address of an issuer", o.Issuer)
	}
	o.Name, o.Claim = cmp.Or(o.Name, issuer.Hostname()), cmp.Or(o.Claim, emailClaim)
	p := &Provider{o: o, web: newClient(), oauth: oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret,
		RedirectURL: strings.TrimRight(o.PublicURL, "/") + CallbackPath,
		Scopes:      append([]string{oidc.ScopeOpenID}, o.Scopes...)}}
	p.finder = finder{issuer: o.Issuer, web: p.web, clock: o.Clock}
	return p, nil
}

// Name is how people call the provider; "" where there is none.
func (p *Provider) Name() string {
	if p == nil {
		return ""
	}
	return p.o.Name
}

// Issuer is how the provider calls itself; "" where there is none.
func (p *Provider) Issuer() string {
	if p == nil {
		return ""
	}
	return p.o.Issuer
}

// Trip is one visit of somebody to the provider. Its token stays in the browser that goes there, and whatever else
// belongs to the visit comes of the token: another browser cannot end the trip, and what the address line shows on the
// way does not give the token away.
type Trip string

// NewTrip begins one at a time.
func NewTrip(now time.Time) Trip {
	token, _ := account.NewToken()
	return Trip(token + "." + strconv.FormatInt(now.Unix(), 10))
}

// Hash is under what a trip is kept.
func (t Trip) Hash() [32]byte { return account.HashToken(string(t)) }

// Began is when the trip began, to the second. It can be relied on once a trip of this hash was found to be kept.
func (t Trip) Began() time.Time {
	_, at, _ := strings.Cut(string(t), ".")
	seconds, _ := strconv.ParseInt(at, 10, 64)
	return time.Unix(seconds, 0).UTC()
}

func (t Trip) derive(what string) string {
	mac := hmac.New(sha256.New, []byte(t))
	mac.Write([]byte(what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Has tells whether what came back is of this trip.
func (t Trip) Has(state string) bool {
	return t != "" && subtle.ConstantTimeCompare([]byte(state), []byte(t.derive("state"))) == 1
}

// ErrRefused means that what the provider said proves nothing; it wraps why. ErrAway means that the provider could not
// be asked, or does not know us. ErrUntold means that it refuses to say who somebody is, and will again. ErrUnsound
// means that no such provider is at the address that is set.
var (
	ErrRefused = errors.New("the provider's answer proves nothing")
	ErrAway    = errors.New("the provider could not be asked")
	ErrUntold  = errors.New("the provider does not tell about users")
	ErrUnsound = errors.New("no OpenID Connect provider of that name answers at HADIR_OIDC_ISSUER")
)

// Address is where a browser goes on a trip. With again people have to sign in there even if they just did.
func (p *Provider) Address(ctx context.Context, t Trip, again bool) (string, error) {
	found, err := p.finder.find(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(t.derive("nonce")), oauth2.S256ChallengeOption(t.derive("verifier"))}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.at(found).AuthCodeURL(t.derive("state"), options...), nil
}

func (p *Provider) at(found *oidc.Provider) *oauth2.Config {
	c := p.oauth
	c.Endpoint = found.Endpoint()
	return &c
}

// Proof is what the provider said about who went there.
type Proof struct {
	Identity account.Identity
	Login    string    // of an account here, as far as the provider says; "" if it does not
	Verified bool      // the provider vouches for Login
	At       time.Time // when they signed in there; zero if the provider does not say
	Untold   error     // wraps ErrAway or ErrUntold: why Login is not known; nil where it was asked for, or need not be
}

// claims are what we read of an ID token, or of the answer about a user.
type claims struct {
	Party    string          `json:"azp"`
	AuthTime json.Number     `json:"auth_time"`
	Email    string          `json:"email"`
	Verified json.RawMessage `json:"email_verified"` // some write it as a text
	Known    string          `json:"preferred_username"`
	Called   string          `json:"name"`

	all map[string]any
}

// Prove ends a trip with the code that the browser brought back.
func (p *Provider) Prove(ctx context.Context, t Trip, code string) (Proof, error) {
	found, err := p.finder.find(ctx)
	if err != nil {
		return Proof{}, err
	}
	ctx = oidc.ClientContext(ctx, p.web)
	token, err := p.at(found).Exchange(ctx, code, oauth2.VerifierOption(t.derive("verifier")))
	if err != nil {
		return Proof{}, failed("exchange the code", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Proof{}, fmt.Errorf("%w: there is no ID token", ErrRefused)
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: p.o.Clock.Now}).Verify(ctx, raw)
	if err != nil {
		return Proof{}, failed("verify the ID token", err)
	}
	var c claims
	if err := c.read(id.Claims); err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.derive("nonce"))) != 1:
		return Proof{}, fmt.Errorf("%w: another nonce", ErrRefused)
	case (len(id.Audience) > 1 || c.Party != "") && c.Party != p.o.ClientID:
		return Proof{}, fmt.Errorf("%w: it is for %q", ErrRefused, c.Party)
	case !soundSubject(id.Subject):
		return Proof{}, fmt.Errorf("%w: the subject has no form", ErrRefused)
	}
	proof := Proof{Identity: account.Identity{Issuer: p.o.Issuer, Subject: id.Subject}, At: c.at()}
	if _, told := c.all[p.o.Claim]; !told && found.UserInfoEndpoint() != "" {
		info, err := p.about(ctx, found, token)
		if err != nil {
			proof.Untold = err
		} else if info.Subject != id.Subject {
			err = fmt.Errorf("it is about %q", info.Subject)
		}
		if err == nil {
			err = c.read(info.Claims)
		}
		if err != nil {
			p.o.Log.WarnContext(ctx, "the provider tells nothing about a user", "subject", id.Subject, "error", err)
		}
	}
	proof.Login, _ = c.all[p.o.Claim].(string)
	proof.Verified = p.o.Claim != emailClaim || strings.Trim(string(c.Verified), `"`) == "true"
	proof.Identity.Name = c.name(id.Subject)
	return proof, nil
}

// about asks the provider about a user. The errors are ErrAway and, where asking again would not help, ErrUntold.
func (p *Provider) about(ctx context.Context, found *oidc.Provider, token *oauth2.Token) (*oidc.UserInfo, error) {
	web, status := *p.web, 0 // go-oidc tells the status in words only
	web.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		answer, err := p.web.Transport.RoundTrip(r)
		if err == nil {
			status = answer.StatusCode
		}
		return answer, err
	})
	info, err := found.UserInfo(oidc.ClientContext(ctx, &web), oauth2.StaticTokenSource(token))
	switch {
	case err == nil:
		return info, nil
	case status >= http.StatusMultipleChoices && !busy(status):
		return nil, fmt.Errorf("%w: status %d", ErrUntold, status)
	}
	return nil, fmt.Errorf("%w: ask about the user: %w", ErrAway, err)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// busy tells whether a status says that the same request may do better later.
func busy(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests ||
		status == http.StatusRequestTimeout
}

// read adds what an ID token or an answer says.
func (c *claims) read(from func(any) error) error { return errors.Join(from(c), from(&c.all)) }

// at is when somebody signed in at the provider; zero if it does not say.
func (c *claims) at() time.Time {
	seconds, err := c.AuthTime.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// name is how the provider calls somebody.
func (c *claims) name(subject string) string {
	for _, name := range []string{c.Email, c.Known, c.Called} {
		if name = strings.Join(strings.Fields(name), " "); name != "" && legible.Is(name) {
			return name
		}
	}
	return subject
}

// soundSubject tells whether a subject is one that a database keeps apart from all others.
func soundSubject(s string) bool {
	return s != "" && len(s) <= account.MaxSubject && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Troubled tells whether an error code of OAuth is about the provider itself, which may be asked again later.
func Troubled(code string) bool { return code == "server_error" || code == "temporarily_unavailable" }

// failed tells an answer that proves nothing from none. A provider that does not know us is none, and so is one that
// has too much to do.
func failed(what string, err error) error {
	kind := ErrRefused
	var answer *oauth2.RetrieveError
	var unreached *url.Error
	switch {
	case errors.As(err, &answer):
		if busy(answer.Response.StatusCode) || answer.ErrorCode == "invalid_client" ||
			answer.ErrorCode == "unauthorized_client" || Troubled(answer.ErrorCode) {
			kind = ErrAway
		}
	case errors.As(err, &unreached), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		strings.Contains(err.Error(), "fetching keys"): // go-oidc says so in words only
		kind = ErrAway
	}
	return fmt.Errorf("%w: %s: %w", kind, what, err)
}
