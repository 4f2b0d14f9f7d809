package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The audit page puts actions into words of both languages: noun and verb of each must be there, or people read our identifiers.
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
	passed := regexp.MustCompile(`webhookAudit\(by, "([a-z_]+)"`)
	nouns, verbs := map[string]bool{}, map[string]bool{"approved": true, "refused": true, "cancelled": true, "revoked": true, "retried": true, "discarded": true} // states make actions
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
			require.Equal(t, 2, strings.Count(words.String(), "'audit."+prefix+"."+name+"'"), "audit.%s.%s, in two languages", prefix, name)
		}
	}
}
