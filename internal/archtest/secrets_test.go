package archtest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hadir/internal/config"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// stackFile is what matters here of a file for docker stack deploy.
type stackFile struct {
	Services map[string]stackService
	Secrets  map[string]struct{ External bool }
}

type stackService struct {
	Environment map[string]string
	Secrets     []any // a name, or source and target
}

// uses tells whether a service has a secret.
func (s stackService) uses(secret string) bool {
	return slices.ContainsFunc(s.Secrets, func(one any) bool {
		long, _ := one.(map[string]any)
		return one == secret || long["source"] == secret
	})
}

// stackFiles are all files of the stack, by name.
func stackFiles(t *testing.T) map[string]stackFile {
	t.Helper()
	names, err := filepath.Glob("../../docker-stack.*.yml")
	require.NoError(t, err)
	files := map[string]stackFile{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var f stackFile
		require.NoError(t, yaml.Unmarshal(text, &f), name)
		require.NotEmpty(t, f.Services, name)
		files[filepath.Base(name)] = f
	}
	require.Contains(t, files, "docker-stack.prod.yml")
	return files
}

// What hadir config hides reaches containers as a Swarm secret, never as text that docker service inspect shows, in
// whichever file of the stack it stands. A secret that not everybody has is in a file of its own, which goes on top.
func TestSecretsOfTheStackAreSwarmSecrets(t *testing.T) {
	t.Parallel()
	var secret []string
	for _, s := range config.Settings() {
		if s.Secret {
			secret = append(secret, s.Variable)
		}
	}
	require.Contains(t, secret, "HADIR_SMTP_URL")
	handed := map[string]bool{}
	for name, f := range stackFiles(t) {
		for role, service := range f.Services {
			for variable, value := range service.Environment {
				require.NotContains(t, secret, variable, "%s: %s", name, role)
				base, isFile := strings.CutSuffix(variable, "_FILE")
				if !isFile {
					continue
				}
				of, found := strings.CutPrefix(value, "/run/secrets/")
				require.True(t, found, "%s: %s: %s", name, role, variable)
				require.True(t, service.uses(of), "%s: %s: %s", name, role, of)
				require.True(t, f.Secrets[of].External, "%s: %s", name, of)
				handed[base] = true
			}
		}
	}
	for _, variable := range secret {
		require.True(t, handed[variable], variable)
	}
}

// Each file on top of the stack is for services that the stack has, and their settings fit together: those of all
// files at once, those of each alone, and those of none.
func TestFilesOnTopOfTheStackFit(t *testing.T) {
	t.Parallel()
	values := map[string]string{ // of secrets for which not every text will do
		"HADIR_DATABASE_URL": "mysql://hadir:x@mysql/hadir", "HADIR_REDIS_URL": "redis://:x@redis:6379",
		"HADIR_SMTP_URL": "smtp://u:x@mail:587", "HADIR_OTLP_ENDPOINT": "http://collector:4318",
		"HADIR_OTLP_HEADERS": "", "HADIR_PROMETHEUS_URL": "http://prometheus:9090",
	}
	chosen := map[string]map[string]string{ // in the environment of docker stack deploy, by file
		"docker-stack.smtp.yml": {"HADIR_MAIL_FROM": "hadir@example.com", "HADIR_AUDIT_MAIL": "audit@example.com"},
		"docker-stack.oidc.yml": {"HADIR_OIDC_ISSUER": "https://accounts.example.com", "HADIR_OIDC_CLIENT_ID": "hadir",
			"HADIR_PUBLIC_URL": "https://hadir.example.com"},
	}
	files := stackFiles(t)
	stack := files["docker-stack.prod.yml"]
	delete(files, "docker-stack.prod.yml")
	on := slices.Sorted(maps.Keys(files))
	require.Contains(t, on, "docker-stack.smtp.yml")
	sets := [][]string{nil, on}
	for _, name := range on {
		sets = append(sets, []string{name})
		for role := range files[name].Services {
			require.Contains(t, stack.Services, role, name)
		}
	}
	dir, slot := t.TempDir(), regexp.MustCompile(`\$\{(\w+):-([^}]*)\}`)
	for role, service := range stack.Services {
		for _, set := range sets {
			settings, environ := maps.Clone(service.Environment), map[string]string{}
			for _, name := range set {
				maps.Copy(settings, files[name].Services[role].Environment)
				maps.Copy(environ, chosen[name])
			}
			var given []string
			for variable, value := range settings {
				value = slot.ReplaceAllStringFunc(value, func(s string) string {
					m := slot.FindStringSubmatch(s)
					if chosen, ok := environ[m[1]]; ok {
						return chosen
					}
					return m[2]
				})
				if base, isFile := strings.CutSuffix(variable, "_FILE"); isFile {
					content, known := values[base]
					if !known {
						content = strings.Repeat("k", 32)
					}
					value = filepath.Join(dir, base)
					require.NoError(t, os.WriteFile(value, []byte(content+"\n"), 0o600))
				}
				given = append(given, variable+"="+value)
			}
			_, err := config.Load(given, nil)
			require.NoError(t, err, "%s with %v", role, set)
		}
	}
}
