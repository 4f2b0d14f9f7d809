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

// What alerts and dashboards ask Prometheus for must be what the program serves: a metric that was renamed would leave
// an alert silent for ever.
func TestOpsNamesMetricsThatExist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	served := map[string]bool{}
	declared := regexp.MustCompile(`Name:\s+"(hadir_[a-z_]+)"`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return errOr(err, fs.SkipDir)
		}
		if strings.HasSuffix(path, ".go") {
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range declared.FindAllSubmatch(source, -1) {
				served[string(m[1])] = true
			}
		}
		return nil
	}))
	collector, err := os.ReadFile(filepath.Join(root, "internal/queue/inspect.go"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`desc\("([a-z_]+)"`).FindAllSubmatch(collector, -1) {
		served["asynq_"+string(m[1])] = true
	}
	asked := 0
	for _, name := range []string{"ops/prometheus/rules.yml", "ops/prometheus/rules_test.yml",
		"ops/grafana/hadir.json"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\b((?:hadir|asynq)_[a-z_]+)`).FindAllSubmatch(text, -1) {
			metric := string(m[1])
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				metric = strings.TrimSuffix(metric, suffix)
			}
			require.True(t, served[metric], "%s asks for %s", name, metric)
			asked++
		}
	}
	require.Greater(t, asked, 20)
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
