package archtest

import (
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

// crowded are the functions of the store that still take more.
var crowded = map[string]int{
	"AuditChange":  6,
	"DeleteSome":   6,
	"FinishReport": 6,
	"LockRosters":  6,
	"MoveEmployee": 6,
	"People":       6,
	"Recaps":       6,
	"RostersOf":    6,
	"UpsertKnown":  6,
	"addEmployees": 6,
	"addRosters":   7,
	"count":        7,
	"dueFor":       7,
	"keepPlans":    6,
	"people":       6,
	"placeOne":     6,
	"plannedFor":   6,
	"remind":       9,
	"remindRows":   8,
	"void":         6,
}

// parameters counts what a function takes.
func parameters(t *ast.FuncType) (n int) {
	for _, field := range t.Params.List {
		n += max(1, len(field.Names))
	}
	return n
}

func TestFunctionsTakeFewParameters(t *testing.T) {
	t.Parallel()
	root, seen := filepath.Join("..", ".."), 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "testkit" ||
			d.Name() == "ops") {
			return errOr(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			name := "a literal"
			var takes *ast.FuncType
			switch f := n.(type) {
			case *ast.FuncDecl:
				name, takes = f.Name.Name, f.Type
			case *ast.FuncLit:
				takes = f.Type
			default:
				return true
			}
			seen++
			where := filepath.ToSlash(dir) + "." + name
			most := mostParameters
			if strings.HasPrefix(where, "internal/store/") {
				most = max(most, crowded[name])
			}
			require.LessOrEqual(t, parameters(takes), most, where)
			return true
		})
		return nil
	}))
	require.Greater(t, seen, 1000)
}
