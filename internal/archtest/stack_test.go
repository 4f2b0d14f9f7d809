package archtest

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/config"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// Containers see only the settings that are handed on to them. Those that are not are what a container has by itself:
// where its parts listen, and what is for one process or for trying things on.
func TestTheStackHandsSettingsOn(t *testing.T) {
	t.Parallel()
	own := []string{"HADIR_ADDR", "HADIR_PUSHER_ADDR", "HADIR_MONITOR_ADDR", "HADIR_METRICS_ADDR", "HADIR_DATA_DIR",
		"HADIR_PUSHER_PUBLIC_HOST", "HADIR_PUSHER_PUBLIC_PORT", "HADIR_PUSHER_DRAIN", "HADIR_QUEUE_CHECK_INTERVAL",
		"HADIR_DRAIN_DELAY", "HADIR_DEMO", "HADIR_DEMO_LIVE"}
	handed := map[string]bool{}
	for _, f := range stackFiles(t) {
		for _, role := range []string{"terminal", "monitor"} {
			for variable := range f.Services[role].Environment {
				handed[strings.TrimSuffix(variable, "_FILE")] = true
			}
		}
	}
	for _, s := range config.Settings() {
		require.NotEqual(t, slices.Contains(own, s.Variable), handed[s.Variable], s.Variable)
	}
}

// What crosses the machines of a stack is people's names, hours and sessions: every network encrypts it, and Redis asks
// for a password.
func TestTheStackEncryptsAndRedisAsksForAPassword(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docker-stack.prod.yml")
	require.NoError(t, err)
	var f struct {
		Services map[string]struct{ Networks any }
		Networks map[string]struct {
			Driver  string
			Options map[string]string `yaml:"driver_opts"`
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &f))
	require.NotEmpty(t, f.Networks)
	for name, n := range f.Networks {
		require.Equal(t, "overlay", n.Driver, name)
		require.Contains(t, n.Options, "encrypted", name)
	}
	for name, s := range f.Services { // none is left to the network that Docker makes by itself
		require.NotNil(t, s.Networks, name)
	}
	require.Regexp(t, `printf 'requirepass "%s"\\n' "\$\$password" >/dev/shm/redis.conf\n`+
		` +exec redis-server /dev/shm/redis.conf`, string(text))
}

// What nobody sets is what the program has as its default, not what a file says in its place.
func TestHandingOnChangesNoDefault(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"docker-stack.prod.yml", "docker-compose.dev.yml"} {
		text, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		var environ, names []string
		line := regexp.MustCompile(`(?m)^ +(HADIR_\w+): "\$\{(\w+):-([^}]*)\}"`)
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			require.Equal(t, m[1], m[2], file)
			if m[1] != "HADIR_SECURE_COOKIES" { // the stack is for HTTPS
				environ, names = append(environ, m[1]+"="+m[3]), append(names, m[1])
			}
		}
		require.Greater(t, len(names), 10, file)
		handed, err := config.Load(environ, nil)
		require.NoError(t, err, file)
		preset, err := config.Load(nil, nil)
		require.NoError(t, err)
		require.Equal(t, preset.Effective(), handed.Effective(), file)
	}
}

// A node that is there is asked seldom: questions every two seconds took half of two cores, and then the nodes
// themselves, which answered late. While it starts, an update waits for it. Compose takes start_interval from Docker 25
// on and refuses the file before; it asks nodes as the image says, and engines of that release ask every five seconds
// during a start_period anyway.
func TestNodesAreAskedSeldom(t *testing.T) {
	t.Parallel()
	seconds := func(file, of string) (all []int) {
		text, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(of+`(\d+)s`).FindAllStringSubmatch(string(text), -1) {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			all = append(all, n)
		}
		require.NotEmpty(t, all, file)
		return all
	}
	asked := append(seconds("docker-stack.prod.yml", `(?m)^ +interval: `), seconds("Dockerfile", `--interval=`)...)
	asked = append(asked, seconds("docker-compose.dev.yml", `(?m)^ +interval: `)...)
	require.GreaterOrEqual(t, slices.Min(asked), 15)
	require.LessOrEqual(t, slices.Max(asked), 30)
	require.LessOrEqual(t, slices.Max(seconds("docker-stack.prod.yml", `start_interval: `)), 2)
	compose, err := os.ReadFile("../../docker-compose.dev.yml")
	require.NoError(t, err)
	require.NotContains(t, string(compose), "/probe")
	require.NotContains(t, string(compose), "start_interval")
}
