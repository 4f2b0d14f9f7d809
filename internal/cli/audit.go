package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"time"

	"hadir/internal/build"
	"hadir/internal/store"
	"hadir/internal/store/ledger"

	"github.com/spf13/cobra"
)

// actor is who runs a command: the system's user on this machine, in place of an address.
func (e *env) actor() ledger.Actor {
	name, host := "?", "?"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return ledger.Actor{Address: ledger.CLIAddress + name + "@" + host}
}

// note writes an audit entry of a command.
func (e *env) note(ctx context.Context, s *store.Store, action, table string, after any) error {
	by := e.actor()
	entry := ledger.AuditEntry{UserID: by.UserID, Address: by.Address, Action: action, Table: table}
	return s.Audit.Note(ctx, entry, after)
}

// migrations is the audit entry of a change of the schema.
type migrations struct {
	Release    string   `json:"release"`
	Migrations []string `json:"migrations,omitempty"`
}

// logAuditHead copies the end of the audit log to where the database cannot reach: this process's log.
func logAuditHead(ctx context.Context, s *store.Store, log *slog.Logger) error {
	if !s.Audit.Wrote() {
		return nil
	}
	head, err := s.Audit.AuditHead(ctx)
	if err != nil {
		return err
	}
	sayAuditHead(ctx, log, head)
	return nil
}

// sayAuditHead lets the log keep where the audit log ended. One that was begun without a key names none.
func sayAuditHead(ctx context.Context, log *slog.Logger, head ledger.AuditHead) {
	if head.Key != "" {
		log = log.With("key", head.Key)
	}
	log.InfoContext(ctx, "the audit log ends here", "head", head.Text(), "at", head.At)
}

// Exit statuses of 'hadir audit verify' beside 0 and 1.
var faultStatus = map[ledger.AuditFault]exitError{
	ledger.AuditChanged: 3, ledger.AuditRewritten: 3, ledger.AuditMissing: 4, ledger.AuditTruncated: 5,
	ledger.AuditWrongKey: 6, ledger.AuditUnkeyed: 7,
}

func auditCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Look at the audit log's chain: its head, and whether it is whole",
		Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(auditHead(e), auditVerify(e), auditRekey(e))
	return cmd
}

func auditHead(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "head",
		Short: "Print the end of the chain, to be kept elsewhere for 'hadir audit verify --head'",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				head, err := s.Audit.AuditHead(ctx)
				if err == nil {
					fmt.Fprintln(e.stdout, head.Text())
				}
				return err
			})
		},
	}
}

func auditVerify(e *env) *cobra.Command {
	var copied string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify the whole audit log, against a head that was copied earlier if there is one",
		Long: "Walks the chain from the first entry to the last, with a few hundred entries in memory.\n\n" +
			"Exit status: 0 the log is whole; 3 an entry was changed, or the log was written anew; 4 an entry is " +
			"missing;\n5 the end was cut off; 6 written with a key that HADIR_AUDIT_KEY does not hold; 7 written " +
			"without the key;\n1 it could not be looked at; 2 called wrongly.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var from *ledger.AuditHead
			if cmd.Flags().Changed("head") {
				head, err := ledger.ParseAuditHead(copied)
				if err != nil {
					return usageError{fmt.Errorf("--head: %w", err)}
				}
				from = &head
			}
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				w, err := s.Audit.WalkAudit(ctx, from)
				if err != nil {
					return err
				}
				if w.Broken != 0 {
					fmt.Fprintln(e.stdout, faultText(w, from))
					return faultStatus[w.Fault]
				}
				fmt.Fprintf(e.stdout, "the audit log is whole: %d entries\n", w.Last)
				if from != nil {
					fmt.Fprintf(e.stdout, "it goes on from the copied head, entry %d\n", from.ID)
				}
				printKey(e, w)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&copied, "head", "",
		"ID:HASH as a log line, the webhook audit.head, an e-mail or 'hadir audit head' said it")
	return cmd
}

func printKey(e *env, w ledger.AuditWalk) {
	switch {
	case w.Key == "" && w.Last > 0:
		fmt.Fprintln(e.stdout, "it has no key: who may write to the database could write all of it anew. Set "+
			"HADIR_AUDIT_KEY, or compare with a copied head")
	case w.KeyFrom > 1:
		fmt.Fprintf(e.stdout, "entries before %d are from before there was a key; it vouches for them since\n",
			w.KeyFrom)
	}
	if w.Emptied > 0 {
		fmt.Fprintf(e.stdout, "from %d entries personal data was removed; the chain holds without it\n", w.Emptied)
	}
}

// faultText says what is wrong, in words for whoever has to act on it.
func faultText(w ledger.AuditWalk, copied *ledger.AuditHead) string {
	switch w.Fault {
	case ledger.AuditRewritten:
		return fmt.Sprintf("REWRITTEN: entry %d fits the log as it is, but not the copied head: the log was written "+
			"anew since that head was copied", w.Broken)
	case ledger.AuditMissing:
		return fmt.Sprintf("MISSING: entry %d is not there, later ones are: somebody removed it past the program",
			w.Broken)
	case ledger.AuditTruncated:
		end := w.Head
		if copied != nil {
			end = max(end, copied.ID)
		}
		return fmt.Sprintf("TRUNCATED: the log ends with entry %d, but there were entries up to %d: its end was cut "+
			"off",
			w.Broken-1, end)
	case ledger.AuditWrongKey:
		return fmt.Sprintf("WRONG KEY: entry %d was written with a key that HADIR_AUDIT_KEY does not hold. If the key "+
			"was changed, add the earlier one after a comma; else somebody wrote the log with a key of their own",
			w.Broken)
	case ledger.AuditUnkeyed:
		return fmt.Sprintf("WITHOUT KEY: entry %d was written without the key. It came from a release of before the "+
			"key, or past the program; a log that has just got its key has it from the scheduler's next minute on",
			w.Broken)
	}
	return fmt.Sprintf("CHANGED: entry %d does not fit its hash, or not the entry before it: somebody changed it past "+
		"the program", w.Broken)
}

func auditRekey(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "rekey",
		Short: "Let the audit log go on with the first key of HADIR_AUDIT_KEY although its present key is lost",
		Long: "Earlier entries can be verified with the lost key only. To change a key that is not lost, put the new " +
			"one in\nfront of it, separated by a comma; nothing else is needed.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
				begun, err := s.Audit.BeginAuditKey(ctx, e.actor(), true)
				if err != nil {
					return err
				}
				if !begun {
					return errors.New("nothing to do: there is no key, or the log goes on with it already")
				}
				fmt.Fprintln(e.stdout, "the audit log goes on with the first key of HADIR_AUDIT_KEY")
				return nil
			})
		},
	}
}

// openAudit makes sure that this process can write to the audit log. One that runs everything begins its key at once.
func (p *process) openAudit(ctx context.Context, applied []string) error {
	p.closers = append(p.closers, func() error { return logAuditHead(context.Background(), p.store, p.log) })
	if p.all {
		if _, err := p.store.Audit.BeginAuditKey(ctx, ledger.Actor{}, false); err != nil {
			return p.keyAdvice(err)
		}
		if len(applied) > 0 {
			return p.store.Audit.Note(ctx, ledger.AuditEntry{Action: ledger.SchemaMigrated, Table: "schema"},
				migrations{build.Version(), applied})
		}
		return nil
	}
	return p.keyAdvice(p.store.Audit.CheckAuditKey(ctx))
}

func (p *process) keyAdvice(err error) error {
	if errors.Is(err, ledger.ErrAuditKey) {
		return fmt.Errorf("%w: bring the key back, or, if it is lost, run 'hadir audit rekey'", err)
	}
	return err
}

// beginKey lets the audit log go on with the first key. The first one has to wait until no node of another release is
// alive, which would write without it.
func (p *process) beginKey(ctx context.Context) error {
	nodes, err := p.store.Nodes.Nodes(ctx)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.Version != build.Version() && p.clock.Now().Sub(n.LastSeen) < time.Minute {
			p.log.InfoContext(ctx, "the audit log's key waits until no node of another release runs", "node", n.Host,
				"release", n.Version)
			return nil
		}
	}
	_, err = p.store.Audit.BeginAuditKey(ctx, ledger.Actor{}, false)
	return p.keyAdvice(err)
}

// publishHead copies the end of the audit log to this process's log.
func (p *process) publishHead(ctx context.Context) error {
	head, err := p.store.Audit.AuditHead(ctx)
	if err == nil {
		sayAuditHead(ctx, p.log, head)
	}
	return err
}
