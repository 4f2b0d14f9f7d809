package testkit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Page is an entry of web/pages.json, the one list of the pages.
type Page struct {
	Name, Path string
	Menu       map[string]string // by role; empty for a page that is in nobody's menu
	Person     bool              // only for those who are employees, too, whatever their role is
	Demo       bool              // served with demo data only
}

// Pages returns the list of the pages, in its order.
func Pages(t testing.TB) (pages []Page) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(Root(t), "web/pages.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(source, &pages))
	require.NotEmpty(t, pages)
	return pages
}

// MenuPaths returns the addresses in the menu of a role, in its order. Nobody but the role employee is an employee
// here.
func MenuPaths(t testing.TB, role string) (paths []string) {
	t.Helper()
	for _, p := range Pages(t) {
		if p.Menu[role] != "" && (!p.Person || role == "employee") {
			paths = append(paths, p.Path)
		}
	}
	require.NotEmpty(t, paths, role)
	return paths
}
