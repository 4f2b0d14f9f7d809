package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hadir/internal/store"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

func TestMigrationsUpAndDown(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		require.NoError(t, b.CheckSchema(ctx))
		full := introspect(t, b)

		names, err := b.MigrateUp(ctx)
		require.NoError(t, err)
		require.Empty(t, names, "nothing is left to do")

		down, err := b.MigrateDown(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, down)
		require.Empty(t, introspect(t, b), "down leaves nothing behind")
		require.ErrorIs(t, b.CheckSchema(ctx), store.ErrSchemaMissing)
		require.ErrorContains(t, b.CheckSchema(ctx), "hadir migrate up")

		up, err := b.MigrateUp(ctx)
		require.NoError(t, err)
		require.ElementsMatch(t, down, up)
		require.Equal(t, full, introspect(t, b))

		statuses, err := b.MigrationStatuses(ctx)
		require.NoError(t, err)
		require.Len(t, statuses, len(up))
		for i, st := range statuses {
			require.Equal(t, up[i], st.Name)
			require.False(t, st.AppliedAt.IsZero())
		}
	})
}

func TestSchemaOfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newBench(url).another(t)
			require.ErrorIs(t, s.CheckSchema(t.Context()), store.ErrSchemaMissing)
			statuses, err := s.MigrationStatuses(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, statuses)
			require.True(t, statuses[0].AppliedAt.IsZero())
		})
	}
}

func TestSchemaOfANewerRelease(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		require.NoError(t, b.Exec(ctx, "INSERT INTO schema_migrations (name, group_id) VALUES ('9998', 9)"))
		require.NoError(t, b.CheckSchema(ctx), "a migration that only adds lets the release before go on")
		applied, err := b.MigrateUp(ctx)
		require.NoError(t, err, "and start")
		require.Empty(t, applied)

		require.NoError(t, b.Exec(ctx, "UPDATE schema_floor SET migration = '9998'"))
		require.ErrorIs(t, b.CheckSchema(ctx), store.ErrSchemaNewer)
		require.NotErrorIs(t, b.CheckSchema(ctx), store.ErrSchemaMissing)

		_, err = b.MigrateDown(ctx)
		require.ErrorIs(t, err, store.ErrSchemaNewer)
		_, err = b.MigrateUp(ctx)
		require.ErrorIs(t, err, store.ErrSchemaNewer)
	})
}

func TestMigratingAtOnce(t *testing.T) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(url)
			var wg sync.WaitGroup
			applied, errs := make([][]string, 4), make([]error, 4)
			for i := range applied {
				s := b.another(t)
				wg.Go(func() { applied[i], errs[i] = s.MigrateUp(t.Context()) })
			}
			wg.Wait()
			all := slices.Concat(applied...)
			for i := range errs {
				require.NoError(t, errs[i])
			}
			statuses, err := b.another(t).MigrationStatuses(t.Context())
			require.NoError(t, err)
			require.Len(t, all, len(statuses), "each was applied by exactly one: %v", applied)
		})
	}
}

func TestAMigrationThatWasCutOffCanBeRepeated(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		full := introspect(t, b)
		// What MySQL leaves when the process dies between two statements; SQLite rolls back, and gets here only on
		// purpose.
		require.NoError(t, b.Exec(ctx, "DELETE FROM schema_migrations WHERE name = '0004'"))
		require.NoError(t, b.Exec(ctx, "DROP TABLE task_outcomes"))
		names, err := b.MigrateUp(ctx)
		require.NoError(t, err)
		require.Len(t, names, 1)
		require.Equal(t, full, introspect(t, b))
	})
}

// On MySQL a process may also die after a migration's last statement and before it was noted: each can run twice.
func TestEveryMigrationCanRunTwice(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.Databases(t)["mysql"])
	b.rooms = b.another(t)
	_, err := b.MigrateUp(t.Context())
	require.NoError(t, err)
	full := introspect(t, b)
	require.NoError(t, b.Exec(t.Context(), "DELETE FROM schema_migrations"))
	again, err := b.MigrateUp(t.Context())
	require.NoError(t, err)
	statuses, err := b.MigrationStatuses(t.Context())
	require.NoError(t, err)
	require.Len(t, again, len(statuses))
	require.Equal(t, full, introspect(t, b))
}

func TestDialectsHaveTheSameSchema(t *testing.T) {
	t.Parallel()
	schemas := map[string]map[string]table{}
	for name, url := range testkit.Databases(t) {
		b := newBench(url)
		b.rooms = b.another(t)
		_, err := b.MigrateUp(t.Context())
		require.NoError(t, err)
		schemas[name] = introspect(t, b)
	}
	require.Equal(t, schemas["mysql"], schemas["sqlite"])
	require.Contains(t, schemas["mysql"]["attendances"].indexes,
		"attendances_branch_date (branch_id, work_date, employee_id)")
}

// table is what the two dialects must have in common.
type table struct {
	columns string
	primary string
	indexes []string // unique ones begin with "unique "
}

// introspect describes all tables except the migrator's own.
func introspect(t *testing.T, b *bench) map[string]table {
	t.Helper()
	if b.Dialect() == "mysql" {
		return introspectMySQL(t, b)
	}
	return introspectSQLite(t, b)
}

func introspectMySQL(t *testing.T, b *bench) map[string]table {
	ctx := context.Background()
	var columns []struct {
		T string `bun:"t"`
		C string `bun:"c"`
		N string `bun:"n"`
	}
	require.NoError(t, b.Query(ctx, &columns,
		`SELECT table_name AS t, column_name AS c, is_nullable AS n FROM information_schema.columns
		WHERE table_schema = DATABASE() AND table_name NOT LIKE 'schema!_migration%' ESCAPE '!'
		ORDER BY table_name, ordinal_position`))
	found := map[string]table{}
	for _, c := range columns {
		tb := found[c.T]
		tb.columns += describe(c.C, c.N == "YES")
		found[c.T] = tb
	}
	var indexes []struct {
		T string `bun:"t"`
		I string `bun:"i"`
		U bool   `bun:"u"`
		C string `bun:"c"`
	}
	require.NoError(t, b.Query(ctx, &indexes, `SELECT table_name AS t, index_name AS i, 1 - non_unique AS u,
		GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ') AS c FROM information_schema.statistics
		WHERE table_schema = DATABASE() AND table_name NOT LIKE 'schema!_migration%' ESCAPE '!'
		GROUP BY table_name, index_name, non_unique ORDER BY table_name, index_name`))
	for _, ix := range indexes {
		tb := found[ix.T]
		tb.add(ix.I, ix.C, ix.U, ix.I == "PRIMARY")
		found[ix.T] = tb
	}
	return found
}

func introspectSQLite(t *testing.T, b *bench) map[string]table {
	ctx := context.Background()
	var columns []struct {
		T  string `bun:"t"`
		C  string `bun:"c"`
		NN bool   `bun:"nn"`
		PK int    `bun:"pk"`
	}
	require.NoError(t, b.Query(ctx, &columns,
		`SELECT m.name AS t, c.name AS c, c."notnull" AS nn, c.pk AS pk FROM sqlite_master AS m,
		pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
		AND m.name NOT LIKE 'schema!_migration%' ESCAPE '!' ORDER BY m.name, c.cid`))
	found := map[string]table{}
	for _, c := range columns {
		tb := found[c.T]
		tb.columns += describe(c.C, !c.NN && c.PK == 0)
		if c.PK > 0 {
			tb.primary += c.C + " "
		}
		found[c.T] = tb
	}
	var indexes []struct {
		T string `bun:"t"`
		I string `bun:"i"`
		U bool   `bun:"u"`
		O string `bun:"o"`
		C string `bun:"c"`
	}
	require.NoError(t, b.Query(ctx, &indexes, `SELECT m.name AS t, il.name AS i, il."unique" AS u, il.origin AS o,
		(SELECT group_concat(name, ', ') FROM pragma_index_info(il.name)) AS c
		FROM sqlite_master AS m, pragma_index_list(m.name) AS il WHERE m.type = 'table'
		AND m.name NOT LIKE 'schema!_migration%' ESCAPE '!' ORDER BY m.name, il.name`))
	for _, ix := range indexes {
		if ix.O == "pk" {
			continue
		}
		tb := found[ix.T]
		tb.add(ix.I, ix.C, ix.U, false)
		found[ix.T] = tb
	}
	return found
}

func describe(column string, nullable bool) string {
	if nullable {
		return column + "? "
	}
	return column + " "
}

func (tb *table) add(name, columns string, unique, primary bool) {
	switch {
	case primary:
		for c := range strings.SplitSeq(columns, ", ") {
			tb.primary += c + " "
		}
	case unique:
		tb.indexes = append(tb.indexes, fmt.Sprintf("unique %s (%s)", name, columns))
	default:
		tb.indexes = append(tb.indexes, fmt.Sprintf("%s (%s)", name, columns))
	}
}
