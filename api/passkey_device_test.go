package api_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"net/http"

	"hadir/api"
	"hadir/internal/passkey"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"
)

// site is where the people of these tests open the pages.
var site = virtual.RelyingParty{ID: "hadir.contoh.id", Name: "Hadir", Origin: "https://hadir.contoh.id"}

// device holds one passkey and counts its uses.
type device struct {
	w    *world
	auth virtual.Authenticator
	key  virtual.Credential
}

// newKey is a key of a device. The library leaves zeros out that a coordinate begins with, as one of 128 keys has them,
// and such a key is none.
func newKey() virtual.Credential {
	for {
		made := virtual.NewCredential(virtual.KeyTypeEC2)
		parsed, err := x509.ParsePKCS8PrivateKey(made.Key.Data)
		if err != nil {
			panic(err)
		}
		key, err := parsed.(*ecdsa.PrivateKey).PublicKey.ECDH()
		if err != nil {
			panic(err)
		}
		if point := key.Bytes(); point[1] != 0 && point[33] != 0 { // 4, x, y
			return made
		}
	}
}

func (w *world) newDevice() *device {
	return &device{w, virtual.NewAuthenticator(), newKey()}
}

// object reads an answer of the device as the body of a request takes it.
func (d *device) object(answer string) (out map[string]any) {
	d.w.t.Helper()
	require.NoError(d.w.t, json.Unmarshal([]byte(answer), &out))
	return out
}

// made answers what begin-passkey asked.
func (d *device) made(asked string, at virtual.RelyingParty) map[string]any {
	d.w.t.Helper()
	o, err := virtual.ParseAttestationOptions(asked)
	require.NoError(d.w.t, err)
	d.auth.Options.UserHandle = []byte(o.UserID)
	return d.object(virtual.CreateAttestationResponse(at, d.auth, d.key, *o))
}

// proof answers what was asked, after one more use.
func (d *device) proof(asked string, at virtual.RelyingParty) map[string]any {
	d.w.t.Helper()
	o, err := virtual.ParseAssertionOptions(asked)
	require.NoError(d.w.t, err)
	require.Equal(d.w.t, site.ID, o.RelyingPartyID)
	d.key.Counter++
	return d.object(virtual.CreateAssertionResponse(at, d.auth, d.key, *o))
}

// ask asks for something that a passkey answers.
func (w *world) askPasskey(node int, path, as string, body any) string {
	w.t.Helper()
	r := w.send(node, "POST", path, as, body)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return r.raw
}

const (
	beginAdding = "/api/me/passkeys/begin"
	mine        = "/api/me/passkeys"
	askMine     = "/api/me/passkeys/ask"
	askDoor     = "/api/login/passkey/ask"
	door        = "/api/login/passkey"
)

// addPasskey adds a passkey of a new device to the account of who is signed in under a name.
func (w *world) addPasskey(as, name string) (d *device, added reply) {
	w.t.Helper()
	d = w.newDevice()
	added = w.send(0, "POST", mine, as,
		map[string]any{"name": name, "credential": d.made(w.askPasskey(0, beginAdding, as, map[string]any{}), site)})
	require.Equal(w.t, http.StatusCreated, added.status, added.raw)
	return d, added
}

// enter signs in with a device and nothing else.
func (d *device) enter(node int) reply {
	d.w.t.Helper()
	asked := d.w.askPasskey(node, askDoor, "", map[string]any{})
	return d.w.send(len(d.w.nodes)-1-node, "POST", door, "", map[string]any{"credential": d.proof(asked, site)})
}

// withPasskeys is a world of two nodes that know where people open the pages, in which somebody is signed in.
func withPasskeys(w *world, login string, o api.Options) {
	o.Passkeys = passkey.Options{PublicURL: site.Origin}
	for range 2 {
		w.nodes = append(w.nodes, w.node(o))
	}
	w.withPassword(login, password)
	w.signIn(0, login, login, password)
}
