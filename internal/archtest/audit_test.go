package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// storeSources are the files of the store's rooms, without tests.
func storeSources(t *testing.T) (names []string) {
	t.Helper()
	root := filepath.Join("..", "..", "internal/store")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			names = append(names, path)
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(names), 50)
	return names
}

// The audit page puts actions into words of both languages: noun and verb of each must be there, or people read our
// identifiers.
func TestTheAuditPageHasWordsForEveryAction(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	words, err := os.ReadFile(filepath.Join(root, "web/src/words/id/audit.json"))
	require.NoError(t, err)
	sources := storeSources(t)
	action := regexp.MustCompile(`"([a-z_]+)\.([a-z_]+)"`)
	passed := regexp.MustCompile(`auditWebhook\(tx, "([a-z_]+)"`)
	// states make actions
	nouns, verbs := map[string]bool{},
		map[string]bool{"approved": true, "refused": true, "cancelled": true, "revoked": true, "retried": true,
			"discarded": true}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range action.FindAllStringSubmatch(string(source), -1) {
			// Columns of joins have the form of actions; their tables are named by one or two letters.
			if len(m[1]) > 2 && m[1] != "hadir" { // nor are attributes of spans
				nouns[m[1]], verbs[m[2]] = true, true
			}
		}
		for _, m := range passed.FindAllStringSubmatch(string(source), -1) {
			verbs[m[1]] = true
		}
	}
	require.Greater(t, len(nouns), 8)
	require.Greater(t, len(verbs), 12)
	for prefix, names := range map[string]map[string]bool{"noun": nouns, "verb": verbs} {
		for name := range names {
			require.Contains(t, string(words), `"audit.`+prefix+"."+name+`"`, "what one language has, both have")
		}
	}
}

// What a transaction leaves behind gets out by one way only, so that nothing is handed out that was rolled back:
// Ledger.Change gathers audit entries and tasks, and the recorder's pipeline returns rows of what it committed.
func TestTheStoreHasOneWriteFunnel(t *testing.T) {
	t.Parallel()
	rooms := filepath.Join("..", "..", "internal/store")
	sources := storeSources(t)
	allowed := map[string][]string{
		".appendAudit(":  {"ledger/change.go", "ledger/audit.go"},
		".insertOutbox(": {"ledger/change.go"},
		"newOutboxRow(":  {"ledger/change.go", "ledger/outbox.go"},
		"OutboxRow{":     {"ledger/outbox.go"},
		"TaskRow(":       {"ledger/change.go", "ledger/outbox.go", "days/record_write.go"},
		".HandOver(":     {"ledger/change.go", "days/recorder.go", "days/record.go", "days/recompute.go"},
		".onCommit(":     {"ledger/change.go"},
	}
	seen := map[string]bool{}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := filepath.Rel(rooms, name)
		require.NoError(t, err)
		for what, where := range allowed {
			if strings.Contains(string(source), what) {
				seen[what+" in "+filepath.ToSlash(file)] = true
				require.Contains(t, where, filepath.ToSlash(file), "%s belongs into Ledger.Change", what)
			}
		}
		require.Empty(t, outboxed(t, string(source)), "%s: only the relay takes outbox rows; others get them after "+
			"the commit", file)
	}
	for what, where := range allowed {
		for _, file := range where {
			require.True(t, seen[what+" in "+file], "%s need not be allowed to say %s", file, what)
		}
	}
	require.Equal(t, []string{"Leaks", "Passes"}, outboxed(t, `package p
		func (s *S) Leaks(
			ctx context.Context,
		) (rows []task.Outboxed, err error) { return nil, nil }
		func Passes(rows map[int64]task.Outboxed) {}
		func (s *S) own() []task.Outboxed { return nil }
		func (s *S) HandOver(rows []task.Outboxed) {}`))
}

// outboxed lists the exported functions of a file that take or return outbox rows, besides those that are to.
func outboxed(t *testing.T, source string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !f.Name.IsExported() ||
			slices.Contains([]string{"New", "ClaimOutbox", "HandOver", "Domain"}, f.Name.Name) {
			continue
		}
		ast.Inspect(f.Type, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Outboxed" {
				names = append(names, f.Name.Name)
			}
			return true
		})
	}
	return names
}
