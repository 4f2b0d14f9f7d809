package cli

import (
	"context"
	"fmt"

	"hadir/internal/clock"
	"hadir/internal/demo"
	"hadir/internal/store"

	"github.com/spf13/cobra"
)

func demoCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Fill an empty database with a company to try things on, and print its sign-ins",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, true, func(ctx context.Context, s *store.Store) error {
				c, err := demo.Seed(ctx, s, demo.Options{Clock: clock.System()})
				if err != nil {
					return err
				}
				if len(c.Logins) == 0 {
					fmt.Fprintln(e.stdout, "The database holds a company already; it was left as it is.")
					return nil
				}
				e.printLogins(c)
				return nil
			})
		},
	}
}

// printLogins tells who may sign in to the demo company.
func (e *env) printLogins(c demo.Credentials) {
	fmt.Fprintf(e.stdout, "\nSign in with the password %s as\n", c.Password)
	for _, l := range c.Logins {
		fmt.Fprintf(e.stdout, "  %-18s %-13s %s\n", l.Login, l.Role, l.Name)
	}
}
