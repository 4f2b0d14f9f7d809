// Package webhook tells other programs what happened, as https://www.standardwebhooks.com describes: signed JSON by
// POST, at least once. The id of a message lets a receiver recognise one that comes again.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind names what a message is about. Receivers depend on it, so its meaning never changes after a release.
type Kind string

// The kinds an endpoint can ask for, and the one that only a test sends.
const (
	KindRecorded Kind = "attendance.recorded"
	KindRecap    Kind = "recap.ready"
	KindRequest  Kind = "request.changed"
	KindHead     Kind = "audit.head"
	KindTest     Kind = "webhook.test"
)

// Kinds lists what an endpoint can ask for.
func Kinds() []Kind { return []Kind{KindRecorded, KindRecap, KindRequest, KindHead} }

// Endpoint is an address that gets messages. It does not hold the secret, so that no list can show it.
type Endpoint struct {
	ID          int64     `json:"id"`
	URL         string    `json:"url"`
	Description string    `json:"description"`
	Kinds       []Kind    `json:"kinds"`
	Active      bool      `json:"active"`
	CreatedBy   int64     `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
}

// Wants tells whether messages of a kind go to the endpoint.
func (e *Endpoint) Wants(k Kind) bool { return e.Active && slices.Contains(e.Kinds, k) }

// State is where a delivery stands.
type State string

// A pending delivery waits for its first or next attempt. A dropped one was not sent because its endpoint was turned
// off.
const (
	StatePending   State = "pending"
	StateDelivered State = "delivered"
	StateDead      State = "dead"
	StateDropped   State = "dropped"
)

// Delivery is one message to one endpoint.
type Delivery struct {
	ID          int64           `json:"id"`
	MessageID   string          `json:"message_id" doc:"@Delivery.message_id"`
	EndpointID  int64           `json:"endpoint_id"`
	Kind        Kind            `json:"kind"`
	Payload     json.RawMessage `json:"payload"`
	State       State           `json:"state"`
	Attempts    int             `json:"attempts"`
	LastStatus  int             `json:"last_status,omitempty" doc:"HTTP status of the last attempt that got an answer."`
	LastError   string          `json:"last_error,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	AttemptedAt *time.Time      `json:"attempted_at,omitempty"`
}

// envelope is the body of every message.
type envelope struct {
	Type      Kind            `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// NewDelivery returns a pending delivery of data, which must be JSON, to an endpoint. The same data of the same kind to
// the same endpoint has the same id, so that a task that runs again does not send a second message.
func NewDelivery(endpoint int64, k Kind, data json.RawMessage, now time.Time) (Delivery, error) {
	body, err := json.Marshal(envelope{k, now.UTC(), data})
	if err != nil {
		return Delivery{}, fmt.Errorf("webhook: %w", err)
	}
	h := sha256.New()
	h.Write([]byte(strconv.FormatInt(endpoint, 10) + "\n" + string(k) + "\n"))
	h.Write(data)
	return Delivery{MessageID: "msg_" + hex.EncodeToString(h.Sum(nil)[:16]), EndpointID: endpoint, Kind: k,
		Payload: body, State: StatePending, CreatedAt: now.UTC()}, nil
}

const secretPrefix = "whsec_"

// NewSecret returns a random key in the form that the libraries of Standard Webhooks take.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

// Sign returns the header webhook-signature of a message: one signature for each secret, separated by spaces. A
// receiver accepts a message if it can verify any of them.
func Sign(id string, at time.Time, body []byte, secrets ...string) (string, error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", errors.New("webhook: the secret is not base64")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " "), nil
}

// maxURL is what the database keeps.
const maxURL = 2000

// ErrURL says that an address cannot be an endpoint's.
var ErrURL = errors.New("webhook: an address begins with https:// or http://, names a host, and carries neither a " +
	"password nor a fragment")

// allowed tells whether messages may go over a scheme. They hold personal data, so plain HTTP is for private networks
// only.
func allowed(scheme string, private bool) bool {
	return scheme == "https" || private && scheme == "http"
}

// CheckURL refuses an address that can never be sent to. The name of a host is resolved only when a message is sent.
func CheckURL(text string, private bool) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || !allowed(u.Scheme, private) || u.Hostname() == "" || u.User != nil ||
		u.Fragment != "" {
		return ErrURL
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return ErrURL
		}
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		switch {
		case u.Scheme == "http":
			return plainOnly(ip)
		case !private && !Public(ip):
			return ErrPrivate
		}
	}
	return nil
}
