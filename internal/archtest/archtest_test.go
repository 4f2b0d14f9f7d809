package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "hadir"

// levels orders the packages: imports run downwards only, never sideways. Each level lists its packages.
var levels = []struct {
	name     string
	packages []string
}{
	{"leaf", []string{"internal/clock", "internal/civil", "internal/csvfile", "internal/build", "internal/config",
		"internal/telemetry", "internal/lifecycle", "internal/words", "internal/geo", "internal/network",
		"internal/gather", "migrations", "web", "internal/attendance/limits", "internal/alive"}},
	{"domain", []string{"internal/attendance", "internal/attendance/legible", "internal/attendance/reports",
		"internal/attendance/localtime", "internal/attendance/review", "internal/attendance/contact",
		"internal/attendance/terms", "internal/attendance/reminder", "internal/evidence", "internal/account",
		"internal/passkey", "internal/provider", "internal/task", "internal/webhook", "internal/iclock",
		"internal/kiosk"}},
	{"answer", []string{"internal/problem"}},
	{"service", []string{"internal/store", "internal/store/db", "internal/store/ledger", "internal/store/begins",
		"internal/store/contacts",
		"internal/store/traces", "internal/store/dayrows", "internal/store/company/checks",
		"internal/store/company/employments", "internal/store/company/identity", "internal/store/company",
		"internal/store/company/requests", "internal/store/reviews",
		"internal/store/accounts", "internal/store/accounts/making", "internal/store/accounts/rules",
		"internal/store/days", "internal/store/days/lists", "internal/store/days/reminders",
		"internal/store/outside", "internal/store/persons",
		"internal/store/terminals", "internal/store/kiosks",
		"internal/queue", "internal/outbox", "internal/realtime",
		"internal/mail", "internal/report", "internal/importer", "internal/httpd", "internal/session",
		"internal/monitor"}},
	{"kernel", []string{"api/rest"}},
	{"feature", []string{"api/accounts", "api/company", "api/days", "api/kiosks", "api/outside", "api/persons",
		"api/ledger"}},
	{"role", []string{"api", "worker", "pusher", "scheduler", "internal/terminal", "internal/terminal/simulate",
		"internal/demo"}},
	{"composition", []string{"internal/cli"}},
	{"entry", []string{".", "ops/probe"}},
	// Tests from outside; nothing imports them.
	{"test", []string{"internal/archtest", "internal/e2e", "internal/e2e/atclock", "ops/bench", "ops/validate"}},
}

// sideways are the exceptions within a level.
var sideways = map[string][]string{
	"internal/monitor": {"internal/httpd"},
	// The domain's own order: whoever may see what, and tasks, speak of attendance.
	"internal/account":              {"internal/attendance", "internal/attendance/legible"},
	"internal/passkey":              {"internal/account"},
	"internal/provider":             {"internal/account", "internal/attendance/legible"},
	"internal/attendance/legible":   {"internal/attendance"},
	"internal/attendance/localtime": {"internal/attendance"},
	"internal/task":                 {"internal/attendance"},
	"internal/iclock":               {"internal/attendance"},
	"internal/kiosk":                {"internal/attendance", "internal/account"},
	"internal/evidence":             {"internal/attendance"},
	"internal/attendance/reports":   {"internal/attendance"},
	"internal/attendance/review":    {"internal/attendance"},
	"internal/attendance/terms":     {"internal/attendance"},
	"internal/attendance/reminder":  {"internal/attendance"},
	// The rooms of the store, each above those before it; outside, persons and terminals stand beside days.
	"internal/store/ledger":              rooms[:1],
	"internal/store/begins":              rooms[:1],
	"internal/store/contacts":            rooms[:1],
	"internal/store/dayrows":             rooms[:1],
	"internal/store/company/checks":      rooms[:1],
	"internal/store/company/employments": rooms[:1],
	"internal/store/company/identity":    rooms[:1],
	"internal/store/company": slices.Concat(rooms[:3], []string{"internal/store/company/checks",
		"internal/store/company/employments", "internal/store/company/identity"}),
	"internal/store/company/requests": slices.Concat(rooms[:4], []string{"internal/store/traces",
		"internal/store/company/employments", "internal/store/company/identity"}),
	"internal/store/reviews":         slices.Concat(rooms[:4], []string{"internal/store/company/identity"}),
	"internal/store/accounts/making": rooms[:2],
	"internal/store/accounts": slices.Concat(rooms[:4], []string{"internal/store/company/identity",
		"internal/store/accounts/making"}),
	"internal/store/accounts/rules": slices.Concat(rooms[:5], []string{"internal/store/company/employments"}),
	"internal/store/days": slices.Concat(rooms[:5], []string{"internal/store/company/employments",
		"internal/store/traces", "internal/store/dayrows", "internal/store/reviews"}),
	"internal/store/days/lists": slices.Concat(rooms[:6], []string{"internal/store/company/employments",
		"internal/store/company/identity", "internal/store/dayrows", "internal/store/reviews"}),
	"internal/store/days/reminders": slices.Concat(rooms[:4], []string{"internal/store/company/employments"}),
	"internal/store/outside": slices.Concat(rooms[:5], []string{"internal/store/company/checks",
		"internal/store/company/employments"}),
	"internal/store/terminals": slices.Concat(rooms[:2], []string{"internal/store/company/identity",
		"internal/store/accounts/making"}),
	"internal/store/kiosks":  slices.Concat(rooms[:2], []string{"internal/store/company/identity"}),
	"internal/store/persons": slices.Concat(rooms[:5], []string{"internal/store/company/identity"}),
	"internal/store":         slices.Concat(rooms, parts),
}

var rooms = []string{"internal/store/db", "internal/store/ledger", "internal/store/begins", "internal/store/company",
	"internal/store/accounts", "internal/store/days", "internal/store/outside", "internal/store/persons",
	"internal/store/terminals", "internal/store/kiosks"}

// parts are rooms within rooms, of what would make one too large.
var parts = []string{"internal/store/company/requests", "internal/store/reviews", "internal/store/accounts/making",
	"internal/store/accounts/rules", "internal/store/days/lists", "internal/store/days/reminders",
	"internal/store/contacts"}

// openers may import internal/store, which opens all rooms; whoever else needs rooms is given those that they use.
var openers = []string{"api", "worker", "internal/demo", "internal/cli"}

// owners names the packages that may import a technology; other packages take what they need through an interface.
var owners = map[string][]string{
	"github.com/uptrace/bun": slices.Concat(rooms, parts, []string{"internal/store/company/employments",
		"internal/store/company/identity", "internal/store/dayrows"}),
	"github.com/go-sql-driver/mysql": {"internal/store/db", "internal/testkit"},
	"modernc.org/sqlite":             {"internal/store/db"},
	"github.com/hibiken/asynq":       {"internal/queue"},
	"github.com/hibiken/asynqmon":    {"internal/monitor"},
	"github.com/alicebob/miniredis":  {"internal/queue"},
	"github.com/gofiber/fiber": {"internal/httpd", "internal/monitor", "api", "api/rest", "api/outside",
		"pusher", "internal/terminal"},
	"github.com/gofiber/contrib":    {"pusher"},
	"github.com/danielgtaylor/huma": {"api", "api/rest", "api/days", "api/outside", "api/persons"},
	"github.com/redis/go-redis":     {"internal/queue", "internal/realtime", "internal/monitor"},
	"github.com/spf13/cobra":        {"internal/cli"},
	"github.com/xuri/excelize":      {"internal/report"},
	"codeberg.org/go-pdf/fpdf":      {"internal/report"},
	"github.com/chromedp":           {"internal/testkit"},
	"github.com/pquerna/otp":        {"internal/account"},
	"github.com/go-webauthn":        {"internal/passkey"},
	"github.com/coreos/go-oidc":     {"internal/provider"},
	"golang.org/x/oauth2":           {"internal/provider"},
	"github.com/zitadel":            {"internal/testkit"},
	"github.com/go-jose":            {"internal/testkit"},
	"github.com/wneessen/go-mail":   {"internal/mail"},
	"github.com/emersion":           {"internal/testkit"},
	"go.opentelemetry.io":           {"internal/telemetry", "internal/testkit"},
	module + "/internal/testkit":    {"internal/testkit/migrated"},
	"github.com/stretchr/testify":   {},
	"pgregory.net/rapid":            {},
}

// testKit is what only tests import.
var testKit = []string{"internal/testkit", "internal/testkit/migrated"}

var vague = []string{"util", "utils", "common", "helpers", "helper", "shared", "misc", "tools"}

// pkg is what the rules look at.
type pkg struct {
	Path    string // below the module; "." for the root
	Imports []string
}

func levelOf(path string) int {
	for i, l := range levels {
		if slices.Contains(l.packages, path) {
			return i
		}
	}
	return -1
}

// violations lists what breaks the rules.
func violations(packages []pkg) []string {
	var out []string
	for _, p := range packages {
		if slices.Contains(vague, filepath.Base(p.Path)) {
			out = append(out, p.Path+": the name says nothing")
		}
		if slices.Contains(testKit, p.Path) {
			continue // for tests only, which the owners' table checks
		}
		own := levelOf(p.Path)
		if own < 0 {
			out = append(out, p.Path+": the table names no such package")
			continue
		}
		for _, imported := range p.Imports {
			if inner, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(testKit, inner) {
				if inner == "internal/store" && !slices.Contains(openers, p.Path) {
					out = append(out, p.Path+" imports all rooms of the store at once")
				}
				target := levelOf(inner)
				if target > own || target == own && !slices.Contains(sideways[p.Path], inner) {
					out = append(out, fmt.Sprintf("%s imports %s, which is not below it", p.Path, inner))
				}
			}
			for technology, who := range owners {
				if (imported == technology || strings.HasPrefix(imported, technology+"/")) &&
					!slices.Contains(who, p.Path) {
					out = append(out, fmt.Sprintf("%s imports %s, which belongs to %v", p.Path, imported, who))
				}
			}
		}
	}
	return out
}

func TestImportsRunDownwards(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,GoFiles,TestGoFiles,XTestGoFiles",
		module+"/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var packages []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if path == "" {
			path = "."
		}
		packages = append(packages, pkg{path, p.Imports})
	}
	require.Greater(t, len(packages), 20)
	require.Empty(t, violations(packages))
	require.Empty(t, idle(packages))
}

// idle lists what the tables allow and nobody does: it would allow the wrong thing unseen.
func idle(packages []pkg) (out []string) {
	imports := map[string][]string{}
	for _, p := range packages {
		imports[p.Path] = p.Imports
	}
	for _, l := range levels {
		for _, path := range l.packages {
			if _, ok := imports[path]; !ok {
				out = append(out, path+" is no package")
			}
		}
	}
	for from, to := range sideways {
		for _, inner := range to {
			if strings.HasPrefix(from, "internal/store/") {
				continue // an order, in which nobody has to need everything
			}
			if !slices.Contains(imports[from], module+"/"+inner) {
				out = append(out, from+" does not import "+inner)
			}
		}
	}
	for _, path := range openers {
		if !slices.Contains(imports[path], module+"/internal/store") {
			out = append(out, path+" does not import all rooms of the store")
		}
	}
	for technology, who := range owners {
		for _, path := range who {
			if !slices.ContainsFunc(imports[path], func(imported string) bool {
				return imported == technology || strings.HasPrefix(imported, technology+"/")
			}) {
				out = append(out, path+" does not import "+technology)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestTheRulesCanFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		p    pkg
		want string
	}{
		"upwards":  {pkg{"internal/store", []string{"hadir/api"}}, "not below it"},
		"sideways": {pkg{"api", []string{"hadir/worker"}}, "not below it"},
		"a room above itself": {
			pkg{"internal/store/company", []string{"hadir/internal/store/days"}}, "not below it"},
		"a room beside itself": {
			pkg{"internal/store/outside", []string{"hadir/internal/store/days"}}, "not below it"},
		"a service in a room":      {pkg{"internal/queue", []string{"hadir/internal/store/db"}}, "not below it"},
		"bun above the rooms":      {pkg{"internal/store", []string{"github.com/uptrace/bun"}}, "belongs to"},
		"a leaf above itself":      {pkg{"internal/clock", []string{"hadir/internal/task"}}, "not below it"},
		"a foreign technology":     {pkg{"api", []string{"github.com/uptrace/bun/dialect/mysqldialect"}}, "belongs to"},
		"the test kit in the open": {pkg{"api", []string{"hadir/internal/testkit"}}, "belongs to"},
		"a package out of nowhere": {pkg{"internal/stuff", nil}, "names no such package"},
		"all rooms at once":        {pkg{"api/days", []string{"hadir/internal/store"}}, "all rooms"},
		"a vague name":             {pkg{"internal/util", nil}, "says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, strings.Join(violations([]pkg{tc.p}), "\n"), tc.want)
		})
	}
	require.Empty(t, violations([]pkg{{"internal/store/days", []string{"hadir/internal/store/accounts"}},
		{"internal/store/outside", []string{"hadir/internal/store/accounts"}}}))
	require.Empty(t, violations(
		[]pkg{{"api", []string{"hadir/internal/store", "hadir/internal/clock", "github.com/gofiber/fiber/v2"}}}))
}

// A file is read in one sitting.
func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	const most = 500
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		if n := bytes.Count(b, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, more than %d", path, n, most)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, seen, 80)
}
