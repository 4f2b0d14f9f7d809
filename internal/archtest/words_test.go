package archtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/terms"

	"github.com/stretchr/testify/require"
)

// The pages' words and signs for statuses, flags and directions are the server's, and the glossary has them all.
func TestThePagesSayWhatTheServerSays(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		return string(b)
	}
	glossary := read("docs/glossary.md")
	for _, locale := range []string{"id", "en"} {
		words := terms.In(locale)
		want := map[string]string{}
		for _, s := range attendance.Statuses() {
			want["status."+string(s)], want["short."+string(s)] = words.Statuses[s].Word, words.Statuses[s].Sign
		}
		for _, f := range attendance.Flags() {
			want["flag."+string(f)] = words.Flags[f].Word
		}
		for _, d := range attendance.Directions() {
			want["direction."+string(d)] = words.Directions[d]
		}
		var got map[string]string
		require.NoError(t, json.Unmarshal([]byte(read("web/src/words/"+locale+"/terms.json")), &got))
		require.Equal(t, want, got, locale)
		for key, word := range want {
			if !strings.HasPrefix(key, "short.") {
				require.Contains(t, glossary, word, "docs/glossary.md: %s", key)
			}
		}
	}
	var order []string
	_, signs, found := strings.Cut(read("web/src/js/remarks.js"), "const signs = {")
	require.True(t, found)
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z_]+): '(.)',$`).FindAllStringSubmatch(signs, -1) {
		order = append(order, m[1]+" "+m[2])
	}
	var want []string
	for _, f := range attendance.Flags() {
		want = append(want, string(f)+" "+terms.In("id").Flags[f].Sign)
	}
	require.Equal(t, want, order, "signs, in the order in which they are shown")
}
