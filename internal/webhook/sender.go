package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// ErrPrivate says that an address lies within a private network. A webhook to it would let its owner send requests that
// only our own machines may send.
var ErrPrivate = errors.New("webhook: private, local and reserved addresses are refused")

// ErrPlain says that a message would cross the Internet unencrypted.
var ErrPlain = errors.New("webhook: http:// is for private addresses; others need https://")

// global is all of IPv6 that is allocated as global unicast: what IANA has not given to anybody is nobody's on the
// Internet, and what translates or embeds IPv4 lies outside of it (::ffff:0:0:0/96 of RFC 2765, 64:ff9b::/96).
var global = netip.MustParsePrefix("2000::/3")

// reserved are networks that are not part of the Internet and that netip does not know, and networks whose addresses
// contain other addresses: of IPv4, and of IPv6 what lies in global.
var reserved = func() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32",           // the metadata service of a cloud, at an address that looks public
		"2001::/23",                  // of protocols, among them Teredo, which contains IPv4
		"2001:db8::/32", "3fff::/20", // documentation
		"2002::/16", // 6to4, which contains IPv4
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// Public tells whether an address is a public one of the Internet, by IANA's registries of special-purpose addresses
// (RFC 6890; iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry) and, of IPv6, by what is
// allocated as global unicast (iana.org/assignments/ipv6-address-space).
func Public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	if ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

const (
	// sendTimeout bounds one attempt, from resolving the name to the end of the answer.
	sendTimeout = 10 * time.Second
	// answerBytes is how much of an answer is read: enough to reuse the connection, too little to block a worker.
	answerBytes = 4 << 10
	headerBytes = 16 << 10
	idleFor     = 30 * time.Second
	idleConns   = 32
)

// Sender sends messages.
type Sender struct {
	https, http *http.Client
	private     bool
}

// NewSender returns a sender; with private it also sends to addresses that are not public, and to those over plain
// HTTP.
func NewSender(private bool) *Sender {
	return &Sender{private: private, http: newClient(plainOnly),
		https: newClient(func(ip netip.Addr) error {
			if !private && !Public(ip) {
				return ErrPrivate
			}
			return nil
		})}
}

// plainOnly refuses what must not be sent over plain HTTP.
func plainOnly(ip netip.Addr) error {
	if Public(ip) {
		return ErrPlain
	}
	return nil
}

// newClient returns a client that connects only to addresses that pass a check.
func newClient(check func(netip.Addr) error) *http.Client {
	dialer := &net.Dialer{Timeout: sendTimeout / 2,
		// The name is resolved here. What it resolved to earlier, such as when the endpoint was saved, does not count.
		Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return ErrPrivate
			}
			return check(to.Addr())
		}}
	return &http.Client{
		Timeout: sendTimeout,
		// Proxy stays nil. A proxy of the environment would connect in our place and skip the check.
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout:    sendTimeout / 2,
			MaxResponseHeaderBytes: headerBytes, MaxIdleConns: idleConns, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: idleFor},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fault describes why no answer came, without the address that was dialled. Readers of the list of deliveries must not
// learn what a name resolves to inside of our network, and an address can hold a password.
func fault(err error) error {
	var name *net.DNSError
	var net net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ErrPrivate):
		return ErrPrivate
	case errors.Is(err, ErrPlain):
		return ErrPlain
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("webhook: %w", context.Canceled)
	case errors.As(err, &name) && name.IsNotFound:
		return errors.New("webhook: the host's name is not known")
	case errors.As(err, &name):
		return errors.New("webhook: the host's name could not be looked up")
	case errors.As(err, &certificate):
		return errors.New("webhook: the host's certificate is not valid for it")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("webhook: the host refused the connection")
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		return errors.New("webhook: the host cannot be reached")
	case errors.As(err, &net) && net.Timeout():
		return fmt.Errorf("webhook: no answer within %s: %w", sendTimeout, context.DeadlineExceeded)
	}
	return errors.New("webhook: the connection broke")
}

// Send posts a message once. It returns the answer's status, 0 without one, and an error for anything but 2xx.
func (s *Sender) Send(ctx context.Context, url string, secrets []string, d Delivery, now time.Time) (int, error) {
	signature, err := Sign(d.MessageID, now, d.Payload, secrets...)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Payload))
	if err != nil || !allowed(req.URL.Scheme, s.private) {
		return 0, ErrURL
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Hadir-Webhook/1")
	req.Header.Set("Webhook-Id", d.MessageID)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	client := s.https
	if req.URL.Scheme == "http" {
		client = s.http
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, fault(err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, answerBytes)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, fmt.Errorf("webhook: the endpoint answered %d", resp.StatusCode)
	}
	return resp.StatusCode, nil
}
