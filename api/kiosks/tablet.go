package kiosks

import (
	"context"
	"errors"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/network"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/ledger"
)

// tokenTTL is for how long a tablet keeps its token, the longest that browsers keep a cookie. It begins anew each time
// that the tablet asks.
const tokenTTL = 400 * 24 * time.Hour

type pairKioskInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"20" doc:"@kiosk.code"`
	}
}

// kioskScreen is what a tablet shows.
type kioskScreen struct {
	ID       int64             `json:"id"`
	Name     string            `json:"name"`
	Branch   string            `json:"branch" doc:"Its name."`
	Zone     string            `json:"zone" doc:"The branch's, as IANA names it."`
	Modes    []kiosk.Mode      `json:"modes"`
	Language string            `json:"language"`
	Now      time.Time         `json:"now" doc:"The server's clock, by which codes are shown."`
	StepMS   int64             `json:"step_ms" doc:"How long a code is shown, in milliseconds."`
	Codes    []kiosk.ShownCode `json:"codes" doc:"@kioskScreen.codes"`
}

type tabletOutput struct {
	Cookie       string `header:"Set-Cookie"`
	CacheControl string `header:"Cache-Control"`
	Body         kioskScreen
}

func (a *api) registerTablet(r *rest.Router) {
	pair := rest.Op("POST /api/kiosk/pair", "pair-kiosk", "Trade a code for the rights of a tablet", tagKiosks,
		http.StatusTooManyRequests)
	pair.Description = "Sets a cookie that is good for the operations below /api/kiosk and signs nobody in. A code " +
		"that is wrong, was used or is too old is answered 422 `pairing_code_invalid`."
	rest.HandleOutput(r, pair, rest.Everybody, a.pair)
	serve := rest.Op("GET /api/kiosk", "get-kiosk", "What the tablet shows", tagKiosks)
	serve.Description = "To be asked once a minute, which is the tablet's sign of life. In the mode qr the answer " +
		"has the code of now and those of the next two minutes."
	rest.HandleOutput(r, serve, rest.Tablet, a.serve)
	a.registerPunches(r)
}

func (a *api) pair(ctx context.Context, in *pairKioskInput) (*tabletOutput, error) {
	from := rest.ClientOf(ctx)
	guess := kiosks.PairingGuess(network.Subscriber(from.Address))
	token, hash := account.NewToken()
	by, err := a.signedIn(ctx)
	if err != nil {
		return nil, err
	}
	err = a.guess(ctx, guess, kiosk.CodePairing, func() error {
		return a.o.Store.Kiosks.Pair(ctx, kiosk.PairingHash(in.Body.Code), hash, by)
	})
	a.noteFailure(ctx, account.Failure{Action: ledger.KioskPairingFailed}, err, kiosk.CodePairing)
	if err != nil {
		return nil, err
	}
	k, err := a.o.Store.Kiosks.ByToken(ctx, hash)
	if err != nil {
		return nil, err
	}
	return a.tablet(ctx, k, token), nil
}

// signedIn is who pairs a tablet, as far as the browser is somebody's: it is nobody's that has no session.
func (a *api) signedIn(ctx context.Context) (ledger.Actor, error) {
	from := rest.ClientOf(ctx)
	by := ledger.Actor{Address: from.Address}
	if from.SessionToken == "" {
		return by, nil
	}
	who, err := a.o.Sessions.Caller(ctx, from.SessionToken)
	switch {
	case attendance.CodeOf(err) == account.CodeUnauthenticated:
		return by, nil
	case err == nil:
		by = rest.ActorFor(&who, from.Address)
	}
	return by, err
}

func (a *api) serve(ctx context.Context, _ *struct{}) (*tabletOutput, error) {
	k, from := rest.KioskOf(ctx), rest.ClientOf(ctx)
	if err := a.o.Store.Kiosks.Heard(ctx, k.ID, from.Address); err != nil {
		return nil, err
	}
	return a.tablet(ctx, k, from.KioskToken), nil
}

func (a *api) tablet(ctx context.Context, k kiosk.Kiosk, token string) *tabletOutput {
	now := a.o.Clock.Now()
	// The path keeps the token from all other operations, and Strict from requests that other sites begin.
	c := http.Cookie{Name: rest.KioskCookie, Value: token, Path: "/api/kiosk", Expires: now.Add(tokenTTL),
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: a.o.SecureCookies || rest.ClientOf(ctx).Secure}
	out := &tabletOutput{Cookie: c.String(), CacheControl: "no-store", Body: kioskScreen{ID: k.ID, Name: k.Name,
		Branch: k.BranchName, Zone: k.Zone, Modes: k.Modes, Language: k.Language, Now: now.Truncate(time.Millisecond),
		StepMS: kiosk.Step.Milliseconds(), Codes: []kiosk.ShownCode{}}}
	if k.Has(kiosk.QR) {
		out.Body.Codes = k.CodesFrom(now)
	}
	return out
}

// guess counts an attempt before look finds out what it is worth, or refuses it: CodeThrottled in a Later. It stays
// counted where look's error has the code wrong; one that succeeds, or cannot be looked at, is taken back.
func (a *api) guess(ctx context.Context, g kiosks.Guess, wrong attendance.Code, look func() error) error {
	retryAt, err := a.o.Store.Guesses.Begin(ctx, g)
	if err != nil {
		return err
	}
	if !retryAt.IsZero() {
		throttled := attendance.NewError(account.CodeThrottled, "Too many attempts.")
		return attendance.Later{Cause: throttled, RetryAt: retryAt}
	}
	if err = look(); attendance.CodeOf(err) == wrong {
		return err
	}
	return errors.Join(err, a.o.Store.Guesses.TakeBack(context.WithoutCancel(ctx), g))
}
