package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hadir/internal/clock"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/sync/singleflight"
)

const (
	answerWithin = 5 * time.Second // the provider's, to one request
	mostAnswer   = 1 << 20         // bytes
	knownFor     = time.Hour       // what was discovered
	firstPause   = time.Second     // after a discovery that failed, doubled with every further one
	longestPause = 30 * time.Second
)

// finder discovers what a provider says of itself, when somebody needs it, and keeps that for an hour. While the
// provider cannot be reached, what is known goes on to count.
type finder struct {
	issuer string
	web    *http.Client
	clock  clock.Clock

	asking singleflight.Group
	mu     sync.Mutex // never held while somebody is asked
	known  *oidc.Provider
	next   time.Time // when to ask
	failed int       // times in a row
	why    error     // of the last time
}

// find returns the provider. The errors are ErrAway and, of an address where there is none, ErrUnsound.
func (f *finder) find(ctx context.Context) (*oidc.Provider, error) {
	known, due, err := f.look()
	if !due {
		return known, err
	}
	// Whoever waits may give up; the answer is for everybody.
	lasting := context.WithoutCancel(ctx)
	answer := f.asking.DoChan("", func() (any, error) { return f.ask(lasting) })
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrAway, ctx.Err())
	case got := <-answer:
		found, _ := got.Val.(*oidc.Provider)
		return found, got.Err
	}
}

// look returns what is known, whether it is time to ask, and why nothing is known.
func (f *finder) look() (known *oidc.Provider, due bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil && f.why != nil {
		err = undiscovered(f.why)
	}
	return f.known, !f.clock.Now().Before(f.next), err
}

func (f *finder) ask(ctx context.Context) (*oidc.Provider, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, f.web), answerWithin)
	defer cancel()
	found, err := oidc.NewProvider(ctx, f.issuer)
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	if err == nil {
		f.known, f.next, f.failed, f.why = found, now.Add(knownFor), 0, nil
		return found, nil
	}
	f.next, f.why = now.Add(min(firstPause<<min(f.failed, 10), longestPause)), err
	f.failed++
	if f.known != nil {
		return f.known, nil
	}
	return nil, undiscovered(err)
}

// undiscovered tells a provider that does not answer, or has too much to do, from an address where something else
// answers: another issuer, a page that is not there. go-oidc says most of it in words only, a status first.
func undiscovered(err error) error {
	var unreached *url.Error
	var other *oidc.IssuerMismatchError
	status, _, _ := strings.Cut(err.Error(), " ")
	code, notNumber := strconv.Atoi(status)
	kind := ErrAway
	switch {
	case errors.As(err, &unreached), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
	case notNumber == nil:
		if !busy(code) {
			kind = ErrUnsound
		}
		err = fmt.Errorf("status %d", code) // the page that follows is no matter for a log
	case errors.As(err, &other), strings.HasPrefix(err.Error(), "oidc: failed to decode"):
		kind = ErrUnsound
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// newClient returns a client for which no answer is too slow or too large.
func newClient() *http.Client {
	return &http.Client{Timeout: answerWithin, Transport: bounded{http.DefaultTransport},
		// Nobody gets our secret because another server says so.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bounded cuts answers off that are too large to be sound.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostAnswer), answer.Body}
	}
	return answer, err
}
