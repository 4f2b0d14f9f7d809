package persons

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"

	"github.com/danielgtaylor/huma/v2"
)

// fileFormat names the form of a download. What is added to it later leaves the name as it is.
const fileFormat = "hadir.personal-data.v1"

func (a *api) registerDownloads(r *rest.Router) {
	const what = "One JSON object with a list for each kind of data; instants in UTC, dates as they were in the " +
		"branch. Other people are not named: who asked or decided is `own`, `other` or `system`. Secrets, which are " +
		"hashes, are left out. At most 20 an hour; the connection is cut where reading fails, so that a file that " +
		"arrived whole is whole."
	mine := rest.Op("GET /api/me/data", "download-my-data", "Everything that is stored about oneself", tagPersons,
		http.StatusTooManyRequests)
	mine.Description, mine.Responses = what, fileResponse()
	rest.HandleOutput(r, mine, rest.SignedIn, a.mine)
	theirs := rest.Op("GET /api/persons/{id}/data", "download-person", "Everything that is stored about an employee",
		tagPersons, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	theirs.Description, theirs.Responses = what+" For branch admins without what is about accounts, and 409 where "+
		"the employee also belonged to other branches: an administrator does it then.", fileResponse()
	rest.HandleOutput(r, rest.Confirmed(theirs), rest.Dashboard, a.theirs)
}

func fileResponse() map[string]*huma.Response {
	return rest.Documented("The file.", "application/json", &huma.Schema{Type: huma.TypeObject})
}

func (a *api) mine(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	who, err := a.o.Store.Persons.Whose(ctx, rest.UserOf(ctx))
	if err != nil {
		return nil, err
	}
	return a.download(ctx, who)
}

func (a *api) theirs(ctx context.Context, in *rest.IDInput) (*huma.StreamResponse, error) {
	u := rest.UserOf(ctx)
	within, err := a.o.Store.Persons.Within(ctx, in.ID, rest.OwnBranches(u))
	if err != nil {
		return nil, err
	}
	if !within {
		return nil, attendance.NewError(account.CodeOtherBranches, "an administrator has to do this")
	}
	who := persons.Person{EmployeeID: in.ID}
	if u.SeesCompany() {
		if who, err = a.o.Store.Persons.Employee(ctx, in.ID); err != nil {
			return nil, err
		}
	}
	return a.download(ctx, who)
}

// download notes who takes whose data, and sends them as they are read.
func (a *api) download(ctx context.Context, who persons.Person) (*huma.StreamResponse, error) {
	entry := ledger.AuditEntry{Table: "employees", RowID: strconv.FormatInt(who.EmployeeID, 10)}
	if who.EmployeeID == 0 {
		entry.Table, entry.RowID = "users", strconv.FormatInt(rest.UserOf(ctx).ID, 10)
	}
	if err := a.o.Store.Persons.Download(ctx, rest.ActorOf(ctx), entry); err != nil {
		return nil, err
	}
	lists, err := a.o.Store.Persons.Lists(ctx, who)
	if err != nil {
		return nil, err
	}
	first, err := lists[0].Next(ctx) // what fails at once is a problem, not half a file
	if err != nil {
		return nil, err
	}
	return rest.Stream(func() rest.Download {
		from, to := io.Pipe()
		f := file{api: a, to: to, lists: lists, who: who}
		go f.write(context.WithoutCancel(ctx), first)
		name := fmt.Sprintf("hadir-data-%s-%s.json", entry.RowID, a.o.Clock.Now().UTC().Format("20060102-150405"))
		return rest.Download{Name: name, MediaType: "application/json", Body: from, Size: -1}
	}), nil
}

// file is a download that is being written.
type file struct {
	api   *api
	to    *io.PipeWriter
	lists []*persons.List
	who   persons.Person
}

// write writes list after list, page after page; of the first list the first page was read already. It ends when the
// reader has gone, since then writing fails.
func (f *file) write(ctx context.Context, first []json.RawMessage) {
	err := f.all(ctx, first)
	switch {
	case errors.Is(err, io.ErrClosedPipe):
		f.api.o.Log.InfoContext(ctx, "the reader of a person's data has gone", "employee", f.who.EmployeeID)
	case err != nil:
		f.api.o.Log.ErrorContext(ctx, "a download of a person's data broke off", "employee", f.who.EmployeeID, "error",
			err)
	}
	_ = f.to.CloseWithError(err) // never fails; nil is the end of the file
}

func (f *file) all(ctx context.Context, first []json.RawMessage) error {
	w := bufio.NewWriterSize(f.to, 32<<10) // keeps the first error, which Flush returns
	fmt.Fprintf(w, "{\n%q:%q,\n%q:%q", "format", fileFormat, "made_at",
		f.api.o.Clock.Now().UTC().Format(time.RFC3339))
	for i, l := range f.lists {
		rows := first
		if i > 0 {
			var err error
			if rows, err = next(ctx, l); err != nil {
				return err
			}
		}
		if err := list(ctx, w, l, rows); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "\n}\n")
	return w.Flush()
}

// list writes a list, a row a line, of which the first page was read already.
func list(ctx context.Context, w *bufio.Writer, l *persons.List, rows []json.RawMessage) (err error) {
	fmt.Fprintf(w, ",\n%q:[", l.Name)
	for before := ""; len(rows) > 0; {
		for _, row := range rows {
			if _, err := fmt.Fprintf(w, "%s\n%s", before, row); err != nil {
				return err
			}
			before = ","
		}
		if rows, err = next(ctx, l); err != nil {
			return err
		}
	}
	return w.WriteByte(']')
}

// next reads a page within the time that a part of a stream has.
func next(ctx context.Context, l *persons.List) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, rest.StreamTimeout)
	defer cancel()
	return l.Next(ctx)
}
