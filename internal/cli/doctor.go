package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/config"
	"hadir/internal/queue"
	"hadir/internal/store"

	"github.com/spf13/cobra"
)

// doctorCommand looks at what a node depends on, one finding a line. It goes on after a failure as far as it can.
func doctorCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "doctor",
		Short: "Look at database, schema, clocks, nodes, outbox, Redis, keys and the receiver of traces, and say " +
			"what is wrong; exit status 1 if anything is",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd, e)
			if err != nil {
				return err
			}
			d := &diagnosis{env: e}
			d.database(cmd.Context(), c)
			d.redis(cmd.Context(), c)
			d.keys(c)
			d.traces(cmd.Context(), c)
			if d.failed {
				return exitError(1)
			}
			return nil
		},
	}
}

type diagnosis struct {
	env    *env
	failed bool
}

// report prints one finding; advice says what to do about a failure.
func (d *diagnosis) report(what string, err error, advice string) bool {
	if err == nil {
		fmt.Fprintf(d.env.stdout, "ok    %s\n", what)
		return true
	}
	d.failed = true
	fmt.Fprintf(d.env.stdout, "FAIL  %s: %v\n", what, err)
	if advice != "" {
		fmt.Fprintf(d.env.stdout, "      %s\n", advice)
	}
	return false
}

func (d *diagnosis) database(ctx context.Context, c config.Config) {
	if c.DatabaseURL == "" {
		url, err := defaultDatabase(c)
		if err == nil {
			err = writable(c.DataDir)
		}
		if !d.report("data folder is writable", err, "Set HADIR_DATA_DIR to the folder of a running 'hadir', which "+
			"this user may write; 'hadir' or 'hadir migrate up' makes one.") {
			return
		}
		c.DatabaseURL = url
	}
	sys := d.env.clock
	keys, err := auditKeys(c)
	if !d.report("secrets of the data folder can be read", err, "") {
		return
	}
	s, err := openStore(ctx, c,
		store.Options{Clock: sys, Log: d.env.logger(c), MustExist: true, AuditKeys: keys})
	if !d.report("database answers", err,
		"Look at HADIR_DATABASE_URL, and whether the server runs and lets this machine in.") {
		return
	}
	defer s.DB.Close()
	if !d.report("schema is this release's", s.DB.CheckSchema(ctx), "") {
		return
	}
	d.clocks(ctx, s, sys.Now)
	n, oldest, err := s.Outbox.OutboxBacklog(ctx)
	if err == nil && n > 0 && sys.Now().Sub(oldest) > time.Minute {
		err = fmt.Errorf("%d rows wait, the oldest since %s", n, oldest.Format(time.RFC3339))
	}
	d.report("outbox is being delivered", err, "Is a scheduler running, are workers, and do they reach Redis?")
	users, err := s.Users.UserCount(ctx)
	if err == nil && users == 0 {
		err = attendance.NewError(attendance.CodeNotFound, "there are no users")
	}
	d.report("someone can sign in", err, "Make one: hadir user add LOGIN --role admin")
	d.report("audit log can be written with the key at hand", s.Audit.CheckAuditKey(ctx),
		"Bring the key back (HADIR_AUDIT_KEY, or secrets.json of the data folder); if it is lost: hadir audit rekey")
	w, err := s.Audit.WalkAudit(ctx, nil)
	if err == nil && w.Broken != 0 {
		err = errors.New(faultText(w, nil))
	}
	what := fmt.Sprintf("audit log is whole, %d entries", w.Last)
	if err != nil {
		what = "audit log is whole"
	}
	if d.report(what, err, "Look with 'hadir audit verify', and compare with a backup.") && w.Key == "" && w.Last > 0 {
		fmt.Fprintln(d.env.stdout, "note  the audit log has no key (HADIR_AUDIT_KEY): who may write to the database "+
			"could write it anew")
	}
}

// writable tries to write a file into a folder and leaves nothing behind; it makes no folder.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// skewTolerated is how far apart two clocks may be without anything depending on it: offline punches are refused from 2
// minutes ahead, and recaps leave 10 s.
const skewTolerated = 2 * time.Second

// clocks compares this machine's clock with the database's and with those of the nodes, whose heartbeats carry their
// own.
func (d *diagnosis) clocks(ctx context.Context, s *store.Store, now func() time.Time) {
	const advice = "Keep the machines' clocks with NTP (chrony, systemd-timesyncd): they decide who is late."
	before := now()
	there, err := s.DB.DatabaseTime(ctx)
	after := now()
	if err == nil && (there.Before(before.Add(-skewTolerated)) || there.After(after.Add(skewTolerated))) {
		err = fmt.Errorf("it shows %s where this machine has %s", there.Format(time.RFC3339),
			after.UTC().Format(time.RFC3339))
	}
	d.report("clock agrees with the database's", err, advice)
	nodes, err := s.Nodes.Nodes(ctx)
	if !d.report("nodes can be listed", err, "") {
		return
	}
	var ahead, silent []string
	versions := map[string]bool{}
	for _, n := range nodes {
		name := fmt.Sprintf("%s on %s (%d)", n.Role, n.Host, n.PID)
		versions[n.Version] = true
		switch age := now().Sub(n.LastSeen); {
		case age < -skewTolerated:
			ahead = append(ahead, name)
		case age > time.Minute:
			silent = append(silent, name)
		}
	}
	d.report("no node's clock is ahead", some(ahead, "ahead"), advice)
	d.report(fmt.Sprintf("every one of %d nodes is alive", len(nodes)), some(silent, "silent for over a minute"),
		"They died without saying so; their orchestrator should have replaced them. Forgotten after a day.")
	if len(versions) > 1 {
		fmt.Fprintf(d.env.stdout, "note  nodes of %d releases run; fine during an update\n", len(versions))
	}
}

func some(names []string, are string) error {
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s", are, strings.Join(names, ", "))
}

// keys prints a fingerprint of the Pusher credentials, to be compared between nodes: with different ones, sockets open
// at one pusher are signed by another's secret and refused.
func (d *diagnosis) keys(c config.Config) {
	if c.PusherKey == "" || c.PusherSecret == "" {
		if c.RedisURL == config.Embedded {
			return // 'hadir all' makes its own
		}
		d.report("Pusher key and secret are set", errors.New("HADIR_PUSHER_KEY or HADIR_PUSHER_SECRET is empty"),
			"All nodes need the same; ops/secrets makes them for a stack.")
		return
	}
	sum := sha256.Sum256([]byte(c.PusherAppID + "\x00" + c.PusherKey + "\x00" + c.PusherSecret))
	d.report("Pusher key and secret are set; on every node this fingerprint is "+hex.EncodeToString(sum[:4]), nil, "")
}

func (d *diagnosis) redis(ctx context.Context, c config.Config) {
	if c.RedisURL == config.Embedded {
		d.report("Redis is embedded in 'hadir all'", nil, "")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	b, err := queue.Open(ctx, queue.Options{URL: c.RedisURL, Log: d.env.logger(c)})
	if err == nil {
		defer b.Close()
		err = b.Ping(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("no answer within ten seconds")
	}
	d.report("Redis answers", err,
		"Look at HADIR_REDIS_URL, and whether the server runs and lets this machine in. Check-ins go on without it; "+
			"screens do not move.")
}
