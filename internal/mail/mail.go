// Package mail sends e-mails through the company's own SMTP server.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Message is one e-mail of plain text to one person.
type Message struct {
	// ID is the same for every attempt, so that a receiver knows a repetition; a word without blanks. An attempt that
	// makes another link is another message.
	ID       string
	To, Name string
	Subject  string
	Body     string
}

// ErrRefused means that the server refuses the message for good: no repetition helps.
var ErrRefused = errors.New("mail: the server refused the message")

const (
	timeout = 15 * time.Second
	hidden  = "(…)" // stands for an address
)

var (
	anyAddress = regexp.MustCompile(`\S*@\S*`)
	anyWord    = regexp.MustCompile(`[^\s<>"'():;,]+`)
)

// Sender sends messages.
type Sender struct {
	host    string
	options []mail.Option
	from    *netmail.Address
}

// New returns a sender for smtp://user:password@host:port or smtps://…. smtps uses TLS from the first byte. smtp uses
// STARTTLS: always if there is a password to protect, else if the server offers it. config, if not nil, replaces the
// usual TLS settings.
func New(address, from string, config *tls.Config) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return nil, errors.New("mail: the server's address must be smtp://user:password@host:port or smtps://…")
	}
	s := &Sender{host: u.Hostname()}
	if s.from, err = netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("mail: the sender %q: %w", from, err)
	}
	password, authenticates := u.User.Password()
	port := 25
	switch {
	case u.Scheme == "smtps":
		port = 465
		s.options = append(s.options, mail.WithSSL())
	case authenticates:
		port = 587
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("mail: the server's port: %w", err)
		}
	}
	s.options = append(s.options, mail.WithPort(port), mail.WithTimeout(timeout))
	if authenticates {
		s.options = append(s.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if config != nil {
		s.options = append(s.options, mail.WithTLSConfig(config))
	}
	if _, err := mail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

// Send hands a message to the server.
func (s *Sender) Send(ctx context.Context, m Message, now time.Time) error {
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Address != m.To {
		return fmt.Errorf("%w: the address is malformed", ErrRefused)
	}
	msg := mail.NewMsg()
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&netmail.Address{Name: m.Name, Address: m.To})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(m.ID + "@" + s.host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // so that no absence notice is sent back
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var failure *mail.SendError
	if errors.As(err, &failure) {
		err = withoutAddress(failure, m.To)
		if !failure.IsTemp() && failure.ErrorCode() >= 500 {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// withoutAddress is what logs and dead letters hold of a failure: the step, and what the server replied, without whom
// the message was for. Servers like to repeat that: the address as it is or rewritten, or what stands before the @.
func withoutAddress(failure *mail.SendError, to string) error {
	reply := strings.TrimPrefix(failure.Error(), failure.Reason.String())
	reply, _, _ = strings.Cut(reply, ", affected recipient(s): ")
	reply = strings.ReplaceAll(reply, to, hidden)
	reply = anyAddress.ReplaceAllString(reply, hidden)
	local := to[:strings.LastIndex(to, "@")]
	reply = anyWord.ReplaceAllStringFunc(reply, func(word string) string {
		if strings.EqualFold(word, local) {
			return hidden
		}
		return word
	})
	return fmt.Errorf("%s, code %d%s", failure.Reason, failure.ErrorCode(), reply)
}
