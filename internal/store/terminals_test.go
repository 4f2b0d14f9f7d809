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
		require.NoError(t, s.Tell(ctx, first.ID, terminals.Told{Model: "X628", AttlogStamp: "99", Drift: &drift,
			Pushed: true}))
		require.NoError(t, s.Tell(ctx, first.ID, terminals.Told{Firmware: "8.0"}))
		require.NoError(t, s.Tell(ctx, first.ID, terminals.Told{}))
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
		require.Equal(t, []string{"terminal.accepted", "terminal.deleted"}, actions)

		for i := range terminals.MaxPending {
			_, err := s.Meet(ctx, fmt.Sprint("NEW", i), "192.0.2.9")
			require.NoError(t, err)
		}
		_, err = s.Meet(ctx, "ONE-MORE", "192.0.2.9")
		require.ErrorIs(t, err, terminals.ErrTooMany)
		_, err = s.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err, "who is known is still met")
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
		for range 2 {
			require.NoError(t, q.Hold(ctx, terminal.ID, lines))
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
		require.NoError(t, q.Hold(ctx, terminal.ID, lines))
		counts, err := q.Counts(ctx)
		require.NoError(t, err)
		require.Equal(t, map[int64]int{terminal.ID: 3}, counts, "what was discarded does not come back")
		require.NoError(t, q.Release(ctx, []int64{of[0].ID}))

		n, err := q.DeleteLines(ctx, start.Add(time.Second), 100)
		require.NoError(t, err)
		require.Equal(t, 3, n)
	})
}

func TestWhomAPINMeans(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, q := t.Context(), b.all.Quarantine
		branch, es := b.company(t, 2)
		one, two := es[0], es[1]
		terminal, err := b.all.Terminals.Meet(ctx, "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		require.NoError(t, q.Hold(ctx, terminal.ID, []iclock.Line{{PIN: "17", At: "2026-11-20 08:00:00",
			Text: "17\t2026-11-20 08:00:00", Reason: iclock.ReasonUnknownPIN}}))
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
		require.NoError(t, q.Unmap(ctx, terminal.ID, "17", somebody))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(q.Unmap(ctx, terminal.ID, "17", somebody)))
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
