package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the program does in one place only, by what its source would say anywhere else.
var oneWay = map[string]struct {
	says  *regexp.Regexp
	where []string
}{
	"an operation is registered with who may call it": {regexp.MustCompile(`huma\.Register\(`),
		[]string{"api/rest/router.go"}},
	"a route past the operations is a page, a document, a terminal's or the signature of a subscription": {
		regexp.MustCompile(`\br\.(Get|Post|Put|Patch|Delete|All|Add|Use|Group)\(|` +
			`\.(Get|Post|Put|Patch|Delete|All|Add|Use|Group)\(("/|\w+Path\b)`),
		[]string{"api/api.go", "api/pages.go", "api/docs.go", "internal/monitor/monitor.go",
			"pusher/pusher.go", "internal/terminal/server.go", "internal/httpd/httpd.go", "internal/httpd/metrics.go"}},
	"the reasons of who comes in and who may do what are those of accounts": {
		regexp.MustCompile(`\bCode = "(unauthenticated|forbidden|bad_credentials|throttled|other_person|no_employee|` +
			`setup_done|last_admin)"`),
		[]string{"internal/account/error.go"}},
	"a problem has one form": {regexp.MustCompile(`problem\+json"`),
		[]string{"internal/problem/problem.go"}},
	"one check of where a request comes from": {regexp.MustCompile(`Sec-Fetch-Site`),
		[]string{"internal/httpd/origin.go"}},
	"a session's cookie has one name": {regexp.MustCompile(`"hadir_session"`),
		[]string{"internal/httpd/origin.go"}},
	"one rule of what a spreadsheet would run": {regexp.MustCompile(`func [iI]nert\(`),
		[]string{"internal/csvfile/csvfile.go"}},
	"files for spreadsheets have one writer": {regexp.MustCompile(`csv\.NewWriter\(`),
		[]string{"internal/csvfile/csvfile.go"}},
}

func TestThereIsOneWayToDoEachThing(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "ops" ||
			d.Name() == "testkit") {
			return errOr(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for what, rule := range oneWay {
			if rule.says.Match(source) {
				seen[what+" in "+filepath.ToSlash(name)] = true
				require.Contains(t, rule.where, filepath.ToSlash(name), what)
			}
		}
		return nil
	}))
	for what, rule := range oneWay {
		for _, name := range rule.where {
			require.True(t, seen[what+" in "+name], "%s: a place that it does not need: %s", what, name)
		}
	}
}
