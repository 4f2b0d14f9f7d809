package store_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"

	"github.com/stretchr/testify/require"
)

func TestTerminals(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, s := t.Context(), b.all.Terminals
		branch, _ := b.company(t, 1)
		first, err := s.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		require.Equal(t, iclock.Terminal{ID: first.ID, Serial: "CGKK1", Direction: iclock.ByOrder, Networks: []string{},
			State: iclock.Pending, Address: "192.0.2.9", FirstSeen: start, LastSeen: start}, first)
		again, err := s.Meet(ctx, "CGKK1", "192.0.2.10")
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)

		accept := func(x *iclock.Terminal) error {
			x.State, x.BranchID, x.Name, x.Networks = iclock.Active, branch.ID, "Lobi", []string{"192.0.2.77/24"}
			return nil
		}
		for range 2 { // the second changes nothing and leaves no trace
			got, err := s.Update(ctx, first.ID, somebody, accept)
			require.NoError(t, err)
			require.Equal(t, "Asia/Jakarta", got.ZoneNow)
			require.Equal(t, []string{"192.0.2.0/24"}, got.Networks)
		}
		for name, change := range map[string]func(*iclock.Terminal){
			"no such branch": func(x *iclock.Terminal) { x.BranchID = 4242 },
			"no branch":      func(x *iclock.Terminal) { x.BranchID = 0 },
			"no zone":        func(x *iclock.Terminal) { x.Zone = "Asia/Nowhere" },
			"no direction":   func(x *iclock.Terminal) { x.Direction = "sideways" },
			"no network":     func(x *iclock.Terminal) { x.Networks = []string{"192.0.2.0/99"} },
		} {
			_, err := s.Update(ctx, first.ID, somebody, func(x *iclock.Terminal) error { change(x); return nil })
			require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err), name)
		}

		b.clock.Advance(time.Minute)
		require.NoError(t, s.Heard(ctx, []terminals.Sign{{TerminalID: first.ID, Address: "192.0.2.11"}}))
		drift := -3
		tell := func(told terminals.Told) {
			require.NoError(t, s.Tell(ctx, map[int64]terminals.Told{first.ID: told}))
		}
		tell(terminals.Told{Model: "X628", AttlogStamp: "99", Drift: &drift, Pushed: true})
		tell(terminals.Told{Firmware: "8.0"})
		tell(terminals.Told{})
		got, err := s.Terminal(ctx, first.ID)
		require.NoError(t, err)
		require.Equal(t, []any{"192.0.2.11", "X628", "8.0", "99", "", &drift, start.Add(time.Minute)},
			[]any{got.Address, got.Model, got.Firmware, got.AttlogStamp, got.OperlogStamp, got.DriftSeconds,
				got.LastSeen})
		require.Equal(t, start.Add(time.Minute), *got.LastPunch)

		other, err := s.Meet(ctx, "CGKK2", "192.0.2.9")
		require.NoError(t, err)
		all, err := s.All(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, []int64{other.ID, first.ID}, []int64{all[0].ID, all[1].ID}, "what waits comes first")
		mine, err := s.All(ctx, []int64{branch.ID})
		require.NoError(t, err)
		require.Len(t, mine, 1)
		require.NoError(t, s.Delete(ctx, other.ID, somebody))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(s.Delete(ctx, other.ID, somebody)))
		var actions []string
		require.NoError(t, b.Query(ctx, &actions,
			"SELECT action FROM audit_log WHERE table_name = 'terminals' ORDER BY id"))
		require.Equal(t, []string{"terminal.accepted", "terminal.asked", "terminal.deleted"}, actions)
	})
}

// However many terminals a node hears, what they tell is one statement.
func TestWhatTerminalsTellIsWrittenTogether(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, s := t.Context(), b.all.Terminals
		var signs []terminals.Sign
		told := map[int64]terminals.Told{}
		for i := range 10 {
			x, err := s.Meet(ctx, fmt.Sprint("N", i), "192.0.2.9")
			require.NoError(t, err)
			signs = append(signs, terminals.Sign{TerminalID: x.ID, Address: fmt.Sprint("192.0.2.", 10+i)})
			drift := -i
			told[x.ID] = []terminals.Told{{Model: fmt.Sprint("M", i), Pushed: true},
				{Firmware: "8.0", AttlogStamp: "9"}, {Drift: &drift, OperlogStamp: "7"}}[i%3]
		}
		b.clock.Advance(time.Minute)
		statements := b.Watch(func() {
			require.NoError(t, s.Heard(ctx, signs[1:]))
			require.NoError(t, s.Tell(ctx, told))
		})
		require.Len(t, statements, 2)
		require.NoError(t, s.Heard(ctx, nil))
		require.NoError(t, s.Tell(ctx, nil))
		for i, sign := range signs {
			x, err := s.Terminal(ctx, sign.TerminalID)
			require.NoError(t, err)
			if i == 0 {
				require.Equal(t, []any{"192.0.2.9", start}, []any{x.Address, x.LastSeen}, "it was not heard")
			} else {
				require.Equal(t, []any{sign.Address, start.Add(time.Minute)}, []any{x.Address, x.LastSeen})
			}
			want := told[x.ID]
			got := terminals.Told{Model: x.Model, Firmware: x.Firmware, AttlogStamp: x.AttlogStamp,
				OperlogStamp: x.OperlogStamp, Drift: x.DriftSeconds, Pushed: x.LastPunch != nil}
			require.Equal(t, want, got)
		}
	})
}

// Anybody can make up serials: that neither locks others out for ever nor makes anybody wait.
func TestMadeUpTerminals(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, s := t.Context(), b.all.Terminals
		met := func(serial, address string) iclock.Terminal {
			x, err := s.Meet(ctx, serial, address)
			require.NoError(t, err)
			return x
		}
		var signs []terminals.Sign
		fill := func(first int) {
			for i := first; i < terminals.MaxPending/terminals.MaxPendingOf; i++ {
				for k := range terminals.MaxPendingOf {
					address := fmt.Sprintf("2001:db8:%x::%x", i, k) // the same network has many
					signs = append(signs, terminals.Sign{Address: address,
						TerminalID: met(fmt.Sprintf("N%d-%d", i, k), address).ID})
				}
			}
		}
		for k := range terminals.MaxPendingOf {
			signs = append(signs, terminals.Sign{Address: "192.0.2.9", TerminalID: met(fmt.Sprint("N0-", k),
				"192.0.2.9").ID})
		}
		_, err := s.Meet(ctx, "ONE-MORE", "192.0.2.9")
		require.ErrorIs(t, err, terminals.ErrTooManyOf)
		fill(1)
		statements := b.Watch(func() {
			_, err = s.Meet(ctx, "ONE-MORE", "192.0.2.10")
			require.ErrorIs(t, err, terminals.ErrTooMany)
			require.NotErrorIs(t, err, terminals.ErrTooManyOf)
			met("N0-0", "192.0.2.10")
		})
		for _, statement := range statements {
			require.Contains(t, statement, "SELECT", "whoever finds no room, or is known, takes no lock")
			require.NotContains(t, statement, "reference_version")
		}

		b.clock.Advance(terminals.PendingFor + time.Second)
		silent := []int64{signs[3].TerminalID, signs[50].TerminalID}
		require.NoError(t, s.Heard(ctx, append(append(signs[:3:3], signs[4:50]...), signs[51:]...)))
		met("ONE-MORE", "192.0.2.10")
		_, err = s.Terminal(ctx, silent[0])
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err), "the longest silent one made room")
		_, err = s.Terminal(ctx, silent[1])
		require.NoError(t, err, "and no other")
		met("N0-19", "192.0.2.9")
		_, err = s.Meet(ctx, "TWO-MORE", signs[50].Address)
		require.NoError(t, err, "of its own address")
		_, err = s.Terminal(ctx, silent[1])
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		_, err = s.Meet(ctx, "THREE-MORE", "192.0.2.11")
		require.ErrorIs(t, err, terminals.ErrTooMany)
	})
}

func TestLinesInQuarantine(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, q := t.Context(), b.all.Quarantine
		terminal, err := b.all.Terminals.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		var lines []iclock.Line
		for i := range 3 {
			lines = append(lines, iclock.Line{PIN: "17", At: fmt.Sprintf("2026-11-2%d 08:00:00", i), Status: "0",
				Verify: "1", Text: fmt.Sprintf("17\t2026-11-2%d 08:00:00\t0\t1", i), Reason: iclock.ReasonUnknownPIN})
		}
		lines = append(lines, lines[0], iclock.Line{Text: "\x00\xffgarbage\x01", Reason: iclock.ReasonNotText})
		hold := func(lines ...iclock.Line) (left int) {
			left, err := q.Hold(ctx, terminal.ID, lines)
			require.NoError(t, err)
			return left
		}
		for range 2 {
			require.Zero(t, hold(lines...))
		}
		page, next, err := q.Lines(ctx, terminals.LineFilter{TerminalID: terminal.ID, Limit: 3})
		require.NoError(t, err)
		require.Len(t, page, 3)
		rest, last, err := q.Lines(ctx, terminals.LineFilter{TerminalID: terminal.ID, Limit: 3, Cursor: next})
		require.NoError(t, err)
		require.Empty(t, last)
		require.Len(t, rest, 1, "each line is there once")
		require.Equal(t, "··garbage·", rest[0].Text)
		pin := "17"
		of, _, err := q.Lines(ctx, terminals.LineFilter{TerminalID: terminal.ID, PIN: &pin})
		require.NoError(t, err)
		require.Len(t, of, 3)
		require.Equal(t, []string{"2026-11-20 08:00:00", "0", "1", "17\t2026-11-20 08:00:00\t0\t1"},
			[]string{of[0].At, of[0].Status, of[0].Verify, of[0].Text})

		require.NoError(t, q.Discard(ctx, terminal.ID, rest[0].ID, somebody))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Discard(ctx, terminal.ID, rest[0].ID, somebody)))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Discard(ctx, terminal.ID+1, of[0].ID, somebody)))
		require.Zero(t, hold(lines...))
		counts, err := q.Counts(ctx)
		require.NoError(t, err)
		require.Equal(t, map[int64]int{terminal.ID: 3}, counts, "what was discarded does not come back")
		require.NoError(t, q.Release(ctx, []int64{of[0].ID}))

		many := make([]iclock.Line, terminals.MaxHeld)
		for i := range many {
			many[i] = iclock.Line{PIN: "18", Text: fmt.Sprint("18\t", i), Reason: iclock.ReasonUnknownPIN}
		}
		for range 2 {
			require.Equal(t, 2, hold(many...), "so many wait, two of them from before")
		}
		require.Zero(t, hold(many[:100]...), "what waits is known")
		require.NoError(t, q.Release(ctx, []int64{of[1].ID}))
		require.Equal(t, 1, hold(many...))

		for n := 1; n > 0; {
			n, err = q.DeleteLines(ctx, start.Add(time.Second), 10_000)
			require.NoError(t, err)
		}
		counts, err = q.Counts(ctx)
		require.NoError(t, err)
		require.Empty(t, counts)
	})
}

func TestWhomAPINMeans(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, q := t.Context(), b.all.Quarantine
		branch, es := b.company(t, 2)
		one, two := es[0], es[1]
		terminal, err := b.all.Terminals.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		_, err = q.Hold(ctx, terminal.ID, []iclock.Line{{PIN: "17", At: "2026-11-20 08:00:00",
			Text: "17\t2026-11-20 08:00:00", Reason: iclock.ReasonUnknownPIN}})
		require.NoError(t, err)
		p := terminals.PIN{TerminalID: terminal.ID, PIN: "17", EmployeeID: one.ID}
		for range 2 {
			require.NoError(t, q.Map(ctx, p, somebody))
		}
		got, err := q.PINs(ctx, terminal.ID)
		require.NoError(t, err)
		require.Equal(t, []terminals.PIN{p}, got)
		known, err := q.Meanings(ctx, terminal.ID, []string{"17", "18"})
		require.NoError(t, err)
		require.Len(t, known, 1)
		require.Equal(t, iclock.Meaning{EmployeeID: one.ID, From: start}, known["17"][0])
		taken := p
		taken.EmployeeID = two.ID
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(q.Map(ctx, taken, somebody)))
		taken.EmployeeID = 4242
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Map(ctx, taken, somebody)))
		elsewhere := ledger.Actor{UserID: 8, BranchIDs: []int64{branch.ID + 1}}
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Map(ctx, terminals.PIN{TerminalID: terminal.ID,
			PIN: "18", EmployeeID: two.ID}, elsewhere)), "not of a branch that one looks after")
		require.NoError(t, q.Unmap(ctx, terminal.ID, "17", 0, somebody))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Unmap(ctx, terminal.ID, "17", 0, somebody)))
		got, err = q.PINs(ctx, terminal.ID)
		require.NoError(t, err)
		require.Empty(t, got)
		taken.EmployeeID = two.ID
		require.NoError(t, q.Map(ctx, taken, somebody), "it means nobody now")
		known, err = q.Meanings(ctx, terminal.ID, []string{"17"})
		require.NoError(t, err)
		require.Len(t, known["17"], 2)
		require.False(t, known["17"][0].To.IsZero())
		require.True(t, known["17"][1].To.IsZero())
	})
}

func TestCommandsToTerminals(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, c := t.Context(), b.all.Commands
		terminal, err := b.all.Terminals.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(c.Ask(ctx, 4242,
			[]terminals.NewCommand{{Kind: iclock.CommandRestart, Text: "REBOOT"}}, somebody)))
		require.NoError(t, c.Ask(ctx, terminal.ID, nil, somebody))
		require.NoError(t, c.Ask(ctx, terminal.ID, []terminals.NewCommand{{Kind: iclock.CommandInfo, Text: "INFO"},
			{Kind: iclock.CommandRestart, Text: "REBOOT"}}, somebody))
		waiting, err := c.Waiting(ctx)
		require.NoError(t, err)
		require.Equal(t, map[int64]bool{terminal.ID: true}, waiting)
		take := func() (texts []string) {
			cs, err := c.Take(ctx, terminal.ID, 10)
			require.NoError(t, err)
			for _, x := range cs {
				texts = append(texts, x.Text)
			}
			return texts
		}
		require.Equal(t, []string{"INFO", "REBOOT"}, take())
		require.Empty(t, take(), "the terminal has time to answer")
		all, _, err := c.Commands(ctx, terminal.ID, 0, "")
		require.NoError(t, err)
		require.Equal(t, "REBOOT", all[0].Text, "the newest first")
		require.NoError(t, c.Answered(ctx, terminal.ID+1, []iclock.CommandResult{{ID: all[1].ID}}))
		require.NoError(t, c.Answered(ctx, terminal.ID, []iclock.CommandResult{{ID: all[1].ID}}))
		for range 4 {
			b.clock.Advance(terminals.AnswerWithin + time.Second)
			require.Equal(t, []string{"REBOOT"}, take())
		}
		b.clock.Advance(terminals.AnswerWithin + time.Second)
		require.Empty(t, take())
		all, _, err = c.Commands(ctx, terminal.ID, 0, "")
		require.NoError(t, err)
		require.Equal(t, []any{iclock.CommandFailed, 5, iclock.CommandDone}, []any{all[0].State, all[0].Attempts,
			all[1].State})
		require.Zero(t, *all[1].Result)
		waiting, err = c.Waiting(ctx)
		require.NoError(t, err)
		require.Empty(t, waiting)
		n, err := c.DeleteCommands(ctx, start.Add(time.Second), 10)
		require.NoError(t, err)
		require.Equal(t, 2, n)
	})
}
