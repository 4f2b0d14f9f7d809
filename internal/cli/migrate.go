package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hadir/internal/build"
	"hadir/internal/store"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/spf13/cobra"
)

// expected is what a subcommand needs of the database before it can do anything.
type expected int

const (
	anything    expected = iota // also no file yet, which is made
	aDatabase                   // of whatever schema
	theirSchema                 // of this release
)

// withStore opens the database of the configuration for a subcommand that ends by itself.
func withStore(cmd *cobra.Command, e *env, needed expected, do func(ctx context.Context, s *store.Store) error) error {
	c, err := load(cmd, e)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		if c.DatabaseURL, err = defaultDatabase(c); err == nil && needed == anything {
			err = makeDataDir(c)
		}
		if err != nil {
			return err
		}
	}
	ctx := cmd.Context()
	keys, err := auditKeys(c)
	if err != nil {
		return err
	}
	var left leftovers
	s, err := openStore(ctx, c,
		store.Options{Clock: e.clock, Log: e.logger(c), MustExist: needed != anything, AuditKeys: keys,
			OnCommit: left.add})
	if errors.Is(err, db.ErrNoDatabase) {
		return fmt.Errorf("%w; set HADIR_DATA_DIR to the folder of a running 'hadir', or make one with 'hadir "+
			"migrate up'", err)
	}
	if err != nil {
		return err
	}
	defer s.DB.Close()
	if needed == theirSchema {
		if err := s.DB.CheckSchema(ctx); err != nil {
			return err
		}
	}
	err = do(ctx, s)
	left.handOver(context.WithoutCancel(ctx), c, s, e.logger(c)) // whatever was committed before an error, too
	if needed == theirSchema || s.DB.CheckSchema(ctx) == nil {
		err = errors.Join(err, logAuditHead(context.WithoutCancel(ctx), s, e.logger(c)))
	}
	return err
}

func migrateCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Bring the database's schema to this release", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	print := func(verb string, names []string) {
		if len(names) == 0 {
			fmt.Fprintln(e.stdout, "nothing to do")
		}
		for _, n := range names {
			fmt.Fprintf(e.stdout, "%s %s\n", verb, n)
		}
	}
	cmd.AddCommand(
		&cobra.Command{Use: "up", Short: "Apply the migrations that are missing", Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withStore(cmd, e, anything, func(ctx context.Context, s *store.Store) error {
					names, err := s.DB.MigrateUp(ctx)
					print("applied", names)
					if err == nil && len(names) > 0 {
						err = e.note(ctx, s, ledger.SchemaMigrated, "schema", migrations{build.Version(), names})
					}
					return err
				})
			}},
		&cobra.Command{Use: "down", Short: "Undo the last group of migrations, with the data in what it made",
			Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withStore(cmd, e, aDatabase, func(ctx context.Context, s *store.Store) error {
					// Before it happens: the tables of the log may be among what is undone.
					if s.DB.CheckSchema(ctx) == nil {
						if err := e.note(ctx, s, ledger.SchemaUndone, "schema",
							migrations{Release: build.Version()}); err != nil {
							return err
						}
					}
					names, err := s.DB.MigrateDown(ctx)
					print("undone", names)
					return err
				})
			}},
		&cobra.Command{Use: "status", Short: "List the migrations; exit status 1 when some are missing", Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withStore(cmd, e, aDatabase, func(ctx context.Context, s *store.Store) error {
					all, err := s.DB.MigrationStatuses(ctx)
					if err != nil {
						return err
					}
					missing := false
					for _, m := range all {
						state := "missing"
						if !m.AppliedAt.IsZero() {
							state = m.AppliedAt.Format(time.RFC3339)
						}
						missing = missing || m.AppliedAt.IsZero()
						fmt.Fprintf(e.stdout, "%-40s %s\n", m.Name, state)
					}
					if missing {
						return exitError(1)
					}
					return nil
				})
			}})
	return cmd
}
