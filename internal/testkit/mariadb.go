package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Proc is a server that a test may kill and restart on the same address with the same data.
type Proc struct {
	URL  string
	t    testing.TB
	run  func(empty bool) (*child, error)
	proc *child
}

// PID returns the process id.
func (p *Proc) PID() int { return p.proc.pid() }

// Kill ends the server without warning.
func (p *Proc) Kill() { _ = p.proc.end(syscall.SIGKILL, time.Second) }

// Pause stops the server's threads: connections stay and nothing answers. Resume lets them go on.
func (p *Proc) Pause()  { p.proc.signal(syscall.SIGSTOP) }
func (p *Proc) Resume() { p.proc.signal(syscall.SIGCONT) }

// Restart starts it again and waits until it answers; empty makes it forget its data (Redis only).
func (p *Proc) Restart(empty bool) {
	p.t.Helper()
	c, err := p.run(empty)
	if err != nil {
		p.t.Errorf("restarting: %v", err)
		return
	}
	p.proc = c
}

const (
	mariaUser     = "hadir"
	mariaPassword = "s3cr3t:/@?#" // of all characters that a URL can get wrong
)

// StartMariaDB starts a durable server of the test's own with an empty database.
func StartMariaDB(t testing.TB) *Proc {
	t.Helper()
	p, err := startMariaDB(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("mariadbd:\n%s", p.proc.tail())
		}
		_ = p.proc.end(syscall.SIGKILL, time.Second)
	})
	name, err := createDatabase(p)
	if err != nil {
		t.Fatal(err)
	}
	p.URL = mariaURL(p.URL, name)
	return p
}

var shared Once[*Proc]

// ExternalMySQL names the variable with the address, host:port, of a server to use instead of a MariaDB of the tests'
// own, for trying other versions. It must let the tests' account create databases; the tests print its name when it
// does not.
const ExternalMySQL = "HADIR_TEST_MYSQL"

// MariaDB returns the URL of an empty database on a server that all tests of the process share.
func MariaDB(t testing.TB) string {
	t.Helper()
	p, err := shared.Get(func() (*Proc, error) {
		if addr := os.Getenv(ExternalMySQL); addr != "" {
			return &Proc{URL: addr}, nil
		}
		dir, err := os.MkdirTemp("", "hadir-mariadb-") // outlives the first test that asks
		if err != nil {
			return nil, err
		}
		removeWithParent(dir)
		return startMariaDB(t, dir)
	})
	if err != nil {
		t.Fatal(err)
	}
	name, err := createDatabase(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(p, "DROP DATABASE "+name); err != nil {
			t.Logf("dropping %s: %v", name, err)
		}
	})
	return mariaURL(p.URL, name)
}

// removeWithParent leaves a process that removes a folder of this process's when it has ended, however it ended.
func removeWithParent(dir string) {
	cmd := exec.Command("sh", "-c", `while kill -0 "$1" 2>/dev/null; do sleep 1; done; sleep 1; rm -rf "$2"`, "sh",
		strconv.Itoa(os.Getpid()), dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	_ = cmd.Start()
}

func mariaURL(addr, database string) string {
	return "mysql://" + mariaUser + ":s3cr3t%3A%2F%40%3F%23@" + addr + "/" + database
}

func startMariaDB(t testing.TB, dir string) (*Proc, error) {
	t.Helper()
	server := Program(t, "mariadbd", "mysqld")
	data, err := mariaTemplate(t, server)
	if err != nil {
		return nil, err
	}
	if out, err := exec.Command("cp", "-a", data, filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("copying the data folder: %w: %s", err, out)
	}
	port := FreePort(t)
	args := []string{
		"--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--socket=" + filepath.Join(dir, "s"),
		"--pid-file=" + filepath.Join(dir, "pid"),
		// Servers of several test runs in one folder take each other's temporary tables away.
		"--tmpdir=" + dir,
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--skip-name-resolve", "--max-connections=400",
		"--innodb-buffer-pool-size=256M", "--innodb-log-file-size=256M", "--innodb-flush-log-at-trx-commit=1",
		"--sync-binlog=0", "--skip-log-bin",
		"--default-time-zone=+07:00", "--character-set-server=utf8mb4", "--performance-schema=OFF",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	p := &Proc{URL: address(port), t: t}
	p.run = func(bool) (*child, error) {
		c, err := startChild(filepath.Join(dir, "mariadbd.log"), os.Environ(), server, args...)
		if err != nil {
			return nil, err
		}
		return c, c.await("mariadbd", func() bool { return execute(p, "SELECT 1") == nil })
	}
	if p.proc, err = p.run(false); err != nil {
		return nil, err
	}
	return p, nil
}

// mariaTemplate returns an initialised data folder, made once per user and server version, since making one takes
// seconds and copying it does not.
func mariaTemplate(t testing.TB, server string) (string, error) {
	version, err := exec.Command(server, "--version").Output()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	sum := sha256.Sum256(append(version, "template 2"...))
	dir := filepath.Join(cache, "hadir-test", "mariadb-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), "making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(making)
	data, script := filepath.Join(making, "data"), filepath.Join(making, "account.sql")
	account := fmt.Sprintf("FLUSH PRIVILEGES;\nCREATE USER '%s'@'127.0.0.1' IDENTIFIED BY '%s';\nGRANT ALL ON *.* "+
		"TO '%s'@'127.0.0.1';\n", mariaUser, mariaPassword, mariaUser)
	if err := os.WriteFile(script, []byte(account), 0o600); err != nil {
		return "", err
	}
	install := Program(t, "mariadb-install-db", "mysql_install_db")
	args := []string{"--no-defaults", "--datadir=" + data, "--skip-test-db", "--auth-root-authentication-method=normal",
		"--extra-file=" + script}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	if out, err := exec.Command(install, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", install, err, out)
	}
	// Several test processes may get here at once; the first rename wins and the others use its result.
	if err := os.Rename(data, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr != nil {
			return "", err
		}
	}
	return dir, nil
}

func createDatabase(p *Proc) (string, error) {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	name := "t" + hex.EncodeToString(b)
	return name, execute(p, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
}

func execute(p *Proc, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open("mysql", mariaUser+":"+mariaPassword+"@tcp("+hostOf(p.URL)+")/")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// hostOf returns the address of a server whose URL may already name a database.
func hostOf(url string) string {
	named, ok := strings.CutPrefix(url, "mysql://")
	if !ok {
		return url
	}
	_, named, _ = strings.Cut(named, "@")
	host, _, _ := strings.Cut(named, "/")
	return host
}

// MySQLDSN turns a mysql:// URL into what go-sql-driver takes.
func MySQLDSN(t testing.TB, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.Passwd, c.DBName = "tcp", u.Host, u.User.Username(), password,
		strings.TrimPrefix(u.Path, "/")
	return c.FormatDSN()
}
