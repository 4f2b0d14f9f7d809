package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"hadir/internal/alive"
	"hadir/internal/config"

	"github.com/spf13/cobra"
)

func configCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print the effective settings, without secrets",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd, e)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
			help := map[string]string{}
			for _, s := range config.Settings() {
				help[s.Variable] = s.Help
			}
			for _, kv := range c.Effective() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", kv[0], kv[1], help[kv[0]])
			}
			return w.Flush()
		},
	}
}

// healthcheckCommand asks as containers do, whose image has ops/probe for it.
func healthcheckCommand(e *env) *cobra.Command {
	var url string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask this machine's node whether it is alive; exit status 1 if not",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url == "" {
				c, err := load(cmd, e)
				if err != nil {
					return err
				}
				path := "/healthz"
				if ready {
					path = "/readyz"
				}
				if url, err = alive.URL(cmp.Or(c.MetricsAddr, alive.DefaultAddr), path); err != nil {
					return err
				}
			}
			body, err := alive.Ask(cmd.Context(), url)
			if err != nil {
				return err
			}
			fmt.Fprintf(e.stdout, "%s\n", body)
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "address to ask instead of the metrics address")
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether it may receive traffic, not just whether it is alive")
	return cmd
}
