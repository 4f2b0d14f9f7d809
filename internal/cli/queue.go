package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"text/tabwriter"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/config"
	"hadir/internal/queue"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/spf13/cobra"
)

func queueCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "queue", Short: "Look at tasks: success ratio and dead letters", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	dead := &cobra.Command{Use: "dead", Short: "Dead letters: tasks that ran out of retries", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	dead.AddCommand(deadList(e), deadRetry(e), deadDiscard(e))
	cmd.AddCommand(queueStats(e), queueSchedule(e), dead)
	return cmd
}

func queueStats(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "stats",
		Short: "Success ratio per queue and kind over 1 h, 24 h and 7 d; exit status 1 when the last 24 h are below " +
			"the bar",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				now := e.clock.Now()
				below := false
				w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "SPAN\tQUEUE\tKIND\tSUCCEEDED\tDIED\tRETRIED\tPER TASK\tPER ATTEMPT")
				for _, span := range []struct {
					name string
					d    time.Duration
				}{{"1 h", time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}} {
					outcomes, err := s.Outcomes.Outcomes(ctx, now.Add(-span.d))
					if err != nil {
						return err
					}
					for _, o := range outcomes {
						printOutcome(w, span.name, string(o.Queue), string(o.Kind), o)
					}
					total := task.Total(outcomes)
					printOutcome(w, span.name, "all", "all", total)
					if r, ok := total.TaskRatio(); ok && span.d == 24*time.Hour && r <= task.SuccessBar {
						below = true
					}
				}
				if err := w.Flush(); err != nil {
					return err
				}
				if below {
					fmt.Fprintf(e.stderr, "hadir: the success ratio of the last 24 h is not above %.0f %%\n",
						100*task.SuccessBar)
					return exitError(1)
				}
				return nil
			})
		},
	}
}

func queueSchedule(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "schedule",
		Short: "Periodic tasks and when they come next, and the next recap of each branch",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				if err := printSchedule(ctx, cmd, e); err != nil {
					return err
				}
				now := e.clock.Now()
				plans, err := s.Recaps.RecapPlans(ctx, now)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "\nBRANCH\tNEXT RECAP OF\tFROM\tZONE\t")
				var zones attendance.Zones
				for _, p := range plans {
					zone, err := zones.Load(p.Branch.Zone)
					if err != nil {
						return err
					}
					remark := ""
					if !now.Before(p.OverAt) {
						remark = "due"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Branch.Code, p.WorkDate,
						p.OverAt.In(zone).Format("2006-01-02 15:04"), p.Branch.Zone, remark)
				}
				return w.Flush()
			})
		},
	}
}

// printSchedule lists the periodic tasks. Those of running schedulers are read from Redis; an embedded one belongs to
// its process, so of that only the plan is known.
func printSchedule(ctx context.Context, cmd *cobra.Command, e *env) error {
	c, err := load(cmd, e)
	if err != nil {
		return err
	}
	entries := map[task.Kind]queue.Entry{}
	if c.RedisURL != config.Embedded {
		b, err := queue.Open(ctx, queue.Options{URL: c.RedisURL, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		defer b.Close()
		known, err := queue.NewInspector(b).Entries()
		if err != nil {
			return err
		}
		for _, entry := range known {
			if entry.Last.After(entries[entry.Kind].Last) || entries[entry.Kind].Next.IsZero() {
				entries[entry.Kind] = entry
			}
		}
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tCRON (UTC)\tLAST\tNEXT\tDOES")
	for _, p := range task.Schedule() {
		last, next := "-", "-"
		if entry, ok := entries[p.Kind]; ok {
			next = entry.Next.UTC().Format(time.RFC3339)
			if !entry.Last.IsZero() {
				last = entry.Last.UTC().Format(time.RFC3339)
			}
		} else if c.RedisURL != config.Embedded {
			next = "no scheduler in the last 10 s"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Kind, p.Cron, last, next, p.Does)
	}
	return w.Flush()
}

func printOutcome(w *tabwriter.Writer, span, queue, kind string, o task.Outcome) {
	percent := func(r float64, ok bool) string {
		if !ok {
			return "-"
		}
		return fmt.Sprintf("%.3f %%", 100*r)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", span, queue, kind, o.Succeeded, o.Died, o.Retried,
		percent(o.TaskRatio()), percent(o.AttemptRatio()))
}

func deadList(e *env) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List dead letters, newest first",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tSTATE\tDIED\tQUEUE\tKIND\tATTEMPTS\tERROR")
				cursor := ""
				for {
					rows, next,
						err := s.DeadLetters.DeadLetters(ctx,
						ledger.DeadLetterFilter{State: task.DeadState(state), Limit: 200, Cursor: cursor})
					if err != nil {
						return err
					}
					for _, d := range rows {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%.120q\n", d.ID, d.State, d.DiedAt.Format(time.RFC3339),
							d.Queue, d.Kind, d.Attempts, d.Error)
					}
					if cursor = next; cursor == "" {
						return w.Flush()
					}
				}
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", string(task.DeadOpen), "open, retried, discarded, or empty for all")
	return cmd
}

func deadRetry(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "retry ID",
		Short: "Run a dead letter's task again; the scheduler enqueues it within seconds",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is not the number of a dead letter", args[0])}
			}
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				if err := s.DeadLetters.RetryDeadLetter(ctx, id, e.actor()); err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "dead letter %d goes back to the queue\n", id)
				return nil
			})
		},
	}
}

func deadDiscard(e *env) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "discard ID",
		Short: "Close a dead letter without running it; the reason goes into the audit log",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is not the number of a dead letter", args[0])}
			}
			if reason == "" {
				return usageError{fmt.Errorf("--reason is required")}
			}
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				return s.DeadLetters.DiscardDeadLetter(ctx, id, e.actor(), reason)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why the task need not run")
	return cmd
}
