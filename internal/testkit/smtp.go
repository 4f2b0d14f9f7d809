package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// Letter is an e-mail that an SMTPServer took.
type Letter struct {
	From, To, User string // of the envelope; User is who signed in
	TLS            bool
	Message        *mail.Message
	Body           string
}

// SMTPServer is a mail server that speaks the protocol and keeps what it gets. It refuses the recipient
// nobody@contoh.id for good, and every message while Busy is set.
type SMTPServer struct {
	Addr   string
	Client *tls.Config // trusts the server

	mu      sync.Mutex
	letters []Letter
	busy    bool
}

// SMTP starts a server for the test. With mode "smtps" it speaks TLS from the first byte, with "starttls" it offers it,
// with "plain" it does not know it. Those who sign in are hadir with the password rahasia.
func SMTP(t *testing.T, mode string) *SMTPServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	s := &SMTPServer{Client: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}}
	server := smtp.NewServer(smtp.BackendFunc(
		func(c *smtp.Conn) (smtp.Session, error) { return &smtpSession{server: s, conn: c}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout, server.AllowInsecureAuth = "localhost", time.Minute,
		time.Minute, mode == "plain"
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Addr = l.Addr().String()
	switch mode {
	case "smtps":
		l = tls.NewListener(l, config)
	case "starttls":
		server.TLSConfig = config
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return s
}

// Letters returns what came so far.
func (s *SMTPServer) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// SetBusy makes the server put senders off.
func (s *SMTPServer) SetBusy(v bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = v
}

type smtpSession struct {
	server *SMTPServer
	conn   *smtp.Conn
	letter Letter
}

func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "hadir" || password != "rahasia" {
			return smtp.ErrAuthFailed
		}
		s.letter.User = user
		return nil
	}), nil
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.busy {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Later, please"}
	}
	s.letter.From = from
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == "nobody@contoh.id" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1},
			Message: "<nobody@contoh.id>: no such user nobody, nor <Nobody@Contoh.id>"}
	}
	s.letter.To = to
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l := s.letter
	if l.Message, err = mail.ReadMessage(strings.NewReader(string(b))); err != nil {
		return errors.New("not a message")
	}
	body, err := io.ReadAll(l.Message.Body)
	l.Body = string(body)
	_, l.TLS = s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, l)
	return err
}

func (s *smtpSession) Reset()        { s.letter = Letter{User: s.letter.User} }
func (s *smtpSession) Logout() error { return nil }
