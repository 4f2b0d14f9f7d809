package words

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// format returns the text of a literal, or a format: of a call to fmt.Sprintf, or of what is put together with +.
func format(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return format(e.Args[0])
		}
	case *ast.BinaryExpr: // a sentence that is put together
		x, left := format(e.X)
		y, right := format(e.Y)
		if !left {
			x = "%s"
		}
		if !right {
			y = "%s"
		}
		return x + y, left || right
	}
	return "", false
}

// fieldMessages are the messages about fields that a file's code makes: the last argument of Invalid(field, message)
// and of violations.when(wrong, field, message), and the Message of a literal that names a Field.
func fieldMessages(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := ""
			switch f := n.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if name == "Invalid" && len(n.Args) == 2 || name == "when" && len(n.Args) == 3 {
				if s, ok := format(n.Args[len(n.Args)-1]); ok {
					out = append(out, s)
				}
			}
		case *ast.CompositeLit:
			field, message := false, ""
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Field" {
						field = true
					} else if ok && key.Name == "Message" {
						message, _ = format(kv.Value)
					}
				}
			}
			if field && message != "" {
				out = append(out, message)
			}
		}
		return true
	})
	return out
}

// Whatever the rules say about a field, people read it in their language; and nothing is in the catalogue that no rule
// says.
func TestEveryMessageAboutAFieldIsTranslated(t *testing.T) {
	t.Parallel()
	seen, said := 0, map[string]bool{}
	for _, m := range libraryMessages {
		said[m.key] = true // libraries and rules share some
	}
	for _, dir := range []string{"../../api", "..", "../../worker"} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, message := range fieldMessages(f) {
				seen++
				filledIn := Filled(message, "7")
				id, known := Indonesian.Explain(filledIn)
				require.True(t, known, "%s: %q is no text of fields.json", path, message)
				en, _ := English.Explain(filledIn)
				require.NotEqual(t, id, en, "%s: %q", path, message)
				require.NotRegexp(t, `\{\d`, id+en, "%s: %q", path, message)
				key, _ := KeyOf(filledIn)
				said[key] = true
			}
			return nil
		}))
	}
	require.Greater(t, seen, 80)
	var unsaid []string
	for key := range catalogue[English]() {
		if strings.HasPrefix(key, "fields.") && !said[key] {
			unsaid = append(unsaid, key)
		}
	}
	require.Empty(t, unsaid, "no rule says these")
}

// Every message of huma's validator has words in both languages. A new release that adds one fails here.
func TestEveryMessageOfTheValidatorIsTranslated(t *testing.T) {
	t.Parallel()
	pkg, err := build.Import("github.com/danielgtaylor/huma/v2/validation", ".", build.FindOnly)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(pkg.Dir, "*.go"))
	require.NoError(t, err)
	seen := 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for _, value := range v.Values {
				message, ok := format(value)
				require.True(t, ok, v.Names)
				seen++
				for _, language := range Languages() {
					text, known := language.Explain(Filled(message, "7"))
					require.True(t, known, "%q has no line in libraryMessages", message)
					require.NotContains(t, text, "expected")
					require.NotRegexp(t, `\{\d`, text)
				}
			}
			return true
		})
	}
	require.Greater(t, seen, 40)
}

func TestMessagesAreExplained(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][2]string{
		"expected length >= 3": {"Isi sedikitnya 3 karakter.", "Give at least 3 characters."},
		"expected length >= 1": {"Wajib diisi.", "This is required."},
		"expected length >= 10": {"Isi sedikitnya 10 karakter.",
			"Give at least 10 characters."},
		"expected number >= 5":                           {"Isi angka mulai dari 5.", "Give a number from 5 on."},
		"expected required property login to be present": {"Wajib diisi.", "This is required."},
		`expected value to be one of "id, en"`: {`Isi salah satu nilai ini: "id", "en".`,
			`Give one of these values: "id", "en".`},
		"A password has at least 10 characters.": {"Kata sandi sedikitnya 10 karakter.",
			"A password has at least 10 characters."},
		"the code is taken": {"Kode ini sudah dipakai.", "The code is taken."},
		`"x" must hold one %s, or %0Ns with N from 1 to 20, such as JKT-%04s`: {
			`"x" harus memuat satu %s, atau %0Ns dengan N dari 1 sampai 20, misalnya JKT-%04s.`,
			`"x" must hold one %s, or %0Ns with N from 1 to 20, such as JKT-%04s.`},
	} {
		for language := range want {
			got, known := Language(language).Explain(message)
			require.True(t, known, message)
			require.Equal(t, want[language], got)
		}
	}
	_, known := Indonesian.Explain("json: cannot unmarshal")
	require.False(t, known)
}
