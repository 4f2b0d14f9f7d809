package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLoadPrecedence(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("from-file\n"), 0o600))
	c, err := Load([]string{"HADIR_ADDR=:1", "HADIR_PUSHER_ADDR=:2", "HADIR_PUSHER_SECRET_FILE=" + file, "PATH=/bin"},
		map[string]string{"addr": ":3", "session-ttl": "1h"})
	require.NoError(t, err)
	require.Equal(t, ":3", c.Addr, "a flag beats the environment")
	require.Equal(t, ":2", c.PusherAddr, "the environment beats the default")
	require.Equal(t, ":8082", c.MonitorAddr)
	require.Equal(t, "from-file", c.PusherSecret)
	require.Equal(t, time.Hour, c.SessionTTL)
	require.Equal(t, Embedded, c.RedisURL)
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  []string
		want string
	}{
		"a misspelt name, with a suggestion": {[]string{"HADIR_DATABSE_URL=x"}, "did you mean HADIR_DATABASE_URL?"},
		"a name far from any":                {[]string{"HADIR_QUITE_SOMETHING=x"}, "hadir config"},
		"a value and a file": {[]string{"HADIR_PUSHER_KEY=a", "HADIR_PUSHER_KEY_FILE=/dev/null"},
			"both set"},
		"a file that is missing": {[]string{"HADIR_PUSHER_KEY_FILE=/nowhere/at/all"},
			"HADIR_PUSHER_KEY_FILE"},
		"a number that is none":       {[]string{"HADIR_WORKER_CONCURRENCY=many"}, "HADIR_WORKER_CONCURRENCY"},
		"an address without a port":   {[]string{"HADIR_ADDR=localhost"}, "HADIR_ADDR"},
		"a database nobody knows":     {[]string{"HADIR_DATABASE_URL=oracle://x"}, "sqlite:// or mysql://"},
		"a Redis nobody knows":        {[]string{"HADIR_REDIS_URL=localhost:6379"}, "HADIR_REDIS_URL"},
		"a log level that is none":    {[]string{"HADIR_LOG_LEVEL=loud"}, "HADIR_LOG_LEVEL"},
		"pages at no address":         {[]string{"HADIR_PUBLIC_URL=hadir.example.com"}, "PUBLIC_URL"},
		"pages below a path":          {[]string{"HADIR_PUBLIC_URL=https://example.com/hadir"}, "PUBLIC_URL"},
		"half a provider":             {[]string{"HADIR_OIDC_ISSUER=https://masuk.contoh.id"}, "needed together"},
		"a secret of no provider":     {[]string{"HADIR_OIDC_CLIENT_SECRET=x"}, "HADIR_OIDC_ISSUER: is missing"},
		"a provider without pages":    {provider("https://masuk.contoh.id")[:3], "HADIR_PUBLIC_URL: is missing"},
		"a provider in the clear":     {provider("http://masuk.contoh.id"), "OIDC_ISSUER: must be the https://"},
		"a provider with a question":  {provider("https://masuk.contoh.id?x=1"), "OIDC_ISSUER: must be the https://"},
		"a provider at no address":    {provider("masuk.contoh.id"), "OIDC_ISSUER: must be the https://"},
		"a proxy that is neither":     {[]string{"HADIR_TRUSTED_PROXIES=nginx"}, "TRUSTED_PROXIES"},
		"live demo without demo":      {[]string{"HADIR_DEMO_LIVE=true"}, "HADIR_DEMO"},
		"a reminder before its shift": {[]string{"HADIR_REMIND_AFTER=-1"}, "REMIND_AFTER"},
		"a mail server nobody knows": {[]string{"HADIR_SMTP_URL=mail.example.com", "HADIR_MAIL_FROM=a@b.id"},
			"SMTP_URL"},
		"an audit key that can be guessed": {[]string{"HADIR_AUDIT_KEY=" + strings.Repeat("k", 40) + ",short"},
			"AUDIT_KEY"},
		"the log's head to nobody":            {[]string{"HADIR_AUDIT_MAIL=a@b.id"}, "AUDIT_MAIL"},
		"links to a page":                     {[]string{"HADIR_PUBLIC_URL=https://example.com/masuk"}, "PUBLIC_URL"},
		"links without a scheme":              {[]string{"HADIR_PUBLIC_URL=hadir.example.com"}, "PUBLIC_URL"},
		"mail from nobody":                    {[]string{"HADIR_SMTP_URL=smtp://mail.example.com"}, "MAIL_FROM"},
		"a session shorter than its handling": {[]string{"HADIR_SESSION_TTL=1s"}, "SESSION_TTL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(tc.env, nil)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// provider are the settings with which people sign in at an issuer.
func provider(issuer string) []string {
	return []string{"HADIR_OIDC_ISSUER=" + issuer, "HADIR_OIDC_CLIENT_ID=hadir", "HADIR_OIDC_CLIENT_SECRET=hunter2",
		"HADIR_PUBLIC_URL=https://hadir.contoh.id"}
}

func TestAProviderIsTaken(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"https://masuk.contoh.id", "https://masuk.contoh.id/realms/kantor",
		"http://localhost:8081/realms/kantor", "http://127.0.0.1:8081"} {
		c, err := Load(provider(issuer), nil)
		require.NoError(t, err, issuer)
		require.Equal(t, []any{issuer, "email", []string{"email", "profile"}},
			[]any{c.OIDCIssuer, c.OIDCClaim, c.OIDCScopes})
	}
}

func TestEffectiveHidesSecrets(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"HADIR_DATABASE_URL=mysql://hadir:hunter2@db:3306/hadir?x=hunter3",
		"HADIR_PUSHER_SECRET=hunter2", provider("https://masuk.contoh.id")[0], provider("")[1], provider("")[2],
		provider("")[3], "HADIR_REDIS_URL=redis://:hunter2@cache:6379/0"}, nil)
	require.NoError(t, err)
	var all strings.Builder
	for _, kv := range c.Effective() {
		all.WriteString(kv[0] + "=" + kv[1] + "\n")
	}
	require.NotContains(t, all.String(), "hunter")
	require.Contains(t, all.String(), "mysql://hadir:xxxxx@db:3306/hadir")
	require.Len(t, c.Effective(), len(Settings()))
}

// A password is never shown, whatever characters it has and wherever they make a URL's parts end.
func TestNoPasswordIsEverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const secret = "hunter2"
		odd := rapid.SampledFrom(
			[]string{"", "@", ":", "/", "?", "#", "%", "%41", "&", "=", "[", "]", " ", "+", "1", "//"})
		password := odd.Draw(t, "before") + odd.Draw(t, "more") + secret + odd.Draw(t, "after") + odd.Draw(t, "last")
		user := rapid.SampledFrom([]string{"", "hadir", "a@b", "12"}).Draw(t, "user")
		scheme := rapid.SampledFrom([]string{"mysql", "redis", "redis-sentinel", "smtp"}).Draw(t, "scheme")
		shown := redact("HADIR_DATABASE_URL", scheme+"://"+user+":"+password+"@db:3306/hadir")
		require.NotContains(t, shown, secret)
	})
	require.Equal(t, hidden, redact("HADIR_PUSHER_SECRET", "https://example.com"), "a secret that looks like a URL")
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.Len(t, help(), len(Settings()), "a line of help for each, and for nothing else")
	for _, s := range Settings() {
		require.NotEmpty(t, s.Help, s.Variable)
		require.NotEmpty(t, s.Help, s.Variable)
		require.Contains(t, string(readme), "`"+s.Variable+"`", "the README's table lists every setting")
	}
}
