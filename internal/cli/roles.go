package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

// role names a list of services that a process runs.
type role string

const (
	roleAPI       role = "api"
	roleWorker    role = "worker"
	rolePusher    role = "pusher"
	roleScheduler role = "scheduler"
	roleTerminal  role = "terminal"
	roleMonitor   role = "monitor"
)

// allRoles is what 'hadir' without a subcommand runs.
var allRoles = []role{roleAPI, roleWorker, rolePusher, roleScheduler, roleTerminal, roleMonitor}

func roleCommands(e *env) []*cobra.Command {
	all := &cobra.Command{
		Use:   "all",
		Short: "Run every role in this process (the same as no subcommand)",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runRoles(cmd, e, allRoles) },
	}
	out := []*cobra.Command{all}
	for r, short := range map[role]string{
		roleAPI:       "Answer requests: pages, API, sign-in; persist and enqueue",
		roleWorker:    "Run tasks: broadcasts, summaries, recomputation",
		rolePusher:    "Hold the WebSockets (Pusher protocol)",
		roleScheduler: "Relay the outbox and start periodic work; safe to run twice",
		roleTerminal:  "Hear fingerprint terminals that push (ADMS/iclock)",
		roleMonitor:   "Serve Asynqmon to operators",
	} {
		cmd := &cobra.Command{
			Use:   string(r),
			Short: short,
			Args:  noArgs,
			RunE:  func(cmd *cobra.Command, _ []string) error { return runRoles(cmd, e, []role{r}) },
		}
		if r == roleTerminal {
			cmd.AddCommand(simulateCommand(e))
		}
		out = append(out, cmd)
	}
	return out
}

func runRoles(cmd *cobra.Command, e *env, roles []role) error {
	c, err := load(cmd, e)
	if err != nil {
		return err
	}
	all := len(roles) == len(allRoles)
	if slices.Equal(roles, []role{roleTerminal}) && c.TerminalAddr == "" {
		return usageError{fmt.Errorf("the role %s needs HADIR_TERMINAL_ADDR, such as :8083", roleTerminal)}
	}
	if !all {
		if c.Demo {
			return usageError{fmt.Errorf("demo data comes with 'hadir all'; fill a database once with 'hadir demo'")}
		}
		if c.PusherKey == "" || c.PusherSecret == "" || c.PusherAppID == "" && slices.Contains(roles, rolePusher) {
			if slices.Contains(roles, roleAPI) || slices.Contains(roles, rolePusher) {
				return usageError{
					fmt.Errorf(
						"HADIR_PUSHER_APP_ID, HADIR_PUSHER_KEY and HADIR_PUSHER_SECRET are required by the role %s; "+
							"all nodes need the same", roles[0])}
			}
		}
	}
	if slices.Equal(roles, []role{roleAPI}) {
		collectLess(e.environ)
	}
	p, err := newProcess(cmd.Context(), c, e, roles)
	if err != nil {
		return err
	}
	defer p.close()
	return p.run(cmd.Context())
}
