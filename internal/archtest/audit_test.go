package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The audit page puts actions into words of both languages: noun and verb of each must be there, or people read our
// identifiers.
func TestTheAuditPageHasWordsForEveryAction(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	files, err := filepath.Glob(filepath.Join(root, "web/src/js/words/*.js"))
	require.NoError(t, err)
	var words strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		words.Write(text)
	}
	sources, err := filepath.Glob(filepath.Join(root, "internal/store/*.go"))
	require.NoError(t, err)
	action := regexp.MustCompile(`"([a-z_]+)\.([a-z_]+)"`)
	passed := regexp.MustCompile(`auditWebhook\(tx, "([a-z_]+)"`)
	// states make actions
	nouns, verbs := map[string]bool{},
		map[string]bool{"approved": true, "refused": true, "cancelled": true, "revoked": true, "retried": true,
			"discarded": true}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
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
			require.Equal(t, 2, strings.Count(words.String(), "'audit."+prefix+"."+name+"'"),
				"audit.%s.%s, in two languages", prefix, name)
		}
	}
}

// What a transaction leaves behind gets out by one way only, so that nothing is handed out that was rolled back:
// store.change gathers audit entries and tasks, and the recorder's pipeline returns rows of what it committed.
func TestTheStoreHasOneWriteFunnel(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob(filepath.Join("..", "..", "internal/store/*.go"))
	require.NoError(t, err)
	allowed := map[string][]string{
		".appendAudit(":  {"change.go", "audit.go"},
		".insertOutbox(": {"change.go", "outbox.go"},
		"newOutboxRow(":  {"change.go", "outbox.go"},
		"outboxRow{":     {"outbox.go", "models.go", "record_write.go"},
		".handOver(":     {"change.go", "recorder.go", "record_batch.go", "recompute.go"},
		".onCommit(":     {"change.go"},
	}
	seen := map[string]bool{}
	exported := regexp.MustCompile(`(?m)^func \([^)]*\) ([A-Z]\w*)\(.*task\.Outboxed`)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for what, where := range allowed {
			if strings.Contains(string(source), what) {
				seen[what] = true
				require.Contains(t, where, filepath.Base(name), "%s belongs into store.change", what)
			}
		}
		for _, m := range exported.FindAllStringSubmatch(string(source), -1) {
			require.Equal(t, "ClaimOutbox", m[1], "only the relay takes outbox rows; others get them after the commit")
		}
	}
	require.Len(t, seen, len(allowed))
}
