// Package passkey speaks WebAuthn (https://www.w3.org/TR/webauthn-3/): it makes what browsers are asked, and judges
// what they answer. It keeps nothing.
//
// Every passkey is discoverable and verifies its person (a fingerprint, a face, a PIN of the device), so that one kind
// serves for everything: it is two factors by itself.
package passkey

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"hadir/internal/account"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// ErrRefused is about an answer that does not prove what it should. What wraps it says why, for the log.
var ErrRefused = errors.New("passkey refused")

const challengeBytes = 32

// NewChallenge returns a challenge as the browser gets it.
func NewChallenge() string {
	b := make([]byte, challengeBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// The dictionaries of WebAuthn in their JSON form, as browsers and libraries take and give them.

// Descriptor names a passkey.
type Descriptor struct {
	Type       string   `json:"type" enum:"public-key"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// CreationOptions is PublicKeyCredentialCreationOptionsJSON.
type CreationOptions struct {
	RP struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"rp"`
	User struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		DisplayName string `json:"displayName"`
	} `json:"user"`
	Challenge  string       `json:"challenge"`
	Parameters []Parameter  `json:"pubKeyCredParams"`
	Timeout    int64        `json:"timeout"            doc:"Milliseconds."`
	Exclude    []Descriptor `json:"excludeCredentials"`
	Selection  Selection    `json:"authenticatorSelection"`
	Attest     string       `json:"attestation"            enum:"none"`
}

// Parameter is an algorithm that a key may have.
type Parameter struct {
	Type      string `json:"type" enum:"public-key"`
	Algorithm int    `json:"alg"`
}

// Selection is what a device must be able to do.
type Selection struct {
	ResidentKey        string `json:"residentKey" enum:"required"`
	RequireResidentKey bool   `json:"requireResidentKey"`
	UserVerification   string `json:"userVerification" enum:"required"`
}

// RequestOptions is PublicKeyCredentialRequestOptionsJSON.
type RequestOptions struct {
	Challenge        string       `json:"challenge"`
	RPID             string       `json:"rpId"`
	Timeout          int64        `json:"timeout"          doc:"Milliseconds."`
	Allow            []Descriptor `json:"allowCredentials" doc:"@RequestOptions.allow"`
	UserVerification string       `json:"userVerification" enum:"required"`
}

// Registration is RegistrationResponseJSON.
type Registration struct {
	ID       string `json:"id" minLength:"1" maxLength:"1400" text:"secret"`
	RawID    string `json:"rawId" minLength:"1" maxLength:"1400" text:"secret"`
	Type     string `json:"type" enum:"public-key"`
	Response struct {
		ClientData  string   `json:"clientDataJSON" minLength:"1" maxLength:"4000" text:"secret"`
		Attestation string   `json:"attestationObject" minLength:"1" maxLength:"30000" text:"secret"`
		Transports  []string `json:"transports,omitempty" maxItems:"10"`
		_           struct{} `additionalProperties:"true"`
	} `json:"response"`
	_ struct{} `additionalProperties:"true"`
}

// Assertion is AuthenticationResponseJSON.
type Assertion struct {
	ID       string `json:"id" minLength:"1" maxLength:"1400" text:"secret"`
	RawID    string `json:"rawId" minLength:"1" maxLength:"1400" text:"secret"`
	Type     string `json:"type" enum:"public-key"`
	Response struct {
		ClientData        string   `json:"clientDataJSON" minLength:"1" maxLength:"4000" text:"secret"`
		AuthenticatorData string   `json:"authenticatorData" minLength:"1" maxLength:"8000" text:"secret"`
		Signature         string   `json:"signature" minLength:"1" maxLength:"8000" text:"secret"`
		UserHandle        string   `json:"userHandle,omitempty" maxLength:"100" text:"secret"`
		_                 struct{} `additionalProperties:"true"`
	} `json:"response"`
	_ struct{} `additionalProperties:"true"`
}

const (
	kind     = "public-key"
	required = "required"
	shown    = "Hadir" // what devices call us
)

// algorithms are those that keys of today's devices have, the preferred ones first.
func algorithms() []webauthncose.COSEAlgorithmIdentifier {
	return []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}
}

// Creation is what the browser of a user is asked for a new passkey. A device that holds one of those that there are
// makes no other.
func (s Site) Creation(challenge string, u account.User, there []account.Passkey) CreationOptions {
	c := CreationOptions{Challenge: challenge, Timeout: account.PasskeyTTL.Milliseconds(),
		Exclude: s.descriptors(there), Selection: Selection{required, true, required}, Attest: "none"}
	c.RP.ID, c.RP.Name = s.Domain(), shown
	c.User.ID = base64.RawURLEncoding.EncodeToString(account.PasskeyHandle(u.ID))
	c.User.Name, c.User.DisplayName = u.Login, u.Name
	for _, a := range algorithms() {
		c.Parameters = append(c.Parameters, Parameter{kind, int(a)})
	}
	return c
}

// Request is what the browser is asked for one of some passkeys; with none, for any that it has for this site.
func (s Site) Request(challenge string, of []account.Passkey) RequestOptions {
	return RequestOptions{Challenge: challenge, RPID: s.Domain(), Timeout: account.PasskeyTTL.Milliseconds(),
		Allow: s.descriptors(of), UserVerification: required}
}

// descriptors are those of passkeys of this site.
func (s Site) descriptors(ks []account.Passkey) []Descriptor {
	out := []Descriptor{}
	for _, k := range ks {
		if k.Domain == s.Domain() {
			out = append(out, Descriptor{kind, base64.RawURLEncoding.EncodeToString(k.Credential), k.Transports})
		}
	}
	return out
}

// Registered is a passkey that a browser made, before it was judged.
type Registered struct {
	parsed *protocol.ParsedCredentialCreationData
}

// Read reads an answer, or is ErrRefused.
func (r *Registration) Read() (Registered, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return Registered{}, refused(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(raw)
	return Registered{parsed}, refused(err)
}

// Challenge is the one that was answered, as it says.
func (r Registered) Challenge() string { return r.parsed.Response.CollectedClientData.Challenge }

// Judge returns the passkey that a user's device made for this site, or ErrRefused.
func (r Registered) Judge(s Site, u account.User) (account.Passkey, error) {
	session := s.session(r.Challenge(), account.PasskeyHandle(u.ID))
	for _, a := range algorithms() {
		session.CredParams = append(session.CredParams, protocol.CredentialParameter{
			Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	made, err := s.web.CreateCredential(&holder{user: u}, session, r.parsed)
	if err != nil {
		return account.Passkey{}, refused(err)
	}
	if len(made.ID) > account.MaxCredentialID || len(made.PublicKey) > account.MaxPublicKey {
		return account.Passkey{}, refused(errors.New("the key is too long"))
	}
	k := account.Passkey{UserID: u.ID, Domain: s.Domain(), Credential: made.ID, PublicKey: made.PublicKey,
		SignCount: made.Authenticator.SignCount, Synced: made.Flags.BackupEligible}
	for _, t := range made.Transport {
		switch t {
		case protocol.USB, protocol.NFC, protocol.BLE, protocol.Internal, protocol.Hybrid, protocol.SmartCard:
			k.Transports = append(k.Transports, string(t))
		}
	}
	return k, nil
}

// Answered is a proof of a passkey, before it was judged.
type Answered struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// Read reads an answer, or is ErrRefused.
func (a *Assertion) Read() (Answered, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return Answered{}, refused(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(raw)
	return Answered{parsed}, refused(err)
}

// Challenge is the one that was answered, as it says.
func (a Answered) Challenge() string { return a.parsed.Response.CollectedClientData.Challenge }

// Credential names the passkey.
func (a Answered) Credential() []byte { return a.parsed.RawID }

// NamesUser tells whether the device said whose the passkey is, as it must where nobody else did.
func (a Answered) NamesUser() bool { return len(a.parsed.Response.UserHandle) > 0 }

// Judge returns a passkey of a user with the counter of this proof of it, or ErrRefused. That the counter went on is
// for the store to see: two proofs may arrive at once.
func (a Answered) Judge(s Site, u account.User, k account.Passkey) (account.Passkey, error) {
	if k.Domain != s.Domain() {
		return k, refused(fmt.Errorf("it is of %q, not of %q", k.Domain, s.Domain()))
	}
	handle := account.PasskeyHandle(u.ID)
	if _, err := s.web.ValidateLogin(&holder{u, k}, s.session(a.Challenge(), handle), a.parsed); err != nil {
		return k, refused(err)
	}
	k.SignCount = a.parsed.Response.AuthenticatorData.Counter
	return k, nil
}

// session is what the library wants to know of the question.
func (s Site) session(challenge string, handle []byte) webauthn.SessionData {
	return webauthn.SessionData{Challenge: challenge, RelyingPartyID: s.Domain(), UserID: handle,
		UserVerification: protocol.VerificationRequired}
}

func refused(err error) error {
	if err == nil {
		return nil
	}
	var known *protocol.Error
	if errors.As(err, &known) && known.DevInfo != "" {
		return fmt.Errorf("%w: %w (%s)", ErrRefused, err, known.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

// holder is a user as the library wants it, with the one passkey that is asked about.
type holder struct {
	user account.User
	key  account.Passkey
}

func (h *holder) WebAuthnID() []byte          { return account.PasskeyHandle(h.user.ID) }
func (h *holder) WebAuthnName() string        { return h.user.Login }
func (h *holder) WebAuthnDisplayName() string { return h.user.Name }

func (h *holder) WebAuthnCredentials() []webauthn.Credential {
	c := webauthn.Credential{ID: h.key.Credential, PublicKey: h.key.PublicKey}
	c.Authenticator.SignCount = h.key.SignCount
	c.Flags.BackupEligible = h.key.Synced // devices never change their mind about it, and the library checks that
	return []webauthn.Credential{c}
}
