package outside

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"

	"github.com/danielgtaylor/huma/v2"
)

// TerminalItem is a terminal with what a list shows beside it.
type TerminalItem struct {
	iclock.Terminal
	Life    iclock.Life `json:"life" doc:"@terminal.life"`
	Waiting int         `json:"waiting" doc:"Lines in quarantine."`
	Version string      `json:"version" doc:"Names this state; give it back with a change."`
}

type changeTerminalInput struct {
	rest.IDInput
	Body struct {
		Name      *string       `json:"name,omitempty" maxLength:"100" text:"line"`
		BranchID  *int64        `json:"branch_id,omitempty" minimum:"1"`
		Site      *string       `json:"site,omitempty" maxLength:"100" text:"line"`
		Zone      *string       `json:"zone,omitempty" maxLength:"64" doc:"@terminal.zone"`
		Direction *iclock.Mode  `json:"direction,omitempty" enum:"auto,status,in,out" doc:"@terminal.direction"`
		PINFormat *string       `json:"pin_format,omitempty" maxLength:"100" doc:"@terminal.pin_format"`
		Networks  *[]string     `json:"networks,omitempty" maxItems:"20" doc:"@terminal.networks"`
		State     *iclock.State `json:"state,omitempty" enum:"active,off" doc:"@terminal.state"`
		Version   string        `json:"version,omitempty" maxLength:"64" doc:"@version"`
	}
}

type terminalLinesInput struct {
	rest.IDInput
	rest.PageInput
	PIN string `query:"pin" maxLength:"64"`
}

type terminalLineInput struct {
	rest.IDInput
	LineID int64 `path:"line_id" minimum:"1"`
}

type mapPINInput struct {
	rest.IDInput
	Body struct {
		PIN        string `json:"pin" minLength:"1" maxLength:"64" text:"line"`
		EmployeeID int64  `json:"employee_id" minimum:"1"`
	}
}

type unmapPINInput struct {
	rest.IDInput
	PIN string `query:"pin" required:"true" minLength:"1" maxLength:"64"`
}

// PINItem is whom a PIN means.
type PINItem struct {
	PIN            string `json:"pin"`
	EmployeeID     int64  `json:"employee_id"`
	EmployeeNumber string `json:"employee_number"`
	EmployeeName   string `json:"employee_name"`
}

// order is what people ask of a terminal.
type order string

// Schema implements huma.SchemaProvider.
func (order) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, o := range []string{"put_all", "put_user", "delete_leavers", "restart", "check", "info", "resend"} {
		s.Enum = append(s.Enum, o)
	}
	return s
}

type terminalCommandsInput struct {
	rest.IDInput
	rest.PageInput
}

type commandTerminalInput struct {
	rest.IDInput
	Body struct {
		Kind       order  `json:"kind" doc:"@terminal.kind"`
		EmployeeID int64  `json:"employee_id,omitempty" doc:"With put_user."`
		Card       string `json:"card,omitempty" maxLength:"20" pattern:"^[0-9]*$" doc:"With put_user."`
		From       string `json:"from,omitempty" maxLength:"10" doc:"With resend: the first date."`
	}
}

// queuedCommands says what was queued.
type queuedCommands struct {
	Queued  int `json:"queued"`
	Skipped int `json:"skipped" doc:"People whose number is no PIN that terminals take."`
}

func (a *api) registerTerminals(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/terminals", "list-terminals", "Terminals, those that wait first", tagTerminals),
		rest.Dashboard, a.terminals)
	rest.Handle(r, rest.Op("PATCH /api/terminals/{id}", "change-terminal", "Accept or change a terminal",
		tagTerminals, http.StatusNotFound), rest.Dashboard, a.changeTerminal)
	remove := rest.Op("DELETE /api/terminals/{id}", "delete-terminal", "Forget a terminal", tagTerminals,
		http.StatusNotFound)
	remove.Description = "What it recorded stays. When it speaks again it waits to be accepted."
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, rest.Confirmed(remove), rest.Admins, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Terminals.Delete(ctx, in.ID, rest.ActorOf(ctx))
	}))
	rest.Handle(r, rest.Op("GET /api/terminals/{id}/lines", "list-terminal-lines", "Lines in quarantine, oldest first",
		tagTerminals, http.StatusNotFound), rest.Dashboard, a.terminalLines)
	discard := rest.Op("DELETE /api/terminals/{id}/lines/{line_id}", "discard-terminal-line", "Discard a line",
		tagTerminals, http.StatusNotFound)
	discard.DefaultStatus = http.StatusNoContent
	rest.Handle(r, discard, rest.Dashboard, rest.Do(func(ctx context.Context, in *terminalLineInput) error {
		t, err := a.terminal(ctx, in.ID)
		if err != nil {
			return err
		}
		return a.o.Store.Quarantine.Discard(ctx, t.ID, in.LineID, rest.ActorOf(ctx))
	}))
	rest.Handle(r, rest.Op("POST /api/terminals/{id}/replay", "replay-terminal-lines", "Try what waits again",
		tagTerminals, http.StatusNotFound), rest.Dashboard,
		func(ctx context.Context, in *rest.IDInput) (out importer.Taken, err error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return out, err
			}
			by := rest.ActorOf(ctx)
			entry := ledger.AuditEntry{UserID: by.UserID, Address: by.Address, Action: ledger.LinesRetried,
				Table: "terminals", RowID: strconv.FormatInt(t.ID, 10)}
			if err := a.o.Store.Audit.Note(ctx, entry, nil); err != nil { // before the first line is recorded
				return out, err
			}
			return a.replay(ctx, &t, nil)
		})
	confirm := rest.Op("POST /api/terminals/{id}/confirm", "confirm-terminal",
		"Confirm how somebody else set a terminal up, and record what waits for that", tagTerminals,
		http.StatusNotFound)
	confirm.Description = "Whoever accepted a terminal, or decided last how its lines are read, vouches for it. As " +
		"long as somebody else could confirm it, their own lines wait until somebody else has."
	rest.Handle(r, confirm, rest.Dashboard, a.confirmTerminal)
	rest.Handle(r, rest.Op("GET /api/terminals/{id}/pins", "list-terminal-pins",
		"Whom PINs mean that are no employee numbers", tagTerminals, http.StatusNotFound), rest.Dashboard,
		a.terminalPINs)
	rest.Handle(r, rest.Op("POST /api/terminals/{id}/pins", "map-terminal-pin",
		"Say whom a PIN means, and record what waits of it", tagTerminals, http.StatusNotFound, http.StatusConflict),
		rest.Dashboard, a.mapPIN)
	unmap := rest.Op("DELETE /api/terminals/{id}/pins", "unmap-terminal-pin", "Take back whom a PIN means",
		tagTerminals, http.StatusNotFound)
	unmap.DefaultStatus = http.StatusNoContent
	rest.Handle(r, unmap, rest.Dashboard, rest.Do(func(ctx context.Context, in *unmapPINInput) error {
		t, err := a.terminal(ctx, in.ID)
		if err != nil {
			return err
		}
		next, err := a.ownBy(ctx, &t, in.PIN)
		if err != nil {
			return err
		}
		return a.o.Store.Quarantine.Unmap(ctx, t.ID, in.PIN, next, rest.ActorOf(ctx))
	}))
	rest.Handle(r, rest.Op("GET /api/terminals/{id}/commands", "list-terminal-commands",
		"Commands of the last 30 days, newest first", tagTerminals, http.StatusNotFound), rest.Dashboard,
		a.terminalCommands)
	command := rest.Op("POST /api/terminals/{id}/commands", "command-terminal", "Ask a terminal to do something",
		tagTerminals, http.StatusNotFound, http.StatusConflict)
	command.DefaultStatus = http.StatusAccepted
	rest.Handle(r, command, rest.Dashboard, a.commandTerminal)
}

// terminal returns a terminal that the caller may see: admins all, branch admins those of their branches.
func (a *api) terminal(ctx context.Context, id int64) (iclock.Terminal, error) {
	t, err := a.o.Store.Terminals.Terminal(ctx, id)
	u := rest.UserOf(ctx)
	if err == nil && !u.SeesBranch(t.BranchID) {
		err = rest.NotFound()
	}
	return t, err
}

func (a *api) terminalItem(t iclock.Terminal, waiting int) TerminalItem {
	return TerminalItem{t, iclock.LifeOf(t.LastSeen, a.o.Clock.Now()), waiting, db.Version(terminals.SettingOf(&t))}
}

func (a *api) terminals(ctx context.Context, _ *struct{}) (out rest.List[TerminalItem], err error) {
	rows, err := a.o.Store.Terminals.All(ctx, rest.OwnBranches(rest.UserOf(ctx)))
	if err != nil {
		return out, err
	}
	counts, err := a.o.Store.Quarantine.Counts(ctx)
	return rest.NewList(rest.Items(rows, func(t iclock.Terminal) TerminalItem {
		return a.terminalItem(t, counts[t.ID])
	}), "", a.o.Clock.Now()), err
}

func (a *api) changeTerminal(ctx context.Context, in *changeTerminalInput) (out TerminalItem, err error) {
	b, u := in.Body, rest.UserOf(ctx)
	if _, err := a.terminal(ctx, in.ID); err != nil {
		return out, err
	}
	if b.PINFormat != nil {
		if err := iclock.CheckPINFormat(*b.PINFormat); err != nil {
			return out, err
		}
	}
	t, err := a.o.Store.Terminals.Update(ctx, in.ID, rest.ActorOf(ctx), func(t *iclock.Terminal) error {
		if err := db.Unchanged(b.Version, terminals.SettingOf(t)); err != nil {
			return err
		}
		was := *t
		rest.Set(&t.Name, rest.Spaced(b.Name))
		rest.Set(&t.Site, rest.Spaced(b.Site))
		rest.Set(&t.Zone, b.Zone)
		rest.Set(&t.PINFormat, b.PINFormat)
		// They decide whom and when lines of other branches' people are recorded for.
		if (t.PINFormat != was.PINFormat || t.Zone != was.Zone) && !u.SeesCompany() {
			return rest.Forbidden()
		}
		rest.Set(&t.BranchID, b.BranchID)
		rest.Set(&t.Direction, b.Direction)
		rest.Set(&t.Networks, b.Networks)
		rest.Set(&t.State, b.State)
		if !u.SeesBranch(t.BranchID) {
			return rest.NotFound()
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	counts, err := a.o.Store.Quarantine.Counts(ctx)
	return a.terminalItem(t, counts[t.ID]), err
}

func (a *api) terminalLines(ctx context.Context, in *terminalLinesInput) (out rest.List[iclock.Line], err error) {
	t, err := a.terminal(ctx, in.ID)
	if err != nil {
		return out, err
	}
	f := terminals.LineFilter{TerminalID: t.ID, Limit: in.Limit, Cursor: in.Cursor}
	if in.PIN != "" {
		f.PIN = &in.PIN
	}
	rows, next, err := a.o.Store.Quarantine.Lines(ctx, f)
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

func (a *api) confirmTerminal(ctx context.Context, in *rest.IDInput) (out importer.Taken, err error) {
	t, err := a.terminal(ctx, in.ID)
	if err == nil {
		err = a.o.Store.Terminals.Confirm(ctx, in.ID, rest.ActorOf(ctx))
	}
	if err == nil {
		t, err = a.terminal(ctx, in.ID) // as it is read since
	}
	if err != nil {
		return out, err
	}
	return a.replay(ctx, &t, nil)
}

// ownBy returns as whom the caller acts if a PIN is that employee's number, else 0.
func (a *api) ownBy(ctx context.Context, t *iclock.Terminal, pin string) (int64, error) {
	for _, own := range rest.ActorOf(ctx).Selves() {
		e, err := a.o.Store.Employees.Employee(ctx, own)
		if err != nil {
			return 0, err
		}
		made, ok := iclock.PINOf(t.PINFormat, e.Number)
		if ok && strings.EqualFold(strings.TrimLeft(made, "0"), strings.TrimLeft(pin, "0")) {
			return own, nil
		}
	}
	return 0, nil
}

// replayAtMost bounds what one request tries again; what is left waits for the next.
const replayAtMost = 20_000

// replay tries lines of a terminal again that wait: of one PIN, of all with nil.
func (a *api) replay(ctx context.Context, t *iclock.Terminal, pin *string) (out importer.Taken, err error) {
	if t.ZoneNow == "" {
		return out, nil // it was never accepted, so that nothing waits
	}
	f := terminals.LineFilter{TerminalID: t.ID, PIN: pin, Limit: db.MaxLimit}
	for n := 0; n < replayAtMost; n += f.Limit {
		rows, next, err := a.o.Store.Quarantine.Lines(ctx, f)
		if err != nil {
			return out, err
		}
		var lines []importer.Pushed
		for _, l := range rows {
			at, err := time.Parse(time.DateTime, l.At)
			if err != nil || l.PIN == "" {
				continue // nobody could read it, and nobody will
			}
			lines = append(lines, importer.Pushed{LineID: l.ID, Text: l.Text,
				Record: iclock.Record{PIN: l.PIN, At: at, Status: l.Status, Verify: l.Verify}})
		}
		taken, err := a.intake.Take(ctx, t, lines)
		if err != nil {
			return out, err
		}
		out = out.Plus(taken)
		if f.Cursor = next; next == "" {
			break
		}
	}
	return out, nil
}

func (a *api) terminalPINs(ctx context.Context, in *rest.IDInput) (out rest.List[PINItem], err error) {
	t, err := a.terminal(ctx, in.ID)
	if err != nil {
		return out, err
	}
	pins, err := a.o.Store.Quarantine.PINs(ctx, t.ID)
	if err != nil {
		return out, err
	}
	ids := make([]int64, len(pins))
	for i, p := range pins {
		ids[i] = p.EmployeeID
	}
	es, err := a.o.Store.Employees.ByID(ctx, ids)
	items := make([]PINItem, len(pins))
	for i, p := range pins {
		items[i] = PINItem{PIN: p.PIN, EmployeeID: p.EmployeeID}
		n := slices.IndexFunc(es, func(e attendance.Employee) bool { return e.ID == p.EmployeeID })
		if u := rest.UserOf(ctx); n >= 0 && u.SeesEmployee(es[n].ID, es[n].BranchID) {
			items[i].EmployeeNumber, items[i].EmployeeName = es[n].Number, es[n].Name
		}
	}
	return rest.NewList(items, "", a.o.Clock.Now()), err
}

func (a *api) mapPIN(ctx context.Context, in *mapPINInput) (out importer.Taken, err error) {
	t, err := a.terminal(ctx, in.ID)
	if err != nil {
		return out, err
	}
	pin := strings.TrimSpace(in.Body.PIN)
	p := terminals.PIN{TerminalID: t.ID, PIN: pin, EmployeeID: in.Body.EmployeeID}
	if err := a.o.Store.Quarantine.Map(ctx, p, rest.ActorOf(ctx)); err != nil {
		return out, err
	}
	return a.replay(ctx, &t, &pin)
}

func (a *api) terminalCommands(ctx context.Context,
	in *terminalCommandsInput) (out rest.List[iclock.Command], err error) {
	t, err := a.terminal(ctx, in.ID)
	if err != nil {
		return out, err
	}
	rows, next, err := a.o.Store.Commands.Commands(ctx, t.ID, in.Limit, in.Cursor)
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

func (a *api) commandTerminal(ctx context.Context, in *commandTerminalInput) (out queuedCommands, err error) {
	t, err := a.terminal(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if t.State != iclock.Active {
		return out, attendance.NewError(attendance.CodeConflict, "The terminal is not in use.")
	}
	cs, skipped, err := a.commandsFor(ctx, &t, in)
	if err != nil {
		return out, err
	}
	err = a.o.Store.Commands.Ask(ctx, t.ID, cs, rest.ActorOf(ctx))
	return queuedCommands{len(cs), skipped}, err
}

// commandsFor makes the commands of an order.
func (a *api) commandsFor(ctx context.Context, t *iclock.Terminal,
	in *commandTerminalInput) (cs []terminals.NewCommand, skipped int, err error) {
	kind := iclock.CommandKind(in.Body.Kind)
	switch in.Body.Kind {
	case "put_all":
		es, err := a.people(ctx, company.EmployeeFilter{BranchIDs: []int64{t.BranchID},
			Status: attendance.EmployeeActive})
		if err != nil {
			return nil, 0, err
		}
		return a.aboutPeople(ctx, t, es, func(pin string, e *attendance.Employee) terminals.NewCommand {
			return terminals.NewCommand{Kind: iclock.CommandPutUser, Text: iclock.PutUser(pin, e.Name, "")}
		})
	case "delete_leavers":
		es, err := a.people(ctx, company.EmployeeFilter{BranchIDs: []int64{t.BranchID},
			Status: attendance.EmployeeInactive})
		if err != nil {
			return nil, 0, err
		}
		return a.aboutPeople(ctx, t, es, func(pin string, _ *attendance.Employee) terminals.NewCommand {
			return terminals.NewCommand{Kind: iclock.CommandDeleteUser, Text: iclock.DeleteUser(pin)}
		})
	case "put_user":
		e, err := a.o.Store.Employees.Employee(ctx, in.Body.EmployeeID)
		if u := rest.UserOf(ctx); err == nil && !u.SeesEmployee(e.ID, e.BranchID) {
			err = rest.NotFound()
		}
		if err != nil {
			return nil, 0, err
		}
		return a.aboutPeople(ctx, t, []attendance.Employee{e},
			func(pin string, e *attendance.Employee) terminals.NewCommand {
				return terminals.NewCommand{Kind: kind, Text: iclock.PutUser(pin, e.Name, in.Body.Card)}
			})
	case "resend":
		from, err := rest.RequiredDate("from", in.Body.From)
		if err != nil {
			return nil, 0, err
		}
		to := a.o.Clock.Now().AddDate(0, 0, 1) // wherever it is today
		return []terminals.NewCommand{{Kind: kind, Text: iclock.Resend(from.UTC(), to)}}, 0, nil
	}
	return []terminals.NewCommand{{Kind: kind, Text: iclock.TextOf(kind)}}, 0, nil
}

func (a *api) people(ctx context.Context, f company.EmployeeFilter) (all []attendance.Employee, err error) {
	f.Limit = db.MaxLimit
	for {
		es, next, err := a.o.Store.Employees.Employees(ctx, f)
		all = append(all, es...)
		if f.Cursor = next; err != nil || next == "" {
			return all, err
		}
	}
}

// aboutPeople makes commands about people whose PINs are known: those that were decided for this terminal, else the one
// that the employee number is made of, unless that one was given to somebody else here.
func (a *api) aboutPeople(ctx context.Context, t *iclock.Terminal, es []attendance.Employee,
	command func(pin string, e *attendance.Employee) terminals.NewCommand) (cs []terminals.NewCommand, skipped int,
	err error) {
	pins, err := a.o.Store.Quarantine.PINs(ctx, t.ID)
	if err != nil {
		return nil, 0, err
	}
	known, given := make(map[int64][]string, len(pins)), make(map[string]bool, len(pins))
	for _, p := range pins {
		known[p.EmployeeID] = append(known[p.EmployeeID], p.PIN)
		given[strings.TrimLeft(p.PIN, "0")] = true
	}
	for i := range es {
		own := known[es[i].ID]
		if len(own) == 0 {
			made, ok := iclock.PINOf(t.PINFormat, es[i].Number)
			if ok && !given[strings.TrimLeft(made, "0")] {
				own = []string{made}
			}
		}
		before := len(cs)
		for _, pin := range own {
			if _, err := strconv.ParseUint(pin, 10, 64); err == nil {
				c := command(pin, &es[i])
				c.EmployeeID = es[i].ID
				cs = append(cs, c)
			}
		}
		if len(cs) == before {
			skipped++
		}
	}
	return cs, skipped, nil
}
