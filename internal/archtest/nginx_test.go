package archtest

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What anybody may send and takes more than an answer is bounded by nginx however its address is written: the program
// takes capitals and a slash at the end, too.
func TestNginxBoundsEveryWayToSignIn(t *testing.T) {
	t.Parallel()
	conf, err := os.ReadFile("../../ops/nginx/hadir.conf")
	require.NoError(t, err)
	var limits []*regexp.Regexp
	block := regexp.MustCompile(`(?m)^  location (~\*?) (\S+) \{\n((?:    .*\n)*?)  \}`)
	for _, m := range block.FindAllStringSubmatch(string(conf), -1) {
		if strings.Contains(m[3], "limit_req zone=sign_in ") {
			limits = append(limits, regexp.MustCompile(map[string]string{"~": "", "~*": "(?i)"}[m[1]]+m[2]))
		}
	}
	bounded := func(path string) bool {
		for _, re := range limits {
			if re.MatchString(path) {
				return true
			}
		}
		return false
	}
	for _, path := range []string{"/api/login", "/api/login/code", "/api/login/passkey", "/api/login/passkey/ask",
		"/api/login/oidc", "/api/login/oidc/ask", "/api/login/oidc/callback", "/api/password-resets",
		"/api/password-resets/check", "/api/password-resets/passkey", "/api/password-resets/use", "/api/setup"} {
		for _, way := range []string{path, path + "/", strings.ToUpper(path)} {
			require.True(t, bounded(way), way)
		}
	}
	for _, path := range []string{"/", "/api/me", "/api/logins", "/api/attendances/check-in", "/masuk"} {
		require.False(t, bounded(path), path)
	}
}
