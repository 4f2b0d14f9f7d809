package archtest

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mostParameters is how many a function takes; what belongs together is a struct with names.
const mostParameters = 5

// parameters counts what a function takes.
func parameters(t *ast.FuncType) (n int) {
	for _, field := range t.Params.List {
		n += max(1, len(field.Names))
	}
	return n
}

// crowded lists the functions of a file, also those without a name and those of interfaces, that take too many.
func crowded(file *ast.File) (out []string, seen int) {
	names := map[*ast.FuncType]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			names[n.Type] = n.Name.Name
		case *ast.FuncType:
			seen++
			if parameters(n) > mostParameters {
				out = append(out, cmp.Or(names[n], "a function without a name"))
			}
		}
		return true
	})
	return out, seen
}

func TestFunctionsTakeFewParameters(t *testing.T) {
	t.Parallel()
	root, seen := filepath.Join("..", ".."), 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return errOr(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		many, n := crowded(file)
		require.Empty(t, many, path)
		seen += n
		return nil
	}))
	require.Greater(t, seen, 1000)

	file, err := parser.ParseFile(token.NewFileSet(), "", `package p
		type i interface{ asked(a, b, c, d, e, f int) }
		func five(a, b, c, d int, e ...int) { _ = func(int, int, int, int, int, int) {} }
		func (t) six(a, b, c int, d, e, f string) {}`, parser.SkipObjectResolution)
	require.NoError(t, err)
	many, _ := crowded(file)
	require.Equal(t, []string{"a function without a name", "a function without a name", "six"}, many)
}
