package mail_test

import (
	"strings"
	"testing"
	"time"

	"hadir/internal/mail"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 23, 1, 15, 0, 0, time.UTC)

func letter(to string) mail.Message {
	return mail.Message{ID: "hadir-7", To: to, Name: "Siti, \"S\"", Subject: "Belum masuk\r\nBcc: lain@contoh.id",
		Body: "Selamat pagi.\n.\nAnda belum masuk."}
}

func TestSends(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mode, scheme, user string
		tls, fails         bool
	}{
		"in the open, where nothing is secret":   {mode: "plain", scheme: "smtp"},
		"a password is never sent in the open":   {mode: "plain", scheme: "smtp", user: "hadir:rahasia@", fails: true},
		"STARTTLS where it is offered":           {mode: "starttls", scheme: "smtp", tls: true},
		"STARTTLS with a password":               {mode: "starttls", scheme: "smtp", user: "hadir:rahasia@", tls: true},
		"a wrong password":                       {mode: "starttls", scheme: "smtp", user: "hadir:salah@", fails: true},
		"TLS from the first byte":                {mode: "smtps", scheme: "smtps", user: "hadir:rahasia@", tls: true},
		"TLS from the first byte, unlike theirs": {mode: "starttls", scheme: "smtps", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.SMTP(t, tc.mode)
			s, err := mail.New(tc.scheme+"://"+tc.user+server.Addr, "Hadir <hadir@contoh.id>", server.Client)
			require.NoError(t, err)
			err = s.Send(t.Context(), letter("siti@contoh.id"), now)
			if tc.fails {
				require.Error(t, err)
				require.Empty(t, server.Letters())
				return
			}
			require.NoError(t, err)
			require.Len(t, server.Letters(), 1)
			l := server.Letters()[0]
			require.Equal(t, "hadir@contoh.id", l.From)
			require.Equal(t, "siti@contoh.id", l.To)
			require.Equal(t, tc.tls, l.TLS)
			require.Equal(t, tc.user != "", l.User == "hadir")
			require.Equal(t, "<hadir-7@127.0.0.1>", l.Message.Header.Get("Message-Id"))
			require.Equal(t, "auto-generated", l.Message.Header.Get("Auto-Submitted"))
			require.Empty(t, l.Message.Header.Get("Bcc"), "a subject adds no header")
			to, err := l.Message.Header.AddressList("To")
			require.NoError(t, err)
			require.Equal(t, `Siti, "S"`, to[0].Name)
			require.Contains(t, l.Body, "Anda belum masuk.")
			date, err := l.Message.Header.Date()
			require.NoError(t, err)
			require.True(t, date.Equal(now))
		})
	}
}

func TestWhatARepetitionHeals(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t, "starttls")
	s, err := mail.New("smtp://"+server.Addr, "hadir@contoh.id", server.Client)
	require.NoError(t, err)
	for _, to := range []string{"nobody@contoh.id", "siti", "siti@contoh.id\r\nRCPT TO:<x@contoh.id>",
		"Siti <siti@contoh.id>"} {
		require.ErrorIs(t, s.Send(t.Context(), letter(to), now), mail.ErrRefused, to)
	}
	err = s.Send(t.Context(), letter("nobody@contoh.id"), now)
	require.NotContains(t, strings.ToLower(err.Error()), "nobody", "errors go to logs and dead letters")
	require.NotContains(t, strings.ToLower(err.Error()), "contoh.id")
	require.Contains(t, err.Error(), "code 550")
	require.Contains(t, err.Error(), "no such user", "what the server replied")
	server.SetBusy(true)
	err = s.Send(t.Context(), letter("siti@contoh.id"), now)
	require.Error(t, err)
	require.NotErrorIs(t, err, mail.ErrRefused)
	require.NotContains(t, err.Error(), "siti")
	require.Contains(t, err.Error(), "Later, please")
	server.SetBusy(false)
	require.NoError(t, s.Send(t.Context(), letter("siti@contoh.id"), now))
	require.Len(t, server.Letters(), 1)
	stranger, err := mail.New("smtp://hadir:rahasia@"+server.Addr, "hadir@contoh.id", nil)
	require.NoError(t, err)
	require.Error(t, stranger.Send(t.Context(), letter("siti@contoh.id"), now), "a certificate that nobody vouches for")
}

func TestAddressesOfServers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mail.contoh.id", "http://mail.contoh.id", "smtp://",
		"smtp://mail.contoh.id:x", "smtp://mail.contoh.id:99999"} {
		_, err := mail.New(address, "hadir@contoh.id", nil)
		require.Error(t, err, address)
	}
	_, err := mail.New("smtp://mail.contoh.id", "nobody", nil)
	require.Error(t, err)
}
