package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
)

const (
	mysqlDialTimeout = 5 * time.Second
	// No statement of the program should run this long; a server that vanished without closing the connection is
	// noticed after it.
	mysqlIOTimeout = 30 * time.Second
	// Connections are renewed, so that a changed address behind the host's name is found.
	mysqlMaxLifetime = 5 * time.Minute
	// Pipelines at a time: the recorder's and those of recomputations.
	scriptConns = 8
	// Of the connections that the setting allows, one in so many is for reads that go in one packet, where it allows
	// some. Where it does not, these reads take turns with all others.
	packetShare = 4
	fewConns    = 8
)

func (s *DB) openMySQL(o Options) error {
	cfg, err := mysqlConfig(o.URL)
	if err != nil {
		return err
	}
	cfg.Logger = driverLog{o.Log}
	cfg.ReadTimeout, cfg.WriteTimeout = mysqlIOTimeout, mysqlIOTimeout
	conns := o.MaxConns
	if conns <= 0 {
		conns = 32
	}
	scripted := cfg.Clone()
	scripted.MultiStatements = true
	type pool struct {
		to    **bun.DB
		cfg   *mysql.Config
		conns int
	}
	pools := []pool{{&s.scripts, scripted, scriptConns}}
	if packetConns := conns / packetShare; conns >= fewConns {
		pools = append(pools, pool{&s.packets, scripted, packetConns})
		conns -= packetConns
	}
	for _, pool := range append(pools, pool{&s.writer, cfg, conns}) {
		db, err := connectMySQL(pool.cfg, pool.conns)
		if err != nil {
			return err // nothing is connected yet
		}
		*pool.to = db
	}
	s.dialect, s.reader = mysqlName, s.writer
	s.separate = func() (*bun.DB, error) {
		slow := cfg.Clone()
		slow.ReadTimeout, slow.WriteTimeout = 0, 0 // an ALTER TABLE may take an hour
		return connectMySQL(slow, 2)
	}
	return nil
}

func connectMySQL(cfg *mysql.Config, conns int) (*bun.DB, error) {
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(readCommitted{connector})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns) // closing and opening under load costs more than an idle connection
	db.SetConnMaxLifetime(mysqlMaxLifetime)
	return bun.NewDB(db, mysqlDialect{mysqldialect.New(mysqldialect.WithTimeLocation("UTC"))}), nil
}

// mysqlURL takes a password with any character in it: the host is what follows the last @ that a host, a slash and a
// database name can follow.
var mysqlURL = regexp.MustCompile(`^mysql://(.*)@([^/?#@]*)/([^/?#@]+)(?:\?(.*))?$`)

// mysqlConfig reads mysql://user:password@host:port/name?parameters. Percent signs in user and password are decoded
// where they make sense. Parameters are the driver's, such as tls=true, plus socket=/path instead of a host; those the
// program depends on cannot be changed.
func mysqlConfig(raw string) (*mysql.Config, error) {
	m := mysqlURL.FindStringSubmatch(raw)
	if m == nil {
		// not repeating it: it holds a password
		return nil, errors.New("the URL must be of the form mysql://user:password@host:3306/name")
	}
	user, password, _ := strings.Cut(m[1], ":")
	if user == "" {
		return nil, errors.New("the URL mysql://… names no user")
	}
	query, err := url.ParseQuery(m[4])
	if err != nil {
		return nil, fmt.Errorf("parameters of the URL mysql://…: %w", err)
	}
	address := m[2]
	network := "tcp"
	if socket := query.Get("socket"); socket != "" {
		network, address = "unix", socket
		query.Del("socket")
	} else if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "3306")
	}
	cfg, err := mysql.ParseDSN(network + "(" + address + ")/?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("parameters of the URL mysql://…: %w", err)
	}
	cfg.User, cfg.Passwd, cfg.DBName = unescape(user), unescape(password), m[3]
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.InterpolateParams = true // one round trip instead of prepare, execute, close
	cfg.MultiStatements = false  // so that no injected statement could follow; pipelines have a pool of their own
	cfg.ClientFoundRows = true   // an update counts the rows it matched, as in SQLite
	cfg.CheckConnLiveness = true // a connection that the server closed is replaced before it is used
	cfg.RejectReadOnly = true    // and one to a server that was demoted, too
	cfg.Timeout = mysqlDialTimeout
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	// bun escapes strings with backslashes and names with backquotes, and a value that does not fit must be an error.
	cfg.Params["sql_mode"] = "'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE," +
		"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
	cfg.Params["innodb_lock_wait_timeout"] = "10"  // seconds; the default of 50 outlives every request
	cfg.Params["group_concat_max_len"] = "1000000" // bytes; MySQL cuts at 1024 without an error
	return cfg, nil
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// readCommitted sets the isolation level of every new connection, once, instead of before every transaction. It is a
// statement and not a variable, because MySQL and MariaDB name the variable differently.
type readCommitted struct{ driver.Connector }

func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the MySQL driver cannot execute without preparing"), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// mysqlDialect does not ask the server for its version: the program sends the same SQL to MySQL and MariaDB.
type mysqlDialect struct{ *mysqldialect.Dialect }

// Init does nothing.
func (mysqlDialect) Init(*sql.DB) {}

// driverLog passes on what the driver notices beside the errors it returns.
type driverLog struct{ log *slog.Logger }

// Print logs at level debug: every such line comes with an error that is reported on its own.
func (l driverLog) Print(v ...any) { l.log.Debug("mysql driver", "message", fmt.Sprint(v...)) }
