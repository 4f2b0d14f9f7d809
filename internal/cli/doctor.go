package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/config"
	"hadir/internal/queue"
	"hadir/internal/store"

	"github.com/spf13/cobra"
)

// doctorCommand looks at what a node depends on, one finding a line. It goes on after a failure as far as it can.
func doctorCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at database, schema, Redis and outbox, and say what is wrong; exit status 1 if anything is",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd, e)
			if err != nil {
				return err
			}
			d := &diagnosis{env: e}
			d.database(cmd.Context(), c)
			d.redis(cmd.Context(), c)
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
		if !d.report("data folder is writable", err, "Set HADIR_DATA_DIR to a folder this user may write.") {
			return
		}
		c.DatabaseURL = url
	}
	sys := clock.System()
	s, err := openStore(ctx, c, store.Options{Clock: sys, Log: d.env.logger(c)})
	if !d.report("database answers", err, "Look at HADIR_DATABASE_URL, and whether the server runs and lets this machine in.") {
		return
	}
	defer s.Close()
	if !d.report("schema is this release's", s.CheckSchema(ctx), "") {
		return
	}
	n, oldest, err := s.OutboxBacklog(ctx)
	if err == nil && n > 0 && sys.Now().Sub(oldest) > time.Minute {
		err = fmt.Errorf("%d rows wait, the oldest since %s", n, oldest.Format(time.RFC3339))
	}
	d.report("outbox is being delivered", err, "Is a scheduler running, are workers, and do they reach Redis?")
	users, err := s.UserCount(ctx)
	if err == nil && users == 0 {
		err = attendance.NewError(attendance.CodeNotFound, "there are no users")
	}
	d.report("someone can sign in", err, "Make one: hadir user add LOGIN --role admin")
	bad, err := s.VerifyAudit(ctx)
	if err == nil && bad != 0 {
		err = fmt.Errorf("the chain breaks at entry %d", bad)
	}
	d.report("audit log is unbroken", err, "Someone changed the log past the program; compare with a backup.")
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
	d.report("Redis answers", err, "Look at HADIR_REDIS_URL, and whether the server runs and lets this machine in. Check-ins go on without it; screens do not move.")
}
