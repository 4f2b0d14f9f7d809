package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// library is how huma, Go's JSON reader and our rules begin what no reader should see in Indonesian.
var library = regexp.MustCompile(
	`(?i)\b(expected|required|unexpected|invalid|unable|cannot|unmarshal|property|` +
		`the|is|at least|must|give|choose|there)\b`)

// resolve follows a reference into the document's components.
func resolve(spec map[string]any, schema map[string]any) map[string]any {
	for {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		at := any(spec)
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			at = at.(map[string]any)[part]
		}
		schema = at.(map[string]any)
	}
}

// bodies are wrong in every way that a schema of an object knows: nothing in it, more than it knows, and each property
// of another type, too short, too long, too small, too large, or of no known value.
func bodies(spec map[string]any, schema map[string]any) []any {
	schema = resolve(spec, schema)
	out := []any{map[string]any{}, map[string]any{"unheard_of": 1}, []any{}, "text", "{"}
	properties, _ := schema["properties"].(map[string]any)
	for _, wrong := range []any{nil, true, -1e9, 1e18, 1.5, "", strings.Repeat("x", 3000), []any{},
		[]any{1e18, "x", map[string]any{}}, map[string]any{"x": 1}} {
		body := map[string]any{}
		for name := range properties {
			body[name] = wrong
		}
		out = append(out, body)
		for name := range properties {
			out = append(out, map[string]any{name: wrong})
		}
	}
	return out
}

// Over every operation of the document, with inputs that are wrong in every way: nobody reads English who asked for
// Indonesian, nor a library's sentences in any language, and every field has a name.
func TestNobodyReadsALibrarysWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	spec := w.send(0, "GET", "/api/openapi.json", "", nil).json
	told, operations := 0, 0
	look := func(r reply, what string, english bool) {
		errs, _ := r.json["errors"].([]any)
		require.NotEqual(t, http.StatusInternalServerError, r.status, "%s: %s", what, r.raw)
		for _, e := range errs {
			field, message := e.(map[string]any)["field"].(string), e.(map[string]any)["message"].(string)
			told++
			require.NotEmpty(t, message, "%s: %s", what, r.raw)
			require.Regexp(t, `^["$A-Z0-9%-].*\.$`, message, "%s: a sentence, of %s", what, field)
			require.NotRegexp(t, `(?i)expected |property |unmarshal|json:`, message, what)
			if !english {
				require.NotRegexp(t, library, message, "%s: %s", what, field)
			}
		}
		if detail, ok := r.json["detail"].(string); ok && !english {
			require.NotRegexp(t, library, detail, what)
		}
	}
	for path, item := range spec["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			o := op.(map[string]any)
			method = strings.ToUpper(method)
			// Signing out would end the session that all others need; what streams or waits has no body to get wrong.
			if path == "/api/logout" || path == "/broadcasting/auth" {
				continue
			}
			operations++
			concrete := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "x")
			for _, language := range []string{"id", "en"} {
				header := "Accept-Language: " + language
				send := func(to string, body any) {
					what := fmt.Sprintf("%s %s %v", method, to, body)
					if len(what) > 300 {
						what = what[:300]
					}
					look(w.send(0, method, to, "admin", body, header), what, language == "en")
				}
				send(concrete, nil)
				number := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "987654")
				parameters, _ := o["parameters"].([]any)
				for _, p := range parameters {
					q := p.(map[string]any)
					if q["in"] == "query" && method == "GET" {
						for _, wrong := range []string{"x", "-5", "99999999999", strings.Repeat("x", 3000), ""} {
							send(number+"?"+q["name"].(string)+"="+wrong, nil)
						}
					}
				}
				content, _ := o["requestBody"].(map[string]any)
				if content == nil {
					continue
				}
				media, ok := content["content"].(map[string]any)["application/json"].(map[string]any)
				if !ok {
					send(number, "\x00\xff")
					continue
				}
				for _, body := range bodies(spec, media["schema"].(map[string]any)) {
					send(number, body)
				}
			}
		}
	}
	t.Logf("%d messages about fields in %d operations", told, operations)
	require.Greater(t, operations, 50)
	require.Greater(t, told, 1000)
}

// A page that there is not is told of in the account's language, and in the browser's before anybody is known.
func TestErrorPagesAreInTheAccountsLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	page := func(as, browser string) string {
		r := w.send(0, "GET", "/no/such", as, nil, "Accept: text/html", "Accept-Language: "+browser)
		require.Equal(t, http.StatusNotFound, r.status)
		return r.raw
	}
	const indonesian, english = "Tidak ada apa-apa di alamat ini.", "There is nothing at this address."
	require.Contains(t, page("", "en"), english)
	for locale, says := range map[string]string{"id": indonesian, "en": english} {
		change := w.send(0, "PATCH", "/api/me", "jkt-1", map[string]string{"locale": locale})
		require.Equal(t, http.StatusOK, change.status, change.raw)
		for _, browser := range []string{"id", "en"} {
			require.Contains(t, page("jkt-1", browser), says, browser)
		}
	}
}
