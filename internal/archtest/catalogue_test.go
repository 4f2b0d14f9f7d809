package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"
	"hadir/internal/attendance/reports"
	"hadir/internal/words"

	"github.com/stretchr/testify/require"
)

// namedKeys are the keys of internal/words that the source names whole, and the codes (constants Code… and Note…) that
// the packages below declare, by package.
func namedKeys(t *testing.T, coded ...string) (keys map[string]bool, codes map[string][]string) {
	t.Helper()
	keys, codes = map[string]bool{}, map[string][]string{}
	form := regexp.MustCompile(`^(?:example|imports|inputs|letters|pages|problems|reports|terms)(?:\.\w+)+$`)
	root := filepath.Join("..", "..")
	for _, dir := range []string{"api", "internal", "pusher", "scheduler", "worker"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			at, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if s, err := strconv.Unquote(n.Value); err == nil && form.MatchString(s) {
						keys[s] = true
					}
				case *ast.ValueSpec:
					if len(n.Values) != 1 || !regexp.MustCompile(`^(?:Code|Note)[A-Z]`).MatchString(n.Names[0].Name) {
						break
					}
					if v, ok := n.Values[0].(*ast.BasicLit); ok && slices.Contains(coded, at) {
						code, err := strconv.Unquote(v.Value)
						require.NoError(t, err)
						codes[at] = append(codes[at], code)
					}
				}
				return true
			})
			return nil
		})
		require.NoError(t, err)
	}
	return keys, codes
}

// Every text that the source asks for exists, and none is without use. Messages about fields (area fields) have a test
// of their own beside the catalogue.
func TestTheServersTextsAreThoseThatAreAskedFor(t *testing.T) {
	t.Parallel()
	const rules, persons = "internal/attendance", "internal/account"
	const http, lines, tasks, kiosks = "internal/problem", "internal/importer", "internal/task", "internal/kiosk"
	asked, codes := namedKeys(t, rules, persons, http, lines, tasks, kiosks)
	for what, each := range map[string][]string{"problems.": slices.Concat(codes[rules], codes[persons], codes[http],
		codes[tasks], codes[kiosks]),
		"imports.": append(codes[lines], string(attendance.CodeConflict), string(attendance.CodeInternal),
			string(attendance.CodePeriodLocked), string(attendance.CodeOwnRequest), string(attendance.CodeOwnDays),
			string(attendance.CodeForgotten)),
		"pages.": {"403.title", "403.text", "404.title", "404.text", "503.title", "503.text", "500.title",
			"500.text"}} {
		require.NotEmpty(t, each, what)
		for _, code := range each {
			asked[what+code] = true
		}
	}
	for _, s := range attendance.Statuses() {
		asked["terms.status."+string(s)], asked["terms.status."+string(s)+".sign"] = true, true
	}
	for _, f := range attendance.Flags() {
		asked["terms.flag."+string(f)], asked["terms.flag."+string(f)+".sign"] = true, true
	}
	for _, d := range attendance.Directions() {
		asked["terms.direction."+string(d)] = true
	}
	for _, k := range reports.ReportKinds() {
		asked["reports.kind."+string(k)] = true
	}
	for i := range 12 {
		asked["reports.month."+strconv.Itoa(i+1)] = true
	}
	for i := range 7 {
		asked["reports.weekday."+strconv.Itoa(i)] = true
	}
	for _, k := range []reminder.Kind{reminder.CheckIn, reminder.CheckOut} {
		asked["letters."+string(k)+".subject"], asked["letters."+string(k)+".body"] = true, true
	}
	delete(asked, "pages.500")  // the beginning of two
	delete(asked, "pages.json") // a file
	have := slices.DeleteFunc(words.Keys(), func(key string) bool { return strings.HasPrefix(key, "fields.") })
	require.Equal(t, have, slices.Sorted(maps.Keys(asked)))
}
