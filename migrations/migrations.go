// Package migrations embeds the schema: the same numbered files once per dialect, with the same tables, columns and
// indexes. Statements are separated by lines that say --bun:split. Every statement can be repeated, because MySQL has
// no transactions around DDL: a migration that broke off half way is simply run again.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed mysql/*.sql sqlite/*.sql
var files embed.FS

// Files returns the migration files of a dialect, "mysql" or "sqlite".
func Files(dialect string) (fs.FS, error) {
	if dialect != "mysql" && dialect != "sqlite" {
		return nil, fmt.Errorf("migrations: there are none for the dialect %q", dialect)
	}
	return fs.Sub(files, dialect)
}
