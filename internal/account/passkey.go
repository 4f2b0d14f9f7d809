package account

import (
	"encoding/binary"
	"time"
)

// Passkey is what is kept of a key pair with which somebody proves who they are (WebAuthn). Its private half never
// leaves the device, or the service that copies it between somebody's devices.
type Passkey struct {
	ID         int64      `json:"id"`
	UserID     int64      `json:"-"`
	Name       string     `json:"name" doc:"@Passkey.name"`
	Synced     bool       `json:"synced" doc:"@Passkey.synced"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Without it, it was not used yet."`
	// Domain is the relying party that it was made for; it is of no use elsewhere.
	Domain     string   `json:"domain" doc:"@Passkey.domain"`
	Credential []byte   `json:"-"` // the name that the device gave it
	PublicKey  []byte   `json:"-"` // COSE
	SignCount  uint32   `json:"-"` // of the last use; 0 where the device does not count
	Transports []string `json:"-"` // how a browser reaches the device
}

// What is kept of passkeys.
const (
	MaxPasskeys     = 20   // of one user
	MaxCredentialID = 1023 // bytes, as WebAuthn has it
	MaxPublicKey    = 2048 // bytes
)

// PasskeyTTL is how long somebody may take to answer the browser's question for a passkey.
const PasskeyTTL = 5 * time.Minute

// handleBytes is the length of a handle. WebAuthn allows 64.
const handleBytes = 8

// PasskeyHandle is what devices know a user by. It says nothing about a person.
func PasskeyHandle(userID int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, handleBytes), uint64(userID))
}

// ChallengeUse is what the answer to a challenge is good for: it must not serve for anything else.
type ChallengeUse string

// The uses of challenges.
const (
	ToAddPasskey ChallengeUse = "add"     // bound to a session
	ToSignIn     ChallengeUse = "sign_in" // of nobody yet
	ToGoOn       ChallengeUse = "go_on"   // after the password; bound to the sign-in that waits
	ToConfirm    ChallengeUse = "confirm" // bound to a session
	ToReset      ChallengeUse = "reset"   // beside a link that was mailed; bound to it

	// The same for trips to an OpenID Connect provider, which a browser brings back instead of an answer.
	ToSignInThere  ChallengeUse = "provider_sign_in"
	ToLink         ChallengeUse = "provider_link"    // bound to a session
	ToConfirmThere ChallengeUse = "provider_confirm" // bound to a session
)

// TTL is how long the answer to a challenge may take.
func (u ChallengeUse) TTL() time.Duration {
	switch u {
	case ToSignInThere, ToLink, ToConfirmThere:
		return TripTTL
	}
	return PasskeyTTL
}

// Challenge is a question that a passkey answers once. Only its hash is kept, so that who reads the database has
// nothing that could be answered.
type Challenge struct {
	Hash   [32]byte
	Use    ChallengeUse
	UserID int64    // 0: of nobody yet
	Bound  [32]byte // hash of the token of the session, the sign-in that waits, or the link; zero for none
}
