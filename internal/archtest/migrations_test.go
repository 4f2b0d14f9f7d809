package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// MariaDB, which the tests run, knows these; MySQL does not.
var onlyMariaDB = regexp.MustCompile(`(?i)\b(ADD|DROP|MODIFY|CHANGE) COLUMN IF (NOT )?EXISTS|` +
	`\b(ADD|CREATE|DROP)( UNIQUE)? (INDEX|KEY|CONSTRAINT)( FOREIGN KEY)? IF (NOT )?EXISTS`)

// comments may say what the statements must not.
var comments = regexp.MustCompile(`(?m)^\s*--.*$`)

func TestMigrationsAreForMySQLToo(t *testing.T) {
	t.Parallel()
	require.Regexp(t, onlyMariaDB, "ALTER TABLE branches ADD COLUMN IF NOT EXISTS size INT")
	files, err := filepath.Glob("../../migrations/mysql/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, onlyMariaDB, comments.ReplaceAllString(string(source), ""),
			"%s: MySQL knows no IF EXISTS here; copy the SET @change … PREPARE of 0017_breaks.up.sql", file)
	}
}
