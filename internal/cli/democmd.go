package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/demo"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/spf13/cobra"
)

func demoCommand(e *env) *cobra.Command {
	o := demo.Options{Clock: e.clock}
	tokens := 0
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Fill an empty database with a company to try things on, and print its sign-ins",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				c, err := demo.Seed(ctx, s, o)
				if err != nil {
					return err
				}
				if len(c.Logins) == 0 {
					fmt.Fprintln(e.stdout, "The database holds a company already; it was left as it is.")
					return nil
				}
				if err := e.note(ctx, s, ledger.DemoFilled, "", nil); err != nil {
					return err
				}
				if tokens > 0 {
					return printTokens(ctx, e, s, tokens)
				}
				e.printLogins(c)
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&o.Employees, "employees", 120, "how many employees, at least 24")
	cmd.Flags().IntVar(&o.Days, "days", 60, "how many days of history")
	cmd.Flags().IntVar(&tokens, "tokens", 0,
		"sign so many employees and the administrator in, for load tests, and print login and token instead")
	return cmd
}

// printLogins tells who may sign in to the demo company.
func (e *env) printLogins(c demo.Credentials) {
	fmt.Fprintf(e.stdout, "\nSign in with the password %s as\n", c.Password)
	for _, l := range c.Logins {
		fmt.Fprintf(e.stdout, "  %-18s %-13s %s\n", l.Login, l.Role, l.Name)
		if l.Role == account.RoleEmployee {
			fmt.Fprintf(e.stdout, "and punch at a kiosk with the number %s and the PIN %s\n", l.Login, c.PIN)
		}
	}
}

// loadSession is how long a load test may take.
const loadSession = 24 * time.Hour

// printTokens signs people in past the password, whose hashing would take longer than the test. Only people of the demo
// company have logins like these.
func printTokens(ctx context.Context, e *env, s *store.Store, n int) error {
	logins := []string{demo.AdminLogin}
	for cursor := ""; len(logins) <= n; {
		es, next, err := s.Employees.Employees(ctx,
			company.EmployeeFilter{Status: attendance.EmployeeActive, Limit: 500, Cursor: cursor})
		if err != nil {
			return err
		}
		for i := range es[:min(len(es), n+1-len(logins))] {
			logins = append(logins, strings.ToLower(es[i].Number))
		}
		if cursor = next; next == "" {
			break
		}
	}
	for _, login := range logins {
		u, _, err := s.Users.UserByLogin(ctx, login)
		if err != nil {
			return fmt.Errorf("%s: %w", login, err)
		}
		token, hash := account.NewToken()
		now := e.clock.Now()
		if err := s.Sessions.AddSession(ctx,
			account.Session{TokenHash: hash, UserID: u.ID, CreatedAt: now, ExpiresAt: now.Add(loadSession),
				UserAgent: "load test", Address: e.actor().Address}); err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "%s,%s\n", login, token)
	}
	return nil
}
