package provider

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"pgregory.net/rapid"
)

// Nothing that the address line shows of a trip is its secret, or fits another trip.
func TestWhatATripShows(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 23, 1, 5, 0, 0, time.UTC)
	one, two := NewTrip(began.Add(time.Millisecond)), NewTrip(began)
	require.Equal(t, began, one.Began())
	require.NotEqual(t, one.Hash(), two.Hash())
	seen := map[string]bool{}
	for _, trip := range []Trip{one, two} {
		for _, what := range []string{"state", "nonce", "verifier"} {
			shown := trip.derive(what)
			require.Len(t, shown, 43, "PKCE wants 43 characters at the least")
			require.False(t, seen[shown])
			require.NotContains(t, string(trip), shown)
			seen[shown] = true
		}
	}
	require.True(t, one.Has(one.derive("state")))
	for _, other := range []string{"", "x", two.derive("state"), one.derive("nonce"), string(one)} {
		require.False(t, one.Has(other), other)
	}
	require.False(t, Trip("").Has(Trip("").derive("state")), "a browser without a cookie is on no trip")
	rapid.Check(t, func(t *rapid.T) {
		Trip(rapid.String().Draw(t, "cookie")).Began() // whatever a browser sends
	})
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"1", "248289761001", "auth0|5f7c", "A B", strings.Repeat("x", account.MaxSubject)} {
		require.True(t, soundSubject(s), s)
	}
	for _, s := range []string{"", " 1", "1 ", "1\n", "é", "\x00", strings.Repeat("x", account.MaxSubject+1)} {
		require.False(t, soundSubject(s), "%q", s)
	}
}

// What the provider refuses, and a provider that refuses us or does not answer, are two things.
func TestWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	answer := func(status int, code string) error {
		return &oauth2.RetrieveError{Response: &http.Response{StatusCode: status}, ErrorCode: code}
	}
	for _, err := range []error{answer(400, "invalid_grant"), answer(400, "invalid_request"), errors.New("malformed")} {
		require.ErrorIs(t, failed("x", err), ErrRefused)
	}
	for _, err := range []error{answer(401, "invalid_client"), answer(400, "unauthorized_client"), answer(503, ""),
		answer(429, "invalid_request"), answer(400, "temporarily_unavailable"), answer(400, "server_error"),
		&url.Error{Op: "Post", Err: errors.New("refused")}, context.DeadlineExceeded} {
		require.ErrorIs(t, failed("x", err), ErrAway)
	}
}

// An address at which something else answers is no provider that is away, and trying again does not help.
func TestAnAddressWithoutTheProvider(t *testing.T) {
	t.Parallel()
	status, body := http.StatusOK, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer s.Close()
	ask := func(issuer string) error {
		f := finder{issuer: issuer, web: newClient(), clock: clock.System()}
		_, err := f.find(t.Context())
		_, again := f.find(t.Context())
		require.Equal(t, errors.Is(err, ErrUnsound), errors.Is(again, ErrUnsound), "what is remembered says the same")
		return err
	}
	for _, said := range []string{`{"issuer":"https://masuk.contoh.id"}`, "<html>", ""} {
		body = said
		require.ErrorIs(t, ask(s.URL), ErrUnsound, said)
	}
	for code, want := range map[int]error{404: ErrUnsound, 401: ErrUnsound, 301: ErrUnsound, 429: ErrAway, 500: ErrAway,
		503: ErrAway} {
		status = code
		require.ErrorIs(t, ask(s.URL), want, code)
	}
	require.ErrorIs(t, ask("http://127.0.0.1:1"), ErrAway)
}

func TestNoProvider(t *testing.T) {
	t.Parallel()
	p, err := New(Options{})
	require.NoError(t, err)
	require.Nil(t, p)
	require.Empty(t, p.Name())
	_, err = New(Options{Issuer: "masuk"})
	require.Error(t, err)
	p, err = New(Options{Issuer: "https://masuk.contoh.id:8443/realms/x", PublicURL: "https://hadir.contoh.id/"})
	require.NoError(t, err)
	require.Equal(t, "masuk.contoh.id", p.Name())
	require.Equal(t, "https://hadir.contoh.id/api/login/oidc/callback", p.oauth.RedirectURL)
}
