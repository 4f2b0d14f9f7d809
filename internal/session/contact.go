package session

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Contacts signs and reads what proves when the server last answered a person's page. A page gives it back with a punch
// that it kept while it was offline: what the page claims cannot lie before. Any server with the same secret reads it.
type Contacts struct{ key []byte }

// contactForm is the first part of what this release signs.
const contactForm = "1"

// proofLength is how many bytes of the HMAC are kept: nobody guesses 128 bits.
const proofLength = 16

// NewContacts derives the key from a secret that the servers share.
func NewContacts(secret string) (*Contacts, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "hadir contact "+contactForm, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("session: key of contacts: %w", err)
	}
	return &Contacts{key}, nil
}

// Sign returns the proof that a person had contact at the given instant, to the millisecond. It holds for the user and
// the employee whom the account is linked to, in any session: what waits on a device is sent after signing in again,
// too. Programs with API tokens get none: nobody is offline there and comes back.
func (c *Contacts) Sign(who *Caller, at time.Time) string {
	if who.Token != nil || who.User.EmployeeID == 0 {
		return ""
	}
	ms := at.UnixMilli()
	return contactForm + "." + strconv.FormatInt(ms, 36) + "." +
		base64.RawURLEncoding.EncodeToString(c.proof(who, ms))
}

// Read returns when the contact was that a proof stands for; ok is false for one that is not this user's and
// employee's, and for anything else.
func (c *Contacts) Read(who *Caller, contact string) (at time.Time, ok bool) {
	form, rest, _ := strings.Cut(contact, ".")
	instant, proof, _ := strings.Cut(rest, ".")
	ms, err := strconv.ParseInt(instant, 36, 64)
	given, wrong := base64.RawURLEncoding.Strict().DecodeString(proof)
	if form != contactForm || err != nil || wrong != nil || who.Token != nil || who.User.EmployeeID == 0 ||
		!hmac.Equal(given, c.proof(who, ms)) {
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}

func (c *Contacts) proof(who *Caller, ms int64) []byte {
	mac := hmac.New(sha256.New, c.key)
	var signed [3 * 8]byte
	for i, n := range []int64{who.User.ID, who.User.EmployeeID, ms} {
		binary.BigEndian.PutUint64(signed[8*i:], uint64(n))
	}
	mac.Write(signed[:])
	return mac.Sum(nil)[:proofLength]
}
