package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// The document says what a name in a tag stands for, and says everything that the file of descriptions has.
func TestTheDocumentHasEveryDescription(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("rest/descriptions.json")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, json.Unmarshal(file, &texts))
	w := newWorld(t, migrated.SQLite(t), 1)
	answer := w.send(0, http.MethodGet, "/api/openapi.json", "", nil)
	require.Equal(t, http.StatusOK, answer.status)
	said := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, is := v["description"].(string); is {
				require.False(t, strings.HasPrefix(text, "@"), "nobody knows %s", text)
				said[text] = true
			}
			for _, part := range v {
				walk(part)
			}
		case []any:
			for _, part := range v {
				walk(part)
			}
		}
	}
	var document any
	require.NoError(t, json.Unmarshal([]byte(answer.raw), &document))
	walk(document)
	for name, text := range texts {
		require.True(t, said[text], "no field has the description %s", name)
	}
}
