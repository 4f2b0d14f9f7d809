package pusher_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hadir/pusher"

	"github.com/stretchr/testify/require"
)

func TestTheAPIChecksSignatures(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	const body = `{"name":"x","channel":"news","data":"{}"}`
	at := func(d time.Duration) func(url.Values) {
		return func(v url.Values) { v.Set("auth_timestamp", strconv.FormatInt(time.Now().Add(d).Unix(), 10)) }
	}
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	for name, x := range map[string]struct {
		change func(url.Values)
		status int
	}{
		"good":               {nil, 200},
		"nine minutes old":   {at(-9 * time.Minute), 200},
		"nine minutes ahead": {at(9 * time.Minute), 200},
		"upper case name":    {func(v url.Values) { v.Set("Info", "subscription_count") }, 200},
		"more parameters":    {set("aaa", "b c&d=é"), 200},
		"too old":            {at(-11 * time.Minute), 401},
		"too far ahead":      {at(11 * time.Minute), 401},
		"no timestamp":       {func(v url.Values) { v.Del("auth_timestamp") }, 401},
		"another key":        {set("auth_key", "other"), 401},
		"another version":    {set("auth_version", "2.0"), 401},
		"no signature":       {func(v url.Values) { v.Del("auth_signature") }, 401},
		"empty signature":    {set("auth_signature", ""), 401},
		"forged signature":   {set("auth_signature", strings.Repeat("0", 64)), 401},
		"another body":       {set("body_md5", "d41d8cd98f00b204e9800998ecf8427e"), 401},
		"no body_md5":        {func(v url.Values) { v.Del("body_md5") }, 401},
		"parameter not signed": {func(v url.Values) {
			if v.Has("auth_signature") {
				v.Set("info", "subscription_count")
			}
		}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := n.request(t, http.MethodPost, "/apps/"+appID+"/events", "", body, x.change)
			require.Equal(t, x.status, status, answer)
			require.NotContains(t, answer, sign(""), "answers give no signature away")
		})
	}
	status, answer := n.request(t, http.MethodPost, "/apps/other/events", "", body, nil)
	require.Equal(t, 404, status, answer)
	status, _ = n.request(t, http.MethodGet, "/apps/"+appID+"/nonsense", "", "", nil)
	require.Equal(t, 404, status)
}

func TestTriggeringEvents(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	c, excluded := connect(t, n), connect(t, n)
	for _, channel := range []string{"news", "sport", "private-encrypted-x"} {
		c.subscribe(channel)
		excluded.subscribe(channel)
	}
	status, answer := n.post(t, "/events",
		fmt.Sprintf(`{"name":"x","channels":["news","sport"],"data":"plain text","socket_id":%q}`, excluded.id))
	require.Equal(t, 200, status)
	require.Equal(t, "{}", answer)
	require.Equal(t, "plain text", c.await("x", "news").Data)
	require.Equal(t, "plain text", c.await("x", "sport").Data)
	_, _ = n.post(t, "/events", `{"name":"object","channel":"news","data":{"not":"a string"}}`)
	require.Equal(t, `{"not":"a string"}`, c.await("object", "news").Data)
	_, _ = n.post(t, "/events",
		`{"name":"encrypted","channel":"private-encrypted-x","data":"{\"nonce\":\"n/+\",\"ciphertext\":\"c==\"}"}`)
	require.Equal(t, `{"nonce":"n/+","ciphertext":"c=="}`, c.await("encrypted", "private-encrypted-x").Data)
	_, _ = n.post(t, "/events", `{"name":"empty","channel":"news","data":""}`)
	require.Empty(t, c.await("empty", "news").Data)

	c.join("presence-x", "1")
	status, answer = n.post(t, "/events",
		`{"name":"x","channels":["news","presence-x","nobody"],"data":"","info":"subscription_count,user_count"}`)
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"channels":{"news":{"subscription_count":2},
		"presence-x":{"subscription_count":1,"user_count":1},"nobody":{"subscription_count":0}}}`, answer)

	status, answer = n.post(t, "/batch_events",
		`{"batch":[{"name":"b1","channel":"news","data":"1"},{"name":"b2","channel":"sport","data":"2"}]}`)
	require.Equal(t, 200, status)
	require.Equal(t, "{}", answer)
	c.await("b1", "news")
	require.Equal(t, "2", c.await("b2", "sport").Data)
	_, answer = n.post(t, "/batch_events",
		`{"batch":[{"name":"b","channel":"news","data":"","info":"subscription_count"},`+
			`{"name":"b","channel":"sport","data":""}]}`)
	require.JSONEq(t, `{"batch":[{"subscription_count":2},{}]}`, answer)
	excluded.here()
	require.Empty(t, excluded.events("x", "sport"))
}

func TestTriggersThatAreRefused(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	list := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	big, err := json.Marshal(strings.Repeat("x", 10<<10+1))
	require.NoError(t, err)
	fits := string(big[:len(big)-2]) + `"`
	for i, x := range []struct {
		path, body string
		status     int
	}{
		{"/events", `not json`, 400},
		{"/events", `{"name":"x","data":""}`, 400},
		{"/events", `{"name":"x","channel":"news"}`, 400},
		{"/events", `{"name":"x","channel":"news","data":null}`, 400},
		{"/batch_events", `{"batch":[{"name":"x","channel":"c"}]}`, 400},
		{"/events", `{"name":"` + strings.Repeat("ñ", 200) + `","channel":"news","data":""}`, 200},
		{"/events", `{"name":"` + strings.Repeat("ñ", 201) + `","channel":"news","data":""}`, 400},
		{"/events", `{"name":"x","channel":"news","data":"","info":"cache"}`, 400},
		{"/batch_events", `{"batch":[{"name":"x","channel":"c","data":"","info":"cache"}]}`, 400},
		{"/events", `{"name":"","channel":"news","data":""}`, 400},
		{"/events", `{"name":"` + strings.Repeat("n", 201) + `","channel":"news","data":""}`, 400},
		{"/events", `{"name":"pusher:error","channel":"news","data":""}`, 400},
		{"/events", `{"name":"pusher_internal:member_added","channel":"presence-x","data":""}`, 400},
		{"/events", `{"name":"x","channel":"a b","data":""}`, 400},
		{"/events", `{"name":"x","channel":"` + strings.Repeat("n", 165) + `","data":""}`, 400},
		{"/events", `{"name":"x","channels":["a","private-encrypted-b"],"data":""}`, 400},
		{"/events", `{"name":"x","channel":"news","data":"","socket_id":"1 2"}`, 400},
		{"/events", `{"name":"x","channel":"news","data":"","socket_id":"1.2\n3"}`, 400},
		{"/events", `{"name":"x","channel":"news","data":"","info":"nonsense"}`, 400},
		{"/events", `{"name":"x","channels":[` + list(101, `"c"`) + `],"data":""}`, 400},
		{"/events", `{"name":"x","channels":[` + list(100, `"c"`) + `],"data":""}`, 200},
		{"/events", `{"name":"x","channel":"news","data":` + string(big) + `}`, 413},
		{"/events", `{"name":"x","channel":"news","data":` + fits + `}`, 200},
		{"/batch_events", `{"batch":[]}`, 400},
		{"/batch_events", `{}`, 400},
		{"/batch_events", `{"batch":[` + list(11, `{"name":"x","channel":"c","data":""}`) + `]}`, 400},
		{"/batch_events", `{"batch":[` + list(10, `{"name":"x","channel":"c","data":""}`) + `]}`, 200},
		{"/batch_events", `{"batch":[{"name":"x","channels":["c"],"data":""}]}`, 400},
		{"/batch_events", `{"batch":[{"name":"x","channel":"c","data":""},{"name":"x","channel":"c","data":` +
			string(big) + `}]}`, 413},
	} {
		status, answer := n.post(t, x.path, x.body)
		require.Equal(t, x.status, status, "%d: %s", i, answer)
	}
}

func TestAskingAboutChannels(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	a, b := connect(t, n), connect(t, n)
	for _, c := range []*client{a, b} {
		c.subscribe("news")
		c.join("presence-x", "same")
	}
	a.subscribe("private-a")
	for _, x := range []struct {
		path, query string
		status      int
		answer      string
	}{
		{"/channels", "", 200, `{"channels":{"news":{},"presence-x":{},"private-a":{}}}`},
		{"/channels", "filter_by_prefix=pr", 200, `{"channels":{"presence-x":{},"private-a":{}}}`},
		{"/channels", "filter_by_prefix=presence-&info=user_count", 200,
			`{"channels":{"presence-x":{"user_count":1}}}`},
		{"/channels", "info=subscription_count", 200,
			`{"channels":{"news":{"subscription_count":2},"presence-x":{"subscription_count":2},` +
				`"private-a":{"subscription_count":1}}}`},
		{"/channels", "info=user_count", 400, ""},
		{"/channels", "info=cache", 400, ""},
		{"/channels/news", "info=cache", 400, ""},
		{"/channels/cache-empty", "info=cache", 200, `{"occupied":false,"cache":null}`},
		{"/channels", "info=nonsense", 400, ""},
		{"/channels/news", "", 200, `{"occupied":true}`},
		{"/channels/nobody", "info=subscription_count", 200, `{"occupied":false,"subscription_count":0}`},
		{"/channels/news", "info=user_count", 400, ""},
		{"/channels/presence-x", "info=user_count,subscription_count", 200,
			`{"occupied":true,"subscription_count":2,"user_count":1}`},
		{"/channels/a%20b", "", 400, ""},
		{"/channels/presence-x/users", "", 200, `{"users":[{"id":"same"}]}`},
		{"/channels/presence-nobody/users", "", 200, `{"users":[]}`},
		{"/channels/news/users", "", 400, ""},
	} {
		status, answer := n.get(t, x.path, x.query)
		require.Equal(t, x.status, status, "%s?%s: %s", x.path, x.query, answer)
		if x.answer != "" {
			require.JSONEq(t, x.answer, answer, x.path)
		}
	}
	status, answer := n.post(t, "/events", `{"name":"x","channel":"private-cache-a","data":"{\"n\":1}"}`)
	require.Equal(t, 200, status, answer)
	status, answer = n.get(t, "/channels/private-cache-a", "info=cache,subscription_count")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"occupied":false,"subscription_count":0,"cache":{"data":"{\"n\":1}","ttl":1800}}`, answer)
	status, answer = n.get(t, "/channels/a=@,.;_-9", "")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"occupied":false}`, answer)
}

// Parameters of POST may be in the query; arrays are named once per element, and signed so.
func TestParametersInTheQuery(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	c := connect(t, n)
	c.subscribe("news")
	c.subscribe("sport")
	send := func(body string, parameters ...string) (int, string) {
		t.Helper()
		path := "/apps/" + appID + "/events"
		pairs := append([]string{"auth_key=" + appKey, "auth_timestamp=" + strconv.FormatInt(time.Now().Unix(), 10),
			"auth_version=1.0"}, parameters...)
		if body != "" {
			pairs = append(pairs, "body_md5="+checksum(body))
		}
		slices.SortStableFunc(pairs, func(a, b string) int {
			nameA, _, _ := strings.Cut(a, "=")
			nameB, _, _ := strings.Cut(b, "=")
			return strings.Compare(nameA, nameB)
		})
		query := make([]string, len(pairs))
		for i, p := range pairs {
			name, value, _ := strings.Cut(p, "=")
			query[i] = url.QueryEscape(name) + "=" + url.QueryEscape(value)
		}
		signature := sign("POST\n" + path + "\n" + strings.Join(pairs, "&"))
		resp, err := http.Post("http://"+n.addr+path+"?"+strings.Join(query, "&")+"&auth_signature="+signature,
			"application/json", strings.NewReader(body))
		require.NoError(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(answer)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	status, answer := send("", "name=first", "channels[]=news", "channels[]=sport", "data=a b&c",
		"info=subscription_count")
	require.Equal(t, 200, status, answer)
	require.JSONEq(t, `{"channels":{"news":{"subscription_count":1},"sport":{"subscription_count":1}}}`, answer)
	require.Equal(t, "a b&c", c.await("first", "news").Data)
	require.Equal(t, "a b&c", c.await("first", "sport").Data)
	status, answer = send(`{"name":"second","data":"x"}`, "channel=news", "name=overruled")
	require.Equal(t, 200, status, answer)
	c.await("second", "news")
	status, answer = send("", "name=third", "channel=news")
	require.Equal(t, 400, status, answer)
	status, answer = send("")
	require.Equal(t, 400, status, answer)
}

func checksum(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}
