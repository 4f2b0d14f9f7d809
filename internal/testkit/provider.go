package testkit

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Person is somebody whom an OpenIDProvider knows. Their password is PersonPassword.
type Person struct {
	Subject, Login, Email string
	Verified              bool // the e-mail address
}

// PersonPassword opens the account of everybody at an OpenIDProvider.
const PersonPassword = "rahasia-penyedia"

// OpenIDProvider is a provider of OpenID Connect with a page to sign in on. It does as the standard says unless a test
// tells it otherwise.
type OpenIDProvider struct {
	Issuer, ClientID, ClientSecret string

	key  *rsa.PrivateKey
	mu   sync.Mutex
	said said
}

// said is what a test told a provider.
type said struct {
	people        map[string]Person // by subject
	away, inToken bool
	turnedAway    int    // requests that came while it was away
	signature     string // "" is sound
	token, about  func(claims map[string]any)
	fails         map[string]int // statuses that addresses answer instead
}

// NewOpenIDProvider starts a provider that knows some people, and a client that may come back to an address.
func NewOpenIDProvider(t *testing.T, callback string, people ...Person) *OpenIDProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p := &OpenIDProvider{ClientID: "hadir", ClientSecret: "rahasia-klien", key: key}
	p.said.people = map[string]Person{}
	for _, who := range people {
		p.said.people[who.Subject] = who
	}
	server := httptest.NewUnstartedServer(nil)
	p.Issuer = "http://" + server.Listener.Addr().String()
	kept := &providerStorage{Storage: storage.NewStorageWithClients(p, map[string]*storage.Client{
		p.ClientID: storage.WebClient(p.ClientID, p.ClientSecret, callback)}), p: p}
	provider, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CryptoKeyId: "1", CodeMethodS256: true,
		AuthMethodPost: true}, kept, op.StaticIssuer(p.Issuer), op.WithAllowInsecure(),
		op.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/username", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, signInPage, r.FormValue("authRequestID"))
	})
	back := op.AuthCallbackURL(provider)
	mux.Handle("POST /login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			id := r.FormValue("id")
			if err := kept.CheckUsernamePassword(r.FormValue("username"), r.FormValue("password"), id); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			http.Redirect(w, r, back(r.Context(), id), http.StatusFound)
		}))
	mux.Handle("/", provider)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(mux, w, r) })
	server.Start()
	t.Cleanup(server.Close)
	return p
}

const signInPage = `<!DOCTYPE html><html lang="en"><title>Provider</title><meta name="viewport"
content="width=device-width"><main style="font-family: sans-serif; max-width: 20rem; margin: 10vh auto">
<h1>Provider</h1><form method="post"><input type="hidden" name="id" value="%s">
<p><label>Login<br><input data-test="username" name="username"></label></p>
<p><label>Password<br><input data-test="provider-password" name="password" type="password"></label></p>
<button data-test="provider-go">Go on</button></form></main></html>`

// tell changes what the provider does from now on.
func (p *OpenIDProvider) tell(change func(s *said)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.said)
}

func (p *OpenIDProvider) told() said {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said
}

// Away lets the provider answer nothing but 503, or be back.
func (p *OpenIDProvider) Away(away bool) { p.tell(func(s *said) { s.away = away }) }

// Fail lets one address of the provider, such as /oauth/token, answer nothing but a status; 0 lets it be.
func (p *OpenIDProvider) Fail(path string, status int) {
	p.tell(func(s *said) { s.fails = map[string]int{path: status} })
}

// TurnedAway tells how many requests came while the provider was away.
func (p *OpenIDProvider) TurnedAway() int { return p.told().turnedAway }

// InToken lets ID tokens say what is otherwise told about a user when it is asked for.
func (p *OpenIDProvider) InToken() { p.tell(func(s *said) { s.inToken = true }) }

// Token changes what ID tokens say; nil lets them be.
func (p *OpenIDProvider) Token(change func(claims map[string]any)) {
	p.tell(func(s *said) { s.token = change })
}

// About changes what is told about a user when it is asked for; nil lets it be.
func (p *OpenIDProvider) About(change func(claims map[string]any)) {
	p.tell(func(s *said) { s.about = change })
}

// Sign lets ID tokens be signed by "nobody" (alg none), by a "stranger", or with the "secret" of the client (HS256);
// "" is by the provider.
func (p *OpenIDProvider) Sign(how string) { p.tell(func(s *said) { s.signature = how }) }

// Rename gives somebody another login and e-mail address, which is verified.
func (p *OpenIDProvider) Rename(subject, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	people := map[string]Person{}
	for id, who := range p.said.people {
		if id == subject {
			who.Login, who.Email, who.Verified = name, name, true
		}
		people[id] = who
	}
	p.said.people = people
}

// SignIn does what a browser does with somebody at an address of the provider, and returns what it brings back.
func (p *OpenIDProvider) SignIn(t *testing.T, address, login string) url.Values {
	t.Helper()
	web := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	next := func(answer *http.Response, err error) *url.URL {
		t.Helper()
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		where, err := answer.Location()
		require.NoError(t, err, "%s: %s", answer.Status, body)
		return where
	}
	page := next(web.Get(address))
	require.Equal(t, "/login/username", page.Path, page)
	form := url.Values{"id": {page.Query().Get("authRequestID")}, "username": {login}, "password": {PersonPassword}}
	return next(web.Get(next(web.PostForm(page.String(), form)).String())).Query()
}

// serve changes the answers of a provider as it was told.
func (p *OpenIDProvider) serve(to http.Handler, w http.ResponseWriter, r *http.Request) {
	s := p.told()
	if s.away {
		p.tell(func(s *said) { s.turnedAway++ })
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
		return
	}
	if status := s.fails[r.URL.Path]; status != 0 {
		http.Error(w, "no", status)
		return
	}
	if r.URL.Path != "/oauth/token" && r.URL.Path != "/userinfo" {
		to.ServeHTTP(w, r)
		return
	}
	seen := httptest.NewRecorder()
	to.ServeHTTP(seen, r)
	body := map[string]any{}
	if seen.Code == http.StatusOK && json.Unmarshal(seen.Body.Bytes(), &body) == nil {
		if raw, ok := body["id_token"].(string); ok {
			body["id_token"] = p.sign(raw, s)
		} else if s.about != nil {
			s.about(body)
		}
		changed, _ := json.Marshal(body) // it was JSON before
		seen.Body.Reset()
		seen.Body.Write(changed)
	}
	seen.Header().Set("Content-Length", strconv.Itoa(seen.Body.Len()))
	for name, values := range seen.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(seen.Code)
	_, _ = w.Write(seen.Body.Bytes()) // who asked may be gone
}

// sign signs what a token says anew.
func (p *OpenIDProvider) sign(raw string, s said) string {
	claims := map[string]any{}
	_, rest, _ := strings.Cut(raw, ".")
	payload, _, _ := strings.Cut(rest, ".")
	plain, err := base64.RawURLEncoding.DecodeString(payload)
	if err == nil {
		err = json.Unmarshal(plain, &claims)
	}
	if err != nil {
		return raw
	}
	if s.token != nil {
		s.token(claims)
	}
	changed, _ := json.Marshal(claims) // it was JSON before
	by := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: providerKeyID}}
	switch s.signature {
	case "nobody":
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
			base64.RawURLEncoding.EncodeToString(changed) + "."
	case "stranger":
		other, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return raw
		}
		by.Key = jose.JSONWebKey{Key: other, KeyID: providerKeyID}
	case "secret":
		by = jose.SigningKey{Algorithm: jose.HS256, Key: []byte(p.ClientSecret + strings.Repeat("x", 32))}
	}
	signer, err := jose.NewSigner(by, nil)
	if err != nil {
		return raw
	}
	signed, err := signer.Sign(changed)
	if err != nil {
		return raw
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		return raw
	}
	return compact
}

// GetUserByID implements storage.UserStore.
func (p *OpenIDProvider) GetUserByID(id string) *storage.User {
	who, ok := p.told().people[id]
	if !ok {
		return nil
	}
	return &storage.User{ID: who.Subject, Username: who.Login, Password: PersonPassword, Email: who.Email,
		EmailVerified: who.Verified}
}

// GetUserByUsername implements storage.UserStore.
func (p *OpenIDProvider) GetUserByUsername(name string) *storage.User {
	for id, who := range p.told().people {
		if who.Login == name {
			return p.GetUserByID(id)
		}
	}
	return nil
}

// ExampleClientID implements storage.UserStore.
func (p *OpenIDProvider) ExampleClientID() string { return "service" }

const providerKeyID = "kunci"

// providerStorage is the storage of the module's example, with a key that a test can sign with.
type providerStorage struct {
	*storage.Storage
	p *OpenIDProvider
}

func (s *providerStorage) SigningKey(context.Context) (op.SigningKey, error) { return s.p, nil }

func (s *providerStorage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{s.p}}, nil
}

func (s *providerStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return providerClient{c, s.p}, err
}

// SignatureAlgorithm implements op.SigningKey.
func (p *OpenIDProvider) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Key implements op.SigningKey.
func (p *OpenIDProvider) Key() any { return p.key }

// ID implements op.SigningKey.
func (p *OpenIDProvider) ID() string { return providerKeyID }

type publicKey struct{ p *OpenIDProvider }

func (k publicKey) ID() string                         { return providerKeyID }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.p.key.PublicKey }

type providerClient struct {
	op.Client
	p *OpenIDProvider
}

func (c providerClient) IDTokenUserinfoClaimsAssertion() bool { return c.p.told().inToken }
