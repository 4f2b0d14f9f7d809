package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

func importCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "Read employees or punches from files", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	employees := &cobra.Command{
		Use:   "employees FILE.csv",
		Short: "Add and update employees by number",
		Long: "Reads CSV with a header: number, name, branch (its code), and optionally department, position, " +
			"status, hired_on, left_on,\nbranch_from (since when the person is in that branch; empty means from " +
			"today), move_reason (why, for the audit\nlog; at most 500 characters).\n" +
			"Lines that cannot be taken are listed on standard error with their number and the reason; the rest is " +
			"kept.",
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runImport(cmd, e, "employees", args[0],
				func(ctx context.Context, im *importer.Importer, r io.Reader, size int64) (importer.Result, error) {
					return im.Employees(ctx, r, size)
				})
		},
	}
	var o importer.PunchOptions
	var format, direction string
	punches := &cobra.Command{
		Use:   "punches FILE",
		Short: "Add punches from CSV or from a ZKTeco terminal's attlog",
		Long: "Reads CSV with a header (number, time, direction, and optionally device, note), or the tab-separated " +
			"attlog text that\n" +
			"ZKTeco terminals export. Importing a file again changes nothing.",
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Format, o.Direction = importer.Format(format), importer.DirectionMode(direction)
			return runImport(cmd, e, "punches", args[0],
				func(ctx context.Context, im *importer.Importer, r io.Reader, size int64) (importer.Result, error) {
					return im.Punches(ctx, r, size, o)
				})
		},
	}
	punches.Flags().StringVar(&format, "format", "", "csv or attlog; default what the first line looks like")
	punches.Flags().StringVar(&o.Columns, "columns", "",
		"order of an attlog's fields, such as pin,time,device,status,verify,workcode; - skips one")
	punches.Flags().StringVar(&direction, "direction", "",
		"status (as the file says), auto (by the order of the day), in or out; also reads anew what was imported of "+
			"the same file")
	punches.Flags().StringVar(&o.Zone, "zone", "",
		"IANA zone of local times; default the zone of each employee's branch")
	punches.Flags().StringVar(&o.PINFormat, "pin-format", "", "how a PIN becomes an employee number, such as JKT-%04s")
	punches.Flags().StringVar(&o.Device, "device", "", "name of the terminal; default what the file says")
	cmd.AddCommand(employees, punches)
	return cmd
}

// runImport opens file and database, shows progress on a terminal, and ends with status 1 when lines were rejected.
func runImport(cmd *cobra.Command, e *env, kind, path string,
	read func(context.Context, *importer.Importer, io.Reader, int64) (importer.Result, error)) error {
	in, size := io.Reader(os.Stdin), int64(0)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.IsDir() {
			return fmt.Errorf("%s: %w", path, errNoFile)
		}
		in, size = f, info.Size()
	}
	return withStore(cmd, e, theirSchema, func(ctx context.Context, s *store.Store) error {
		bar := newBar(e, size)
		by := e.actor()
		o := importer.Options{
			Clock: e.clock,
			Write: func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
				return s.Employees.UpsertEmployeesFrom(ctx, by, company.Upsert{Employees: importer.People(rows),
					MovedFrom: importer.MovedFrom(rows), Reasons: importer.MoveReasons(rows)})
			},
			Void: &attendance.Void{Origin: attendance.VoidByImport, Address: by.Address},
			OnReject: func(r importer.Rejection) error {
				if err := bar.Clear(); err != nil {
					return err
				}
				_, err := fmt.Fprintf(e.stderr, "line %d: %s [%s]: %s\n", r.Line, r.Message, r.Code, r.Text)
				return err
			},
			OnNote: func(r importer.Rejection) error {
				if err := bar.Clear(); err != nil {
					return err
				}
				_, err := fmt.Fprintf(e.stderr, "line %d was taken: %s [%s]: %s\n", r.Line, r.Message, r.Code, r.Text)
				return err
			},
			OnProgress: func(p importer.Progress) { _ = bar.Set64(p.BytesRead) },
		}
		done := importedFile{Kind: kind, File: filepath.Base(path)}
		if err := e.note(ctx, s, ledger.ImportStarted, kind, done); err != nil {
			return err
		}
		stores := importer.Store{Branches: s.Branches, Employees: s.Employees, Recorder: s.Days}
		result, err := read(ctx, importer.New(stores, o), in, size)
		done.Lines, done.Imported, done.Rejected = &result.Lines, &result.Imported, &result.Rejected
		err = errors.Join(err, e.note(context.WithoutCancel(ctx), s, ledger.ImportEnded, kind, done))
		_ = bar.Finish()
		fmt.Fprintf(e.stdout, "%d lines: %d imported, %d unchanged, %d rejected\n", result.Lines, result.Imported,
			result.Unchanged, result.Rejected)
		if result.Replaced > 0 {
			fmt.Fprintf(e.stdout, "%d of the imported lines were read anew\n", result.Replaced)
		}
		if result.Only != "" {
			fmt.Fprintf(e.stderr,
				"every line says %s: if the terminal has no function keys, import the file again with --direction "+
					"auto\n", result.Only)
		}
		if len(result.Ignored) > 0 {
			fmt.Fprintf(e.stderr, "columns without a meaning here: %v\n", result.Ignored)
		}
		if err != nil {
			return err
		}
		if result.Rejected > 0 {
			return exitError(1)
		}
		return nil
	})
}

// importedFile is the audit entry of an import.
type importedFile struct {
	Kind     string `json:"kind"`
	File     string `json:"file"`
	Lines    *int64 `json:"lines,omitempty"`
	Imported *int64 `json:"imported,omitempty"`
	Rejected *int64 `json:"rejected,omitempty"`
}

func newBar(e *env, size int64) *progressbar.ProgressBar {
	f, ok := e.stderr.(*os.File)
	visible := ok && isatty.IsTerminal(f.Fd())
	if size == 0 {
		size = -1
	}
	return progressbar.NewOptions64(size, progressbar.OptionSetWriter(e.stderr),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowBytes(true), progressbar.OptionSetDescription("importing"),
		progressbar.OptionClearOnFinish())
}
