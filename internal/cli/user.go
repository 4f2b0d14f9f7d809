package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
	"hadir/internal/store"
	"hadir/internal/store/accounts"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func userCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Manage sign-ins", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var role, name, number string
	own := false
	var branches []string
	add := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Add a sign-in; the password is read from the terminal or from standard input",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				u := account.User{Login: account.NormalLogin(args[0]), Name: name,
					Role: account.Role(role), Locale: "id"}
				if u.Name == "" {
					u.Name = args[0]
				}
				if err := linkUser(ctx, s, &u, number, branches); err != nil {
					return err
				}
				u.MustChangePassword = !own
				hash, err := readPassword(ctx, e, &u)
				if err != nil {
					return err
				}
				_, err = s.Users.CreateUsers(ctx, e.actor(), []account.User{u}, []string{hash})
				if err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "added %s (%s)%s\n", u.Login, u.Role, mustChange(own))
				return nil
			})
		},
	}
	add.Flags().StringVar(&role, "role", string(account.RoleEmployee), "employee, branch_admin, admin or ops")
	add.Flags().StringVar(&name, "name", "", "name to show; default the login")
	add.Flags().StringVar(&number, "employee", "", "number of the employee who signs in with it")
	add.Flags().StringSliceVar(&branches, "branch", nil, "code of a branch in a branch admin's scope; repeatable")
	passwd := &cobra.Command{
		Use:   "passwd LOGIN",
		Short: "Change a password, end the user's sessions and revoke the API tokens that the account made",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				u, _, err := s.Users.UserByLogin(ctx, account.NormalLogin(args[0]))
				if err != nil {
					return err
				}
				hash, err := readPassword(ctx, e, &u)
				if err != nil {
					return err
				}
				err = s.Users.ChangePassword(ctx, e.actor(),
					accounts.NewPassword{UserID: u.ID, Hash: hash, MustChange: !own})
				if err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "changed; %s must sign in again, and make new API tokens%s\n", u.Login,
					mustChange(own))
				return nil
			})
		},
	}
	for _, c := range []*cobra.Command{add, passwd} {
		c.Flags().BoolVar(&own, "own", false,
			"the password is your own; without it, it must be changed at the first sign-in")
	}
	cmd.AddCommand(add, passwd, resetFactor(e), confirmUser(e))
	return cmd
}

// mustChange says what becomes of a password that somebody else chose.
func mustChange(own bool) string {
	if own {
		return ""
	}
	return "; the password must be changed at the first sign-in (--own if it is yours)"
}

// resetFactor is for who lost the device and has nobody who could reset it on the pages.
func resetFactor(e *env) *cobra.Command {
	return onUser(e, "reset-2fa LOGIN",
		"Turn off the second factor of somebody who lost it, passkeys included, and end their sessions",
		"off; %s signs in with the password only\n",
		func(ctx context.Context, s *store.Store, userID int64) error {
			return s.SecondFactors.Reset(ctx, e.actor(), userID)
		})
}

// confirmUser is for companies whose accounts were all made by one administrator, so that nobody on the pages may.
func confirmUser(e *env) *cobra.Command {
	return onUser(e, "confirm LOGIN",
		"Confirm that an account is in the hands of its person, and of nobody who made it",
		"confirmed; %s may decide about whoever made the account\n",
		func(ctx context.Context, s *store.Store, userID int64) error {
			return s.Makers.Confirm(ctx, e.actor(), userID)
		})
}

// onUser is a command that does something to the account of a login. done says so, with the login.
func onUser(e *env, use, short, done string,
	act func(ctx context.Context, s *store.Store, userID int64) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				u, _, err := s.Users.UserByLogin(ctx, account.NormalLogin(args[0]))
				if err != nil {
					return err
				}
				if err := act(ctx, s, u.ID); err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, done, u.Login)
				return nil
			})
		},
	}
}

// linkUser resolves the employee and the branches that a new user refers to, and checks that they go with the role.
func linkUser(ctx context.Context, s *store.Store, u *account.User, number string, codes []string) error {
	known := false
	for _, r := range account.Roles() {
		known = known || r == u.Role
	}
	if !known {
		return usageError{fmt.Errorf("unknown role %q; roles are %v", u.Role, account.Roles())}
	}
	if u.Role == account.RoleEmployee && number == "" {
		return usageError{errors.New("an employee's sign-in needs --employee NUMBER")}
	}
	if (u.Role == account.RoleBranchAdmin) != (len(codes) > 0) {
		return usageError{errors.New("--branch goes with the role branch_admin, which needs at least one")}
	}
	if number != "" {
		found, err := s.Employees.EmployeesByNumber(ctx, []string{number})
		if err != nil {
			return err
		}
		em, ok := found[number]
		if !ok {
			return attendance.NewError(attendance.CodeNotFound, fmt.Sprintf("there is no employee %q", number))
		}
		u.EmployeeID = em.ID
	}
	if len(codes) == 0 {
		return nil
	}
	all, err := s.Branches.Branches(ctx, nil)
	if err != nil {
		return err
	}
	for _, code := range codes {
		id, like := int64(0), legible.Fold(code)
		for _, b := range all {
			if legible.Fold(b.Code) == like {
				id = b.ID
			}
		}
		if id == 0 {
			return attendance.NewError(attendance.CodeNotFound, fmt.Sprintf("there is no branch %q", code))
		}
		u.BranchIDs = append(u.BranchIDs, id)
	}
	return nil
}

// readPassword asks twice on a terminal, else reads the first line of standard input, and returns the hash. What names
// the user is no password.
func readPassword(ctx context.Context, e *env, u *account.User) (string, error) {
	hashed := func(password string) (string, error) {
		return account.NewHasher(1).Hash(ctx, password, u.Login, u.Name)
	}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("reading the password from standard input: %w", err)
		}
		return hashed(strings.TrimRight(line, "\r\n"))
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(e.stderr, prompt)
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(e.stderr)
		return string(b), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two do not match")
	}
	return hashed(first)
}
