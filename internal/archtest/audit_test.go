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
		".insertOutbox(": {"ledger/change.go", "ledger/outbox.go"},
		"newOutboxRow(":  {"ledger/change.go", "ledger/outbox.go"},
		"OutboxRow{":     {"ledger/outbox.go", "ledger/change.go", "days/record_write.go"},
		".HandOver(":     {"ledger/change.go", "days/recorder.go", "days/record_batch.go", "days/recompute.go"},
		".onCommit(":     {"ledger/change.go"},
	}
	seen := map[string]bool{}
	exported := regexp.MustCompile(`(?m)^func \([^)]*\) ([A-Z]\w*)\(.*task\.Outboxed`)
	for _, name := range sources {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := filepath.Rel(rooms, name)
		require.NoError(t, err)
		for what, where := range allowed {
			if strings.Contains(string(source), what) {
				seen[what] = true
				require.Contains(t, where, filepath.ToSlash(file), "%s belongs into Ledger.Change", what)
			}
		}
		for _, m := range exported.FindAllStringSubmatch(string(source), -1) {
			require.Contains(t, []string{"ClaimOutbox", "HandOver", "Domain"}, m[1],
				"only the relay takes outbox rows; others get them after the commit")
		}
	}
	require.Len(t, seen, len(allowed))
}
