package webhook_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

var at = time.Date(2021, 2, 25, 4, 4, 25, 0, time.UTC)

// The example of the specification's own libraries.
func TestSignsAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	s, err := webhook.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`),
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", s)
	_, err = webhook.Sign("x", at, nil, "whsec_!")
	require.Error(t, err)
	secret := webhook.NewSecret()
	require.True(t, strings.HasPrefix(secret, "whsec_"))
	require.NotEqual(t, secret, webhook.NewSecret())
	one, err := webhook.Sign("x", at, nil, secret)
	require.NoError(t, err)
	other, err := webhook.Sign("x", at, nil, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	both, err := webhook.Sign("x", at, nil, secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	require.Equal(t, one+" "+other, both, "either verifies")
}

func TestWhatIsPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"1.1.1.1": true, "93.184.215.14": true, "2606:4700:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false,
		"0.1.2.3":  false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "fd00:ec2::254": false, "fc00::1": false,
		"::ffff:10.0.0.1": false,
		"169.254.169.254": false, "169.254.170.2": false, "fe80::1%eth0": false, "fe80::1": false,
		"100.100.100.200": false, "168.63.129.16": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false,
		"192.0.2.1":      false,
		"64:ff9b::a00:1": false, "2002:7f00:1::": false, "::127.0.0.1": false, "2001:db8::1": false, "fec0::1": false,
		// IPv4 translated, Teredo, what nobody was given, and the edges of what is.
		"::ffff:0:127.0.0.1": false, "::ffff:0:a00:1": false, "0:1::1": false, "1::1": false, "4000::1": false,
		"64:ff9b::808:808": false, "64:ff9b:1::a00:1": false, "100::1": false, "1fff::1": false, "2000::1": true,
		"2001:0:a00:1::": false, "2001:1ff::1": false, "2001:200::1": true, "2a00:1450:4001::200e": true,
		"3ffe::1": true, "3fff:fff::1": false, "5f00::1": false, "e000::1": false,
	} {
		require.Equal(t, want, webhook.Public(netip.MustParseAddr(address)), address)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"https://contoh.id/hook?x=1": nil, "https://contoh.id:8080": nil, "http://contoh.id:8080": webhook.ErrURL,
		"https://[2606:4700::1]/": nil,
		"":                        webhook.ErrURL, "contoh.id": webhook.ErrURL, "ftp://contoh.id": webhook.ErrURL,
		"https://":              webhook.ErrURL,
		"https://:443/":         webhook.ErrURL,
		"https://a:b@contoh.id": webhook.ErrURL, "https://contoh.id/#x": webhook.ErrURL,
		"https://contoh.id:0/": webhook.ErrURL, "https://contoh.id:99999/": webhook.ErrURL,
		"https://contoh.id/\x00": webhook.ErrURL, "https://contoh.id/" + strings.Repeat("x", 2000): webhook.ErrURL,
		"https://127.0.0.1/": webhook.ErrPrivate, "https://[::1]:80/": webhook.ErrPrivate,
		"https://[::10.0.0.1]/":          webhook.ErrPrivate, // an IPv4 address in IPv6 clothes
		"https://169.254.169.254/latest": webhook.ErrPrivate,
		"https://[::ffff:0:127.0.0.1]/":  webhook.ErrPrivate, "https://[::ffff:0:a00:1]/": webhook.ErrPrivate,
		"https://[0:1::1]/": webhook.ErrPrivate, "https://[1::1]/": webhook.ErrPrivate,
		"https://[4000::1]/": webhook.ErrPrivate,
	} {
		require.ErrorIs(t, webhook.CheckURL(text, false), want, text)
	}
	for text, want := range map[string]error{"http://127.0.0.1:9/": nil, "https://127.0.0.1:9/": nil,
		"http://10.1.2.3/": nil, "http://[fd00::1]/": nil, "http://dalam.contoh.id/": nil, "https://8.8.8.8/": nil,
		"http://8.8.8.8/": webhook.ErrPlain, "http://[2606:4700::1]/": webhook.ErrPlain,
		"http://[::ffff:8.8.8.8]/": webhook.ErrPlain} {
		require.ErrorIs(t, webhook.CheckURL(text, true), want, text)
	}
}

func message(t *testing.T, data string) webhook.Delivery {
	t.Helper()
	d, err := webhook.NewDelivery(7, webhook.KindRecap, json.RawMessage(data), at)
	require.NoError(t, err)
	return d
}

func TestTheSameMessageHasTheSameID(t *testing.T) {
	t.Parallel()
	d := message(t, `{"a":1}`)
	require.Equal(t, d.MessageID, message(t, `{"a":1}`).MessageID)
	require.NotEqual(t, d.MessageID, message(t, `{"a":2}`).MessageID)
	other, err := webhook.NewDelivery(8, webhook.KindRecap, json.RawMessage(`{"a":1}`), at)
	require.NoError(t, err)
	require.NotEqual(t, d.MessageID, other.MessageID)
	require.JSONEq(t, `{"type":"recap.ready","timestamp":"2021-02-25T04:04:25Z","data":{"a":1}}`, string(d.Payload))
	_, err = webhook.NewDelivery(8, webhook.KindRecap, json.RawMessage(`{`), at)
	require.Error(t, err)
}

func TestSends(t *testing.T) {
	t.Parallel()
	secret, hits := webhook.NewSecret(), 0
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		seconds, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		want, _ := webhook.Sign(r.Header.Get("webhook-id"), time.Unix(seconds, 0), body, secret)
		if want != r.Header.Get("webhook-signature") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		hits++
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter,
		_ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	})
	mux.Handle("/moved", http.RedirectHandler("/ok", http.StatusTemporaryRedirect))
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	private := webhook.NewSender(true)
	for _, tc := range []struct {
		path   string
		status int
		fails  bool
	}{{"/ok", 204, false}, {"/broken", 500, true}, {"/moved", 307, true}, {"/endless", 200, false}} {
		status, err := private.Send(t.Context(), server.URL+tc.path, []string{secret}, message(t, `{}`), at)
		require.Equal(t, tc.status, status, tc.path)
		require.Equal(t, tc.fails, err != nil, "%s: %v", tc.path, err)
	}
	require.Equal(t, 1, hits, "a redirection is not followed")

	for _, host := range []string{"127.0.0.1", "localhost"} {
		url := strings.Replace(server.URL, "http://127.0.0.1", "https://"+host, 1) + "/ok"
		_, err := webhook.NewSender(false).Send(t.Context(), url, []string{secret}, message(t, `{}`), at)
		require.ErrorIs(t, err, webhook.ErrPrivate, url)
	}
	_, err := webhook.NewSender(false).Send(t.Context(), server.URL, []string{secret}, message(t, `{}`), at)
	require.ErrorIs(t, err, webhook.ErrURL, "plain HTTP is for one's own network")
	require.Equal(t, 1, hits)
	for _, host := range []string{"[::ffff:0:127.0.0.1]", "[0:1::1]", "[1::1]", "[4000::1]", "[64:ff9b::a00:1]"} {
		_, err := webhook.NewSender(false).Send(t.Context(), "https://"+host+":9", []string{secret}, message(t, `{}`),
			at)
		require.ErrorIs(t, err, webhook.ErrPrivate, host)
	}
	for _, host := range []string{"8.8.8.8:9", "[2606:4700::1]:9", "[::ffff:8.8.8.8]:9"} {
		_, err := private.Send(t.Context(), "http://"+host, []string{secret}, message(t, `{}`), at)
		require.ErrorIs(t, err, webhook.ErrPlain, "what a name resolves to is looked at when it is dialled: %s", host)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = private.Send(ctx, server.URL+"/ok", []string{secret}, message(t, `{}`), at)
	require.ErrorIs(t, err, context.Canceled)
	server.Close()
	status, err := private.Send(t.Context(), server.URL+"/ok", []string{secret}, message(t, `{}`), at)
	require.Zero(t, status)
	require.EqualError(t, err, "webhook: the host refused the connection", "no address of ours")
}
