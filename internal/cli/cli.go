// Package cli holds the subcommands and is the only place that puts the parts of the program together.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"hadir/internal/build"
	"hadir/internal/clock"
	"hadir/internal/config"
	"hadir/internal/telemetry"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// env is what a subcommand gets from outside.
type env struct {
	environ        []string
	stdout, stderr io.Writer
	clock          clock.Clock
}

// exitError carries an exit status through cobra; its message, if any, has been printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Main runs the program and returns its exit status: 0 done, 1 failed, 2 called wrongly. SIGINT and SIGTERM begin an
// orderly end; a second signal ends the process at once.
func Main(args, environ []string, stdout, stderr io.Writer) int {
	return MainAt(clock.System(), args, environ, stdout, stderr)
}

// MainAt is Main by another clock. Tests have programs of their own that begin on a Saturday or at midnight; nothing
// that is set or passed to the program itself leads here, so that nobody can tell it a false time.
func MainAt(c clock.Clock, args, environ []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from here on a signal has its default effect again
	root := newRoot(&env{environ: environ, stdout: stdout, stderr: stderr, clock: c})
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var status exitError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "hadir: %v\nRun 'hadir --help' for usage.\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "hadir: %v\n", err)
		return 1
	}
}

// usageError marks mistakes in the call itself.
type usageError struct{ error }

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "hadir",
		Short: "Real-time attendance for companies with many branches",
		Long: "Hadir records check-ins and check-outs and shows them on every dashboard at once.\n\n" +
			"Without a subcommand everything runs in this one process, with SQLite and a Redis of its own in the " +
			"data folder.\n" +
			"The roles api, worker, pusher, scheduler, terminal and monitor run the same parts apart, on MySQL and " +
			"Redis.",
		Version:                    build.Version(),
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       noArgs,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return runRoles(cmd, e, allRoles) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	for _, s := range config.Settings() {
		if s.Bool {
			root.PersistentFlags().Bool(s.Flag, s.Default == "true", s.Help)
			continue
		}
		root.PersistentFlags().String(s.Flag, s.Default, s.Help)
	}
	root.AddCommand(roleCommands(e)...)
	root.AddCommand(migrateCommand(e), importCommand(e), userCommand(e), demoCommand(e), queueCommand(e),
		configCommand(e), healthcheckCommand(e), doctorCommand(e), openapiCommand(e), auditCommand(e))
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return usageError{errors.New(message)}
}

// checkedArgs is a rule of cobra with the exit status of a wrong call.
func checkedArgs(rule cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := rule(cmd, args); err != nil {
			return usageError{fmt.Errorf("%s: %w", cmd.CommandPath(), err)}
		}
		return nil
	}
}

func exactArgs(n int) cobra.PositionalArgs { return checkedArgs(cobra.ExactArgs(n)) }

// load reads the configuration with the command line's flags on top.
func load(cmd *cobra.Command, e *env) (config.Config, error) {
	flags := map[string]string{}
	for _, s := range config.Settings() {
		if f := cmd.Flags().Lookup(s.Flag); f != nil && f.Changed {
			flags[s.Flag] = f.Value.String()
		}
	}
	c, err := config.Load(e.environ, flags)
	if err != nil {
		return c, usageError{fmt.Errorf("configuration:\n%w", err)}
	}
	return c, nil
}

// logger writes to standard error, as text for people and as JSON for collectors.
func (e *env) logger(c config.Config) *slog.Logger {
	format := c.LogFormat
	if format == "" {
		format = "json"
		if f, ok := e.stderr.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
			format = "text"
		}
	}
	return telemetry.NewLogger(e.stderr, c.LogLevel, format)
}
