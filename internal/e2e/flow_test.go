package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/realtime"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// A check-in and a check-out posted to one api node reach a screen on each pusher, once, and a replay reaches none
// again.
func TestACheckInReachesScreensOnEveryNode(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 3)
	people := s.people(es)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	first := s.watch(t, s.admin.token, realtime.BranchChannel(s.branch.ID), 0)
	second := s.watch(t, s.admin.token, realtime.ChannelCompany, 1)
	own := s.watch(t, people[0].token, realtime.EmployeeChannel(es[0].ID), 1)
	for _, sc := range []*screen{first, second, own} {
		require.NoError(t, sc.wait(ctx, func() bool { return sc.live }))
	}

	now := time.Now()
	came := now.Add(-2 * time.Minute).UTC().Format(time.RFC3339)
	post := func(api, direction, idempotency string) (int, punched) {
		var out punched
		var body any
		if direction == "check-in" { // a while ago: nobody comes and goes within a minute
			body = map[string]any{"occurred_at": came, "contact": contact(t, people[0].user, now.Add(-time.Hour))}
		}
		header := map[string]string{"Idempotency-Key": idempotency}
		status, err := call(ctx, http.MethodPost, api+"/api/attendances/"+direction, people[0].token, header, body,
			&out)
		require.NoError(t, err)
		return status, out
	}
	status, in := post(s.apis[0], "check-in", "first-key")
	require.Equal(t, http.StatusCreated, status)
	k := key{es[0].ID, in.Day.WorkDate}
	for _, sc := range []*screen{first, second, own} {
		require.NoError(t, sc.wait(ctx,
			func() bool { return sc.days[k].Version == in.Day.Version && sc.days[k].FirstIn != nil }))
	}

	status, replay := post(s.apis[1], "check-in", "first-key")
	require.Equal(t, http.StatusOK, status, "the other node knows the key")
	require.Equal(t, in, replay)

	status, out := post(s.apis[1], "check-out", "second-key")
	require.Equal(t, http.StatusCreated, status)
	require.Greater(t, out.Day.Version, in.Day.Version)
	for _, sc := range []*screen{first, second, own} {
		require.NoError(t, sc.wait(ctx, func() bool { return sc.days[k].LastOut != nil }))
		sc.mu.Lock()
		require.Equal(t, 2, sc.about[k], "one frame a change, none for the replay")
		sc.mu.Unlock()
	}
	day := func() attendance.Entry {
		rows, err := s.today(ctx, s.apis[0], s.admin.token)
		require.NoError(t, err)
		for _, r := range rows {
			if r.EmployeeID == es[0].ID {
				return r
			}
		}
		return attendance.Entry{}
	}()
	require.Equal(t, 2, day.PunchCount)
	require.NotNil(t, day.LastOut)
}

// An employee's token opens neither the branch's channel nor somebody else's.
func TestChannelsOfOthersStayClosed(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2)
	people := s.people(es)
	for _, channel := range []string{
		realtime.BranchChannel(s.branch.ID), realtime.ChannelCompany, realtime.ChannelDashboard, realtime.ChannelOps,
		realtime.EmployeeChannel(es[1].ID), "private-branch.0", "private-anything", "private-employee.",
		"private-employee.01",
	} {
		status, err := call(t.Context(), http.MethodPost, s.apis[0]+"/broadcasting/auth", people[0].token, nil,
			map[string]string{"socket_id": "1.1", "channel_name": channel}, nil)
		require.Error(t, err, channel)
		require.Equal(t, http.StatusForbidden, status, channel)
	}
}

// Roles refuse a database whose schema is not theirs and say what to do.
func TestARoleRefusesAStaleSchema(t *testing.T) {
	t.Parallel()
	s, _ := newStack(t, 1)
	out, err := s.command("migrate", "down").CombinedOutput()
	require.NoError(t, err, string(out))
	cmd := s.command("worker")
	cmd.Env = append([]string{"HADIR_METRICS_ADDR=127.0.0.1:0"}, s.env...)
	out, err = cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "hadir migrate up")
}

// Case 51: whatever takes a right away, or ends a session, ends the sockets that lived by it, on every node; they come
// back only to what they still may hear. A signature that was kept on a socket of nobody opens nothing.
func TestARevokedRightEndsItsSockets(t *testing.T) {
	t.Parallel()
	s, _ := newStack(t, 1)
	other, err := s.store.Branches.AddBranch(
		t.Context(),
		attendance.Branch{Code: "LAIN", Name: "Lain", Zone: "Asia/Jakarta",
			Policy: attendance.PolicyRecord, Active: true},
		ledger.Actor{},
	)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	for name, revoke := range map[string]func(u person) (method, path, token string, body any){
		"signing out": func(u person) (string, string, string, any) { return "POST", "/api/logout", u.token, nil },
		"disabling": func(u person) (string, string, string, any) {
			return "PATCH", fmt.Sprintf("/api/users/%d", u.user.ID), s.admin.token, map[string]any{"disabled": true}
		},
		"another role": func(u person) (string, string, string, any) {
			return "PATCH", fmt.Sprintf("/api/users/%d", u.user.ID), s.admin.token,
				map[string]any{"role": "ops", "branch_ids": []int64{}}
		},
		"another scope": func(u person) (string, string, string, any) {
			return "PATCH", fmt.Sprintf("/api/users/%d", u.user.ID), s.admin.token,
				map[string]any{"branch_ids": []int64{other.ID}}
		},
		"a new password": func(u person) (string, string, string, any) {
			return "POST", fmt.Sprintf("/api/users/%d/password", u.user.ID), s.admin.token, map[string]any{}
		},
	} {
		u := s.signIn(account.User{Login: strings.ReplaceAll(name, " ", "-"), Name: name, Role: account.RoleBranchAdmin,
			BranchIDs: []int64{s.branch.ID}})
		screens := []*screen{
			s.watch(t, u.token, realtime.BranchChannel(s.branch.ID), 0),
			s.watch(t, u.token, realtime.BranchChannel(s.branch.ID), 1),
		}
		for _, sc := range screens {
			require.NoError(t, sc.wait(ctx, func() bool { return sc.live }), name)
		}
		kept := []func() string{s.hoard(t, u.token, realtime.BranchChannel(s.branch.ID), 0),
			s.hoard(t, u.token, realtime.BranchChannel(s.branch.ID), 1)}
		method, path, token, body := revoke(u)
		status, err := call(ctx, method, s.apis[0]+path, token, nil, body, nil)
		require.NoError(t, err, "%s: %d", name, status)
		for _, sc := range screens {
			require.NoError(t, sc.wait(ctx, func() bool { return !sc.live && sc.lost != nil && refused(sc.lost) }),
				name)
		}
		for _, use := range kept {
			require.Equal(t, "pusher:subscription_error", use(), name)
		}
	}
}

// refused tells whether an api node said that the channel is closed to the caller.
func refused(err error) bool {
	return strings.Contains(err.Error(), "403") || strings.Contains(err.Error(), "401")
}
