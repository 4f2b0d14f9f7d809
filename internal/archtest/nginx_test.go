package archtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"hadir/internal/cli"

	"github.com/stretchr/testify/require"
)

// location is what nginx does with the paths that a pattern matches.
type location struct {
	modifier, pattern, block string
}

func (l location) matches(path string) bool {
	switch l.modifier {
	case "~":
		return regexp.MustCompile(l.pattern).MatchString(path)
	case "~*":
		return regexp.MustCompile("(?i)" + l.pattern).MatchString(path)
	case "=":
		return path == l.pattern
	}
	return strings.HasPrefix(path, l.pattern)
}

func (l location) isRegexp() bool { return strings.HasPrefix(l.modifier, "~") }

// nginxServers are the servers of nginx: the one of people, and the one of terminals.
func nginxServers(t *testing.T) []string {
	t.Helper()
	conf, err := os.ReadFile("../../ops/nginx/hadir.conf")
	require.NoError(t, err)
	servers := regexp.MustCompile(`(?m)^server \{\n((?:  .*\n|\n)*)\}`).FindAllString(string(conf), -1)
	require.Len(t, servers, 2)
	return servers
}

func locations(server string) []location {
	var out []location
	block := regexp.MustCompile(`(?m)^  location (?:(=|~\*?) )?(\S+) \{(?:(.*)\}\n|\n((?:    .*\n)*?)  \})`)
	for _, m := range block.FindAllStringSubmatch(server, -1) {
		out = append(out, location{m[1], m[2], m[3] + m[4]})
	}
	return out
}

// locationOf finds as nginx does: an exact one, else the first expression that matches, else the longest prefix.
func locationOf(all []location, path string) location {
	var best location
	for _, l := range all {
		if l.modifier == "=" && l.matches(path) {
			return l
		}
		if !l.isRegexp() && l.matches(path) && len(l.pattern) > len(best.pattern) {
			best = l
		}
	}
	for _, l := range all {
		if l.isRegexp() && l.matches(path) {
			return l
		}
	}
	return best
}

// operation is one of the OpenAPI document.
type operation struct {
	method, path, access string
}

func operations(t *testing.T) []operation {
	t.Helper()
	var text, complaints bytes.Buffer
	require.Zero(t, cli.Main([]string{"openapi"}, nil, &text, &complaints), complaints.String())
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(text.Bytes(), &document))
	var out []operation
	for path, methods := range document.Paths {
		for method, raw := range methods {
			var of struct {
				Access string `json:"x-access"`
			}
			if json.Unmarshal(raw, &of) == nil && of.Access != "" {
				out = append(out, operation{strings.ToUpper(method), path, of.Access})
			}
		}
	}
	return out
}

// What anybody may send and takes more than an answer is bounded by nginx however its address is written: the program
// takes capitals and a slash at the end, too.
func TestNginxBoundsEveryWayToSignIn(t *testing.T) {
	t.Parallel()
	all := locations(nginxServers(t)[0])
	bounded := func(path string) bool {
		return strings.Contains(locationOf(all, path).block, "limit_req zone=sign_in ")
	}
	open := 0
	for _, o := range operations(t) {
		if o.access != "everybody" || o.method == http.MethodGet && !strings.HasPrefix(o.path, "/api/login") {
			continue
		}
		open++
		for _, way := range []string{o.path, o.path + "/", strings.ToUpper(o.path)} {
			require.True(t, bounded(way), way)
		}
	}
	require.Greater(t, open, 10, "passwords, codes, passkeys, a provider, links that are mailed, the first set-up")
	for _, path := range []string{"/", "/api/me", "/api/logins", "/api/attendances/check-in", "/masuk"} {
		require.False(t, bounded(path), path)
	}
}

// Strangers' bodies end at nginx where the program would not read them, and no address takes all connections.
func TestNginxBoundsBodiesAndConnections(t *testing.T) {
	t.Parallel()
	servers := nginxServers(t)
	all := locations(servers[0])
	size := regexp.MustCompile(`client_max_body_size (\w+);`)
	largest := func(path string) string {
		for _, text := range []string{locationOf(all, path).block, servers[0][:strings.Index(servers[0], "location")]} {
			if m := size.FindStringSubmatch(text); m != nil {
				return m[1]
			}
		}
		return ""
	}
	for path, want := range map[string]string{"/": "64k", "/masuk": "64k", "/assets/x.js": "64k", "/app/key": "64k",
		"/monitor/api": "64k", "/broadcasting/auth": "64k", "/api/login": "64k", "/api/setup/": "64k",
		"/api/password-resets/use": "64k", "/api/attendances/check-in": "64k", "/api/employees": "1m",
		"/api/employees/imports/7/start": "1m"} {
		require.Equal(t, want, largest(path), path)
	}
	files := 0
	for _, o := range operations(t) {
		if o.method == http.MethodPost && strings.HasSuffix(o.path, "/imports") {
			require.Equal(t, "6m", largest(o.path), o.path)
			files++
		}
	}
	require.Equal(t, 2, files)
	conf, err := os.ReadFile("../../ops/nginx/hadir.conf")
	require.NoError(t, err)
	for i, zone := range []string{"people", "terminals"} {
		require.Contains(t, string(conf), "limit_conn_zone $binary_remote_addr zone="+zone+":")
		require.Regexp(t, `(?m)^  limit_conn `+zone+` \d+;`, servers[i])
	}
}
