package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hadir/migrations"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// migrationLockTimeout is how long a migration waits for another process's.
const migrationLockTimeout = 5 * time.Minute

// ErrSchemaMissing and ErrSchemaNewer are what CheckSchema reports.
var (
	ErrSchemaMissing = errors.New("the database's schema is older than this release needs; run: hadir migrate up")
	ErrSchemaNewer   = errors.New(
		"the database's schema belongs to a newer release, which this one cannot read; update hadir")
)

// MigrationStatus is one migration file and when it was applied (zero: not yet).
type MigrationStatus struct {
	Name      string
	AppliedAt time.Time
}

// The tables of the migrator. bun's own lock, a row that a killed process leaves behind, is not used.
const (
	migrationTable     = "schema_migrations"
	migrationLockTable = "schema_migration_locks"
)

func (s *DB) migrator(db *bun.DB) (*migrate.Migrator, error) {
	files, err := s.migrationFiles()
	if err != nil {
		return nil, err
	}
	return migrate.NewMigrator(db, files, migrate.WithMarkAppliedOnSuccess(true), migrate.WithTableName(migrationTable),
		migrate.WithLocksTableName(migrationLockTable)), nil
}

func (s *DB) migrationFiles() (*migrate.Migrations, error) {
	files, err := migrations.Files(s.dialect)
	if err != nil {
		return nil, err
	}
	found := migrate.NewMigrations()
	return found, found.Discover(files)
}

// Migrated is what a room does when this process has migrated.
type Migrated struct {
	// Fill puts into new columns what SQL cannot compute: after a migration upwards, under its lock. nil for nothing.
	Fill func(ctx context.Context, idb bun.IDB) error
	// Forget drops what was kept in memory, which may no longer be true. nil for nothing.
	Forget func()
}

// AfterMigrating adds what a room does after every migration. It is to be called before the DB is in use.
func (s *DB) AfterMigrating(m Migrated) { s.afterMigrating = append(s.afterMigrating, m) }

// MigrateUp applies what is missing, under a lock that other processes honour and that a killed process cannot keep.
// It returns the names applied. Nothing is missing, and nothing done, where a newer release has only added something:
// whoever goes back to the release before starts it as always. On SQLite the whole is one transaction; on MySQL, which
// commits every DDL statement, a migration that broke off is completed by running it again.
func (s *DB) MigrateUp(ctx context.Context) ([]string, error) {
	if s.CheckSchema(ctx) == nil {
		return nil, nil
	}
	return s.migrate(ctx, "up", func(m *migrate.Migrator) (*migrate.MigrationGroup, error) {
		if err := s.refuseNewer(ctx, m); err != nil {
			return nil, err
		}
		return s.migrateAndFill(ctx, m)
	})
}

func (s *DB) migrateAndFill(ctx context.Context, m *migrate.Migrator) (*migrate.MigrationGroup, error) {
	group, err := m.Migrate(ctx)
	for _, room := range s.afterMigrating {
		if err == nil && room.Fill != nil {
			err = room.Fill(ctx, m.DB())
		}
	}
	return group, err
}

// MigrateDown rolls back the last group, the migrations that one MigrateUp applied, and returns their names.
func (s *DB) MigrateDown(ctx context.Context) ([]string, error) {
	return s.migrate(ctx, "down", func(m *migrate.Migrator) (*migrate.MigrationGroup, error) {
		if err := s.refuseNewer(ctx, m); err != nil {
			return nil, err
		}
		return m.Rollback(ctx)
	})
}

func (s *DB) migrate(ctx context.Context, direction string,
	run func(*migrate.Migrator) (*migrate.MigrationGroup, error)) (names []string, err error) {
	action := "migrate " + direction
	db, err := s.separate()
	if err != nil {
		return nil, Failed(action, err)
	}
	defer func() { err = errors.Join(err, Failed(action, db.Close())) }()
	m, err := s.migrator(db)
	if err != nil {
		return nil, Failed(action, err)
	}
	var group *migrate.MigrationGroup
	err = s.locked(ctx, db, func() error {
		if err := m.Init(ctx); err != nil {
			return err
		}
		var err error
		group, err = run(m)
		return err
	})
	if err != nil {
		return nil, Failed(action, err)
	}
	for _, room := range s.afterMigrating {
		if room.Forget != nil {
			room.Forget()
		}
	}
	for _, one := range group.Migrations {
		names = append(names, one.String())
	}
	return names, nil
}

// locked runs fn while no other process can be in here. The lock belongs to a connection, and ends with it.
func (s *DB) locked(ctx context.Context, db *bun.DB, fn func() error) error {
	if s.dialect == sqliteName {
		return lockedSQLite(ctx, db, fn)
	}
	return lockedMySQL(ctx, db, fn)
}

// lockedSQLite begins a transaction on the only connection that db has, so that everything fn does with db is part of
// it. database/sql does not know of it, and hands the connection out again and again.
func lockedSQLite(ctx context.Context, db *bun.DB, fn func() error) error {
	wait, cancel := context.WithTimeout(ctx, migrationLockTimeout)
	defer cancel()
	for {
		_, err := db.ExecContext(wait, "BEGIN IMMEDIATE")
		if err == nil {
			break
		}
		// Each attempt waits for busy_timeout in the database.
		if !brokenOff(err) || wait.Err() != nil {
			return fmt.Errorf("lock the database: %w", err)
		}
	}
	err := fn()
	if err == nil {
		err = checkForeignKeys(ctx, db)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, rollbackErr := db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, rollbackErr)
	}
	return nil
}

// checkForeignKeys makes up for the enforcement that is off on the migrating connection.
func checkForeignKeys(ctx context.Context, db *bun.DB) error {
	var broken []string
	if err := db.NewRaw(`SELECT DISTINCT "table" FROM pragma_foreign_key_check`).Scan(ctx, &broken); err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("rows of %v refer to rows that do not exist", broken)
	}
	return nil
}

// lockedMySQL takes a user-level lock on a connection of its own, next to the one that migrates.
func lockedMySQL(ctx context.Context, db *bun.DB, fn func() error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	name, err := lockName(ctx, conn, "migrate")
	if err != nil {
		return err
	}
	var got sql.NullInt64
	err = conn.NewRaw("SELECT GET_LOCK(?, ?)", name, int(migrationLockTimeout.Seconds())).Scan(ctx, &got)
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	if got.Int64 != 1 {
		return fmt.Errorf("lock the database: another migration holds the lock for over %s", migrationLockTimeout)
	}
	if err := fn(); err != nil {
		return err // the caller closes the pool, and with the connection the lock goes
	}
	var freed sql.NullInt64
	if err := conn.NewRaw("SELECT RELEASE_LOCK(?)", name).Scan(ctx, &freed); err != nil {
		return fmt.Errorf("unlock the database: %w", err)
	}
	if freed.Int64 != 1 {
		return errors.New("the lock was lost while migrating: the connection that held it ended")
	}
	return nil
}

// schemaState is which migrations the database has and which this release has.
type schemaState struct {
	known   migrate.MigrationSlice // with AppliedAt
	foreign []string               // applied, and not known here
}

func (s *DB) schemaState(ctx context.Context, m *migrate.Migrator) (schemaState, error) {
	known, err := m.MigrationsWithStatus(ctx)
	if err != nil {
		return schemaState{}, err
	}
	applied, err := m.AppliedMigrations(ctx)
	if err != nil {
		return schemaState{}, err
	}
	names := map[string]bool{}
	for _, k := range known {
		names[k.Name] = true
	}
	st := schemaState{known: known}
	for _, a := range applied {
		if !names[a.Name] {
			st.foreign = append(st.foreign, a.Name)
		}
	}
	return st, nil
}

// refuseNewer keeps an older release from migrating a newer database: its files know nothing of what was added, and a
// group that holds some of each could not be rolled back.
func (s *DB) refuseNewer(ctx context.Context, m *migrate.Migrator) error {
	st, err := s.schemaState(ctx, m)
	if err != nil {
		return err
	}
	if len(st.foreign) > 0 {
		return fmt.Errorf("%w (unknown here: %v)", ErrSchemaNewer, st.foreign)
	}
	return nil
}

// CheckSchema returns ErrSchemaMissing, which names the command to run (hadir migrate up), when migrations of this
// release are missing, and ErrSchemaNewer when the database is of a newer release that this one cannot read. Migrations
// of newer releases that only added something are fine: nodes of two releases run side by side during a rolling update.
func (s *DB) CheckSchema(ctx context.Context) error {
	exists, err := s.migrated(ctx)
	if err != nil {
		return Failed("check schema", err)
	}
	if !exists {
		return ErrSchemaMissing
	}
	m, err := s.migrator(s.reader)
	if err != nil {
		return Failed("check schema", err)
	}
	st, err := s.schemaState(ctx, m)
	if err != nil {
		return Failed("check schema", err)
	}
	if missing := st.known.Unapplied(); len(missing) > 0 {
		return fmt.Errorf("%w (missing: %s)", ErrSchemaMissing, missing)
	}
	if len(st.foreign) == 0 {
		return nil
	}
	var floor string
	if err := s.Read().NewSelect().Table("schema_floor").Column("migration").Where("id = 1").Scan(ctx,
		&floor); err != nil {
		return Failed("check schema", err)
	}
	for _, k := range st.known {
		if k.Name == floor {
			return nil
		}
	}
	return fmt.Errorf("%w (unknown here: %v)", ErrSchemaNewer, st.foreign)
}

// migrated tells whether any migration was ever run.
func (s *DB) migrated(ctx context.Context) (bool, error) {
	query := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	if s.dialect == sqliteName {
		query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	}
	var n int
	err := s.Read().NewRaw(query, migrationTable).Scan(ctx, &n)
	return n > 0, err
}

// MigrationStatuses lists all migrations in order.
func (s *DB) MigrationStatuses(ctx context.Context) ([]MigrationStatus, error) {
	known, err := s.migrationStatuses(ctx)
	if err != nil {
		return nil, Failed("list migrations", err)
	}
	statuses := make([]MigrationStatus, len(known))
	for i, k := range known {
		statuses[i] = MigrationStatus{Name: k.String()}
		if k.IsApplied() {
			statuses[i].AppliedAt = k.MigratedAt.UTC()
		}
	}
	return statuses, nil
}

func (s *DB) migrationStatuses(ctx context.Context) (migrate.MigrationSlice, error) {
	exists, err := s.migrated(ctx)
	if err != nil {
		return nil, err
	}
	if !exists {
		files, err := s.migrationFiles()
		if err != nil {
			return nil, err
		}
		return files.Sorted(), nil
	}
	m, err := s.migrator(s.reader)
	if err != nil {
		return nil, err
	}
	return m.MigrationsWithStatus(ctx)
}
