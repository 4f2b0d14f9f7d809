package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sizesRow is the right half of a row of the table in docs/architecture.md: package, lines, exported names, methods.
var sizesRow = regexp.MustCompile("(?m)\\| `([a-z/]+)` \\| ([0-9,]+) \\| ([0-9]+) \\| ([0-9]*) ?\\|$")

// The table tells what a reader finds, give or take a tenth: nobody has to mend it with every line.
func TestTheTableOfSizesIsTrue(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	all, err := shapes(root)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	require.NoError(t, err)
	rows := sizesRow.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 15)
	listed := map[string]bool{}
	for _, row := range rows {
		dir := row[1]
		p := all[dir]
		require.NotNil(t, p, dir)
		listed[dir] = true
		most := 0
		for name := range p.types {
			if ast.IsExported(name) {
				most = max(most, len(methodsOf(all, dir+"."+name)))
			}
		}
		for i, is := range []int{p.lines, p.exported, most} {
			said := number(t, row[i+2])
			require.InDelta(t, is, said, max(3, float64(is)/10), "%s: %s; it has %d lines, %d exported names and a "+
				"type of %d methods", dir, row[0], p.lines, p.exported, most)
		}
	}
	for dir := range all {
		if dir == "internal/store" || dir == "api" || strings.HasPrefix(dir, "internal/store/") ||
			strings.HasPrefix(dir, "api/") {
			require.True(t, listed[dir], "%s is not in the table", dir)
		}
	}
}

// number reads what the table says; nothing is 0.
func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi("0" + strings.ReplaceAll(text, ",", ""))
	require.NoError(t, err)
	return n
}
