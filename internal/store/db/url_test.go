package db

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMySQLURLs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, user, password, net, addr, db string }{
		"plain":        {"mysql://hadir:secret@db:3307/hadir", "hadir", "secret", "tcp", "db:3307", "hadir"},
		"default port": {"mysql://hadir:secret@db/hadir", "hadir", "secret", "tcp", "db:3306", "hadir"},
		"no password":  {"mysql://hadir@db/hadir", "hadir", "", "tcp", "db:3306", "hadir"},
		"IPv6": {"mysql://hadir:secret@[::1]:3307/hadir", "hadir", "secret", "tcp", "[::1]:3307",
			"hadir"},
		"IPv6 without port": {"mysql://hadir:secret@[fe80::1]/hadir", "hadir", "secret", "tcp", "[fe80::1]:3306",
			"hadir"},
		"percent-encoded": {"mysql://ha%40dir:p%3A%2F%40%3F%23%25@db/hadir", "ha@dir", "p:/@?#%", "tcp",
			"db:3306", "hadir"},
		"special characters raw": {"mysql://hadir:p:/@?#%w@db:3306/hadir?tls=skip-verify", "hadir", "p:/@?#%w", "tcp",
			"db:3306", "hadir"},
		"a password like a URL": {"mysql://hadir:a@b/c@db/hadir", "hadir", "a@b/c", "tcp", "db:3306", "hadir"},
		"an at sign in parameter": {"mysql://hadir:x@db/hadir?connectionAttributes=a:b@c", "hadir", "x", "tcp",
			"db:3306", "hadir"},
		"socket": {"mysql://hadir:x@/hadir?socket=/run/mysqld/mysqld.sock", "hadir", "x", "unix",
			"/run/mysqld/mysqld.sock", "hadir"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := mysqlConfig(c.url)
			require.NoError(t, err)
			require.Equal(t, []string{c.user, c.password, c.net, c.addr, c.db},
				[]string{cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName})
			require.True(t, cfg.ParseTime)
			require.False(t, cfg.MultiStatements)
		})
	}
}

func TestMySQLURLsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"mysql://", "mysql://db/hadir", "mysql://hadir:hunter2@db", "mysql://hadir:hunter2@db/",
		"mysql://:hunter2@db/hadir",
		"mysql://hadir:hunter2@db/hadir?tls=unknown", "mysql://hadir:hunter2@db/hadir?timeout=soon",
	} {
		_, err := mysqlConfig(url)
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestMySQLParametersCannotBreakTheProgram(t *testing.T) {
	t.Parallel()
	cfg, err := mysqlConfig("mysql://u:p@db/hadir?parseTime=false&loc=Local&multiStatements=true&" +
		"time_zone=%27%2B07%3A00%27&sql_mode=ANSI")
	require.NoError(t, err)
	require.True(t, cfg.ParseTime)
	require.False(t, cfg.MultiStatements)
	require.Equal(t, "UTC", cfg.Loc.String())
	require.Equal(t, "'+00:00'", cfg.Params["time_zone"])
	require.NotContains(t, cfg.Params["sql_mode"], "ANSI")
}

func TestSQLiteURLs(t *testing.T) {
	t.Parallel()
	for url, path := range map[string]string{
		"sqlite:///var/lib/hadir.db": "/var/lib/hadir.db",
		"sqlite://data/hadir.db":     "data/hadir.db",
		"sqlite:///C:/hadir/x.db":    "C:/hadir/x.db",
	} {
		got, err := sqlitePath(url)
		require.NoError(t, err)
		require.Equal(t, path, got)
	}
	for _, url := range []string{"sqlite://", "sqlite://:memory:"} {
		_, err := sqlitePath(url)
		require.Error(t, err)
	}
}
