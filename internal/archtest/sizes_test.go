package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	mostLines   = 3500 // of a package, without its tests
	mostMethods = 25   // exported ones of a type, those of embedded types included
)

// shape is what a package is made of.
type shape struct {
	lines    int
	exported int                   // names, methods among them
	types    map[string]*typeShape // by name
}

type typeShape struct {
	methods  []string // exported
	embedded []string // "package path below the module.Name"
}

// shapes reads the program without its tests.
func shapes(root string) (map[string]*shape, error) {
	all := map[string]*shape{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return errOr(err, fs.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		if all[dir] == nil {
			all[dir] = &shape{types: map[string]*typeShape{}}
		}
		all[dir].lines += bytes.Count(source, []byte("\n"))
		all[dir].read(dir, file)
		return nil
	})
	return all, err
}

func (s *shape) of(name string) *typeShape {
	if s.types[name] == nil {
		s.types[name] = &typeShape{}
	}
	return s.types[name]
}

// read adds the types and methods of a file.
func (s *shape) read(dir string, file *ast.File) {
	imports := map[string]string{}
	for _, im := range file.Imports {
		if inner, ok := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), module+"/"); ok {
			imports[filepath.Base(inner)] = inner
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				s.exported++
			}
			if d.Recv != nil && d.Name.IsExported() {
				_, name, _ := strings.Cut(nameOf(d.Recv.List[0].Type, "", nil), ".")
				s.of(name).methods = append(s.of(name).methods, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				s.exported += exportedIn(spec)
				t, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if t.Assign.IsValid() { // an alias is as good as embedding
					s.of(t.Name.Name).embedded = []string{nameOf(t.Type, dir, imports)}
				}
				body, ok := t.Type.(*ast.StructType)
				if !ok {
					continue
				}
				for _, field := range body.Fields.List {
					if len(field.Names) == 0 {
						outer := s.of(t.Name.Name)
						outer.embedded = append(outer.embedded, nameOf(field.Type, dir, imports))
					}
				}
			}
		}
	}
}

// exportedIn counts the exported names of a declaration.
func exportedIn(spec ast.Spec) (n int) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() {
			n++
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() {
				n++
			}
		}
	}
	return n
}

// nameOf returns "directory.Name" of a type's expression, with an empty directory for one outside of the program.
func nameOf(e ast.Expr, dir string, imports map[string]string) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nameOf(e.X, dir, imports)
	case *ast.IndexExpr:
		return nameOf(e.X, dir, imports)
	case *ast.Ident:
		return dir + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return imports[x.Name] + "." + e.Sel.Name
		}
	}
	return "."
}

// methodsOf returns the exported methods of a type, those of what it embeds included.
func methodsOf(all map[string]*shape, name string) []string {
	i := strings.LastIndex(name, ".")
	p := all[name[:i]]
	if p == nil || p.types[name[i+1:]] == nil {
		return nil
	}
	t := p.types[name[i+1:]]
	methods := slices.Clone(t.methods)
	for _, e := range t.embedded {
		methods = append(methods, methodsOf(all, e)...)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// tooLarge lists the packages and types that exceed the bounds.
func tooLarge(all map[string]*shape) (out []string) {
	for dir, p := range all {
		if p.lines > mostLines {
			out = append(out, fmt.Sprintf("%s has %d lines, more than %d: move a part into a package of its own",
				dir, p.lines, mostLines))
		}
		for name := range p.types {
			name = dir + "." + name
			if n := len(methodsOf(all, name)); n > mostMethods {
				out = append(out, fmt.Sprintf("%s has %d exported methods, more than %d", name, n, mostMethods))
			}
		}
	}
	return out
}

func TestPackagesAndTypesStaySmall(t *testing.T) {
	t.Parallel()
	all, err := shapes(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.Greater(t, len(all), 20)
	require.Empty(t, tooLarge(all))
	require.Contains(t, methodsOf(all, "internal/store/db.DB"), "Ping")
}

// roomTypes returns the types of the store's rooms whose methods a type has by embedding.
func roomTypes(all map[string]*shape, name string) (out []string) {
	i := strings.LastIndex(name, ".")
	p := all[name[:i]]
	if p == nil || p.types[name[i+1:]] == nil {
		return nil
	}
	for _, e := range p.types[name[i+1:]].embedded {
		if strings.HasPrefix(e, "internal/store/") {
			out = append(out, e)
		} else {
			out = append(out, roomTypes(all, e)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fronts lists what stands in front of the rooms, so that its callers would not say which one they use: in package
// store any type with methods of a room or of its own, elsewhere a type with the methods of two.
func fronts(all map[string]*shape) (out []string) {
	for dir, p := range all {
		if strings.HasPrefix(dir, "internal/store/") {
			continue
		}
		for name, t := range p.types {
			name = dir + "." + name
			with := slices.DeleteFunc(roomTypes(all, name), func(room string) bool {
				return len(methodsOf(all, room)) == 0
			})
			most := 1
			if dir == "internal/store" {
				most = 0
				if len(t.methods) > 1 || len(t.methods) == 1 && t.methods[0] != "Close" {
					out = append(out, name+" has methods of its own")
				}
			}
			if len(with) > most {
				out = append(out, fmt.Sprintf("%s has the methods of %v", name, with))
			}
		}
	}
	return out
}

func TestNothingStandsInFrontOfTheRooms(t *testing.T) {
	t.Parallel()
	all, err := shapes(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.NotNil(t, all["internal/store"].types["Store"])
	require.Empty(t, fronts(all))

	room := &shape{types: map[string]*typeShape{"Days": {methods: []string{"Recap"}}, "Day": {},
		"Users": {methods: []string{"Add"}}}}
	two := &typeShape{embedded: []string{"internal/store/days.Users", "api.daysRoom"}}
	daysRoom := &typeShape{embedded: []string{"internal/store/days.Days"}}
	require.ElementsMatch(t, []string{
		"internal/store.Store has methods of its own",
		"internal/store.Users has the methods of [internal/store/days.Users]",
		"api.two has the methods of [internal/store/days.Days internal/store/days.Users]",
	}, fronts(map[string]*shape{
		"internal/store/days": room,
		"internal/store": {types: map[string]*typeShape{"Store": {methods: []string{"AddBranch", "Close"}},
			"Users": {embedded: []string{"internal/store/days.Users"}}}},
		"api": {types: map[string]*typeShape{"two": two, "daysRoom": daysRoom,
			"day": {embedded: []string{"internal/store/days.Day", "internal/store/days.Days"}}}},
	}))
}

func TestTheBoundsCanFail(t *testing.T) {
	t.Parallel()
	many := make([]string, mostMethods)
	for i := range many {
		many[i] = fmt.Sprint("M", i)
	}
	all := map[string]*shape{
		"long": {lines: mostLines + 1},
		"wide": {types: map[string]*typeShape{"Half": {methods: many}, "Whole": {methods: []string{"More"},
			embedded: []string{"wide.half"}}, "half": {embedded: []string{"wide.Half"}}}},
	}
	require.ElementsMatch(t, []string{"long has 3501 lines, more than 3500: move a part into a package of its own",
		"wide.Whole has 26 exported methods, more than 25"}, tooLarge(all))
}
