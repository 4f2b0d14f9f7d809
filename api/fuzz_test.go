package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// fuzzRequests is how many requests TestNoRequestBreaksTheServer sends; `make fuzz` sends 100,000
// others at every run.
const fuzzRequests = 2_000

// schema is the part of JSON Schema that the OpenAPI document uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Minimum    *float64           `json:"minimum"`
	Maximum    *float64           `json:"maximum"`
	MaxLength  *int               `json:"maxLength"`
	Examples   []any              `json:"examples"`
}

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name, In string
		Schema   *schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema *schema }
	} `json:"requestBody"`
	method, path string
}

type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct{ Schemas map[string]*schema }
}

func (d document) operations(t *testing.T) []operation {
	var out []operation
	for path, methods := range d.Paths {
		for method, raw := range methods {
			var op operation
			require.NoError(t, json.Unmarshal(raw, &op), "%s %s", method, path)
			op.method, op.path = strings.ToUpper(method), path
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.method+a.path, b.method+b.path) })
	return out
}

// fuzzer makes values: mostly such as a schema allows, now and then something else.
type fuzzer struct {
	*rand.Rand
	schemas map[string]*schema
}

// odd are texts that break what is written without care.
var odd = []string{"", " ", "\x00", "a\x00b", "'", `"`, "%", "_", `\`, "<script>", "=1+1", "😀", "\u202e", "\ufeff", "ß",
	"null", "-1", "0", "9223372036854775808", "1e309", "NaN", "2026-02-30", "0000-00-00", "9999-12-31", "24:00",
	"../..",
	"Asia/Jakarta", "Mars/Base", strings.Repeat("a", 300), strings.Repeat("é", 300)}

// plausible are texts that get further than odd ones.
var plausible = []string{"2026-11-23", "2026-11-01", "2026-11-30", "2026-11", "08:00", "17:05", "Asia/Jakarta", "JKT-1",
	"Budi", "in", "out", "1", "3", "2026-11-23T01:05:00Z", "https://contoh.id/hook", "10.0.0.0/8"}

func pick[T any](f *fuzzer, of []T) T { return of[f.IntN(len(of))] }

// sometimes is true once in n times.
func (f *fuzzer) sometimes(n int) bool { return f.IntN(n) == 0 }

func (f *fuzzer) text(s *schema) string {
	switch {
	case len(s.Enum) > 0 && !f.sometimes(10):
		return fmt.Sprint(pick(f, s.Enum))
	case len(s.Examples) > 0 && f.sometimes(2):
		return fmt.Sprint(pick(f, s.Examples))
	case f.sometimes(3):
		return pick(f, odd)
	}
	return pick(f, plausible)
}

func (f *fuzzer) number() any {
	if !f.sometimes(4) {
		return 1 + f.IntN(3)
	}
	return pick(f, []any{4, 0, -1, 50, 480, 1020, 100_000, int64(1) << 53, 6.5, 106.8, 1e300})
}

func (f *fuzzer) typeOf(s *schema) string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any: // such as array or null
		if f.sometimes(4) {
			return fmt.Sprint(t[len(t)-1])
		}
		return fmt.Sprint(t[0])
	}
	return "object"
}

// value makes one value of a schema; depth bounds what refers to itself.
func (f *fuzzer) value(s *schema, depth int) any {
	for s != nil && s.Ref != "" {
		s = f.schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s == nil || depth > 6 || f.sometimes(40) {
		return pick(f, []any{nil, true, 7, "x", []any{}, map[string]any{}, []any{nil}, map[string]any{"x": nil}})
	}
	switch f.typeOf(s) {
	case "string":
		return f.text(s)
	case "integer", "number":
		return f.number()
	case "boolean":
		return f.sometimes(2)
	case "null":
		return nil
	case "array":
		out := make([]any, pick(f, []int{0, 1, 1, 2, 3, 7, 14}))
		for i := range out {
			out[i] = f.value(s.Items, depth+1)
		}
		return out
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) { // in an order, so that a seed repeats a run
		if slices.Contains(s.Required, name) && !f.sometimes(20) || f.sometimes(2) {
			out[name] = f.value(s.Properties[name], depth+1)
		}
	}
	if f.sometimes(30) {
		out[pick(f, odd)] = f.text(&schema{})
	}
	return out
}

// address fills an operation's path and query.
func (f *fuzzer) address(op operation) string {
	path, query := op.path, url.Values{}
	for _, p := range op.Parameters {
		value := fmt.Sprint(f.value(p.Schema, 5))
		switch {
		case p.In == "path":
			if !f.sometimes(5) {
				value = strconv.Itoa(1 + f.IntN(3))
			}
			if strings.Contains(p.Name, "date") && !f.sometimes(5) {
				value = "2026-11-23"
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "query" && f.sometimes(2):
			query.Set(p.Name, value)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

func (f *fuzzer) body(op operation) any {
	for kind, c := range op.RequestBody.Content {
		if kind != "application/json" {
			return strings.Repeat(pick(f, odd)+",", f.IntN(5)) + "\n" + pick(f, plausible)
		}
		if f.sometimes(50) {
			return pick(f, []string{"", "{", "[]", "null", `{"a":1e999}`, "\xff\xfe", strings.Repeat("[", 2000)})
		}
		return f.value(c.Schema, 0)
	}
	return nil
}

// Whatever a program sends, the fault is told as its own (4xx) and never as the server's: every operation of the
// OpenAPI document, with values made from its schemas, by every role and by strangers. The seed is fixed unless
// HADIR_FUZZ_SEED says otherwise.
func TestNoRequestBreaksTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	number := func(name string, otherwise uint64) uint64 {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			require.NoError(t, err)
			return n
		}
		return otherwise
	}
	seed, requests := number("HADIR_FUZZ_SEED", 1), number("HADIR_FUZZ_REQUESTS", fuzzRequests)
	t.Logf("HADIR_FUZZ_SEED=%d", seed)
	var doc document
	require.NoError(t, json.Unmarshal([]byte(w.send(0, "GET", "/api/openapi.json", "", nil).raw), &doc))
	ops := doc.operations(t)
	require.Greater(t, len(ops), 50)
	f := &fuzzer{rand.New(rand.NewPCG(seed, 1)), doc.Components.Schemas}
	roles := map[string]account.User{"admin": {Role: account.RoleAdmin}, "ops": {Role: account.RoleOps},
		"cabang": {Role: account.RoleBranchAdmin, BranchIDs: []int64{w.branches[0].ID}},
		"jkt-1":  {Role: account.RoleEmployee, EmployeeID: w.people[0].ID}, "": {}}
	names := slices.Sorted(maps.Keys(roles))
	answers := map[int]int{}
	for n := range requests {
		op, as := ops[int(n)%len(ops)], pick(f, names)
		if n/uint64(len(ops))%2 == 0 {
			as = "admin" // every operation is tried by who may do most
		}
		path, body := f.address(op), f.body(op)
		r := w.send(0, op.method, path, as, body)
		answers[r.status/100*100]++
		if u := roles[as]; r.status == http.StatusUnauthorized && as != "" {
			// The session was ended on the way, or its user disabled.
			u.Login = fmt.Sprintf("%s-%d", u.Role, n)
			w.token[as] = w.session(u)
		}
		if r.status >= http.StatusInternalServerError {
			sent, _ := json.Marshal(body)
			t.Errorf("%s %s as %q with %.500s: %d %.500s", op.method, path, as, sent, r.status, r.raw)
		}
	}
	require.Greater(t, answers[200], int(requests/10), "too few requests get far: %v", answers)
	require.Greater(t, answers[400], int(requests/10), "too few requests are wrong: %v", answers)
	t.Log(answers)
}
