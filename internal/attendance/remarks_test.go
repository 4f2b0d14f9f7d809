package attendance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// constants returns the values of the constants that the package's source declares of a type.
func constants(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == kind {
				for _, value := range v.Values {
					s, err := strconv.Unquote(value.(*ast.BasicLit).Value)
					require.NoError(t, err)
					out = append(out, s)
				}
			}
			return true
		})
	}
	require.NotEmpty(t, out)
	return out
}

// Whoever adds a status, a flag or a direction to the source gives it a place in the list.
func TestEverythingIsListed(t *testing.T) {
	t.Parallel()
	texts := func(of any) (out []string) {
		switch of := of.(type) {
		case []attendance.Status:
			for _, v := range of {
				out = append(out, string(v))
			}
		case []attendance.Flag:
			for _, v := range of {
				out = append(out, string(v))
			}
		case []attendance.Direction:
			for _, v := range of {
				out = append(out, string(v))
			}
		}
		return out
	}
	require.ElementsMatch(t, constants(t, "Status"), texts(attendance.Statuses()))
	require.ElementsMatch(t, constants(t, "Flag"), texts(attendance.Flags()))
	require.ElementsMatch(t, constants(t, "Direction"), texts(attendance.Directions()))
}
