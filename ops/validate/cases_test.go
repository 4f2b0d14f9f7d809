//go:build validate

package validate_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Functional cases 1 and 2: sign in with a password, check in, check out, and read the status.
func TestSignInCheckInCheckOut(t *testing.T) {
	d := deployed(t)
	var session struct {
		Token string `json:"token"`
		User  struct {
			EmployeeID int64 `json:"employee_id"`
		} `json:"user"`
	}
	_, err := d.call(http.MethodPost, d.base+"/api/login", "",
		map[string]string{"login": "JKT-0001", "password": "hadir-demo"}, &session)
	require.NoError(t, err)
	status, err := d.call(http.MethodPost, d.base+"/api/login", "",
		map[string]string{"login": "JKT-0001", "password": "salah"}, nil)
	require.Error(t, err)
	require.Equal(t, http.StatusUnauthorized, status)
	var in, out punched
	_, err = d.call(http.MethodPost, d.base+"/api/attendances/check-in", session.Token, map[string]any{}, &in,
		"Idempotency-Key: "+unique("case", 1))
	require.NoError(t, err)
	_, err = d.call(http.MethodPost, d.base+"/api/attendances/check-out", session.Token,
		map[string]any{"confirm": true}, &out,
		"Idempotency-Key: "+unique("case", 2))
	require.NoError(t, err)
	require.Equal(t, session.User.EmployeeID, out.Day.EmployeeID)
	var day struct {
		Day struct {
			Status  string `json:"status"`
			Version int64  `json:"version"`
		} `json:"day"`
		Why []map[string]any `json:"why"`
	}
	d.get(fmt.Sprintf("/api/attendances/%d/%s", out.Day.EmployeeID, out.Day.WorkDate), &day)
	require.Equal(t, out.Day.Status, day.Day.Status)
	require.NotEmpty(t, day.Why)
	t.Logf("checked in and out; the day is %s, for %d reasons", day.Day.Status, len(day.Why))
}

// Functional case 3: the same key at every node is one punch; with another body it is refused; within 60 s it is a
// repeat.
func TestDuplicateAndRetry(t *testing.T) {
	d := deployed(t)
	key := unique("same", 0)
	var ids []int64
	for n, id := range d.containers("api") {
		out, status, err := d.punch("http://"+d.address(id)+":8080", "in", 60, key)
		require.NoError(t, err)
		if n == 0 {
			require.Equal(t, http.StatusCreated, status)
		} else {
			require.Equal(t, http.StatusOK, status, "node %d", n+1)
		}
		ids = append(ids, out.Punch.ID)
	}
	require.Equal(t, []int64{ids[0], ids[0], ids[0], ids[0]}, ids)
	require.Equal(t, "1", d.sql(fmt.Sprintf("SELECT COUNT(*) FROM punches WHERE idempotency_key = '%s'", key)))
	status, err := d.call(http.MethodPost, d.base+"/api/attendances/check-in", d.staff[60],
		map[string]any{"note": "lain"}, nil, "Idempotency-Key: "+key)
	require.Error(t, err)
	require.Equal(t, http.StatusConflict, status)
	t.Log("one key at four nodes: one punch")
}

// Functional case 6: a task whose table is away fails, is repeated, dies, waits for an operator, and runs well when it
// is sent again.
func TestFailureToReplay(t *testing.T) {
	d := deployed(t)
	letters := func(state string) (out []struct {
		ID       int64  `json:"id"`
		Kind     string `json:"kind"`
		Attempts int    `json:"attempts"`
		Error    string `json:"error"`
	}) {
		var page struct {
			Items any `json:"items"`
		}
		page.Items = &out
		d.get("/api/ops/dead-letters?state="+state, &page)
		return out
	}
	known := len(letters("open"))
	d.sql("RENAME TABLE holidays TO holidays_away")
	away := true
	back := func() {
		if away {
			away = false
			d.sql("RENAME TABLE holidays_away TO holidays")
		}
	}
	defer back()
	// Every node keeps what it knows of holidays until their version changes.
	d.sql("UPDATE reference_version SET version = version + 1")
	d.sql(`INSERT INTO outbox (kind, payload, trace, created_at)
		VALUES ('summary:refresh', '{"v":1,"b":1}', '', UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE)`)
	d.eventually(90*time.Second, "the task dies after its retries", func() bool { return len(letters("open")) > known })
	letter := letters("open")[0]
	require.Equal(t, "summary:refresh", letter.Kind)
	require.Greater(t, letter.Attempts, 1, "it was repeated before it died")
	t.Logf("dead after %d attempts: %.120s", letter.Attempts, letter.Error)
	back()
	_, err := d.call(http.MethodPost, fmt.Sprintf("%s/api/ops/dead-letters/%d/retry", d.base, letter.ID), d.admin, nil,
		nil)
	require.NoError(t, err)
	d.eventually(30*time.Second, "its outbox row is gone: the task ended well", func() bool {
		return d.sql("SELECT COUNT(*) FROM outbox WHERE kind = 'summary:refresh'") == "0"
	})
	require.Len(t, letters("open"), known)
}

// Functional case 7: every branch's dates that are over are recapped in order, and one is counted again when a
// correction is approved.
func TestDailyRecap(t *testing.T) {
	d := deployed(t)
	type recap struct {
		BranchID  int64          `json:"branch_id"`
		WorkDate  string         `json:"work_date"`
		Headcount int            `json:"headcount"`
		Counts    map[string]int `json:"counts"`
		Version   int64          `json:"input_version"`
	}
	recaps := func() (all []recap) {
		var page struct {
			Items []recap `json:"items"`
		}
		d.get("/api/recaps?limit=100", &page)
		return page.Items
	}
	// A scheduler asks every minute; the demo company came after the last time.
	d.eventually(2*time.Minute, "every branch is recapped", func() bool {
		seen := map[int64]bool{}
		for _, r := range recaps() {
			seen[r.BranchID] = true
		}
		return len(seen) == 3
	})
	branches := map[int64]string{}
	var latest recap
	for _, r := range recaps() {
		sum := 0
		for _, n := range r.Counts {
			sum += n
		}
		require.Equal(t, r.Headcount, sum, "%d %s", r.BranchID, r.WorkDate)
		if r.WorkDate > branches[r.BranchID] {
			branches[r.BranchID] = r.WorkDate
		}
		if r.BranchID == 1 && r.WorkDate > latest.WorkDate {
			latest = r
		}
	}
	require.Len(t, branches, 3, "%v", branches)

	var day struct {
		Items []struct {
			EmployeeID int64  `json:"employee_id"`
			Status     string `json:"status"`
		} `json:"items"`
	}
	d.get(fmt.Sprintf("/api/attendances?branch=1&from=%s&to=%s&status=present&limit=1", latest.WorkDate,
		latest.WorkDate), &day)
	if len(day.Items) == 0 {
		d.get(fmt.Sprintf("/api/attendances?branch=1&from=%s&to=%s&limit=1", latest.WorkDate, latest.WorkDate), &day)
	}
	require.NotEmpty(t, day.Items)
	var request struct {
		ID int64 `json:"id"`
	}
	var status int
	var err error
	for _, hour := range []string{"12:00", "02:00"} { // one of them counts for the date, whatever the shift
		if status, err = d.call(http.MethodPost, d.base+"/api/corrections", d.admin,
			map[string]any{"employee_id": day.Items[0].EmployeeID, "work_date": latest.WorkDate, "direction": "out",
				"time": hour, "next_day": hour == "02:00", "reason": "validasi"}, &request); err == nil {
			break
		}
	}
	require.NoError(t, err, status)
	_, err = d.call(http.MethodPost, fmt.Sprintf("%s/api/corrections/%d/approve", d.base, request.ID), d.admin, nil,
		nil)
	require.NoError(t, err)
	d.eventually(2*time.Minute, "the recap is counted again", func() bool {
		for _, r := range recaps() {
			if r.BranchID == latest.BranchID && r.WorkDate == latest.WorkDate {
				return r.Version > latest.Version
			}
		}
		return false
	})
	t.Logf("recaps of %d branches up to %v; %s was counted again after a correction", len(branches), branches,
		latest.WorkDate)
	schedule := d.compose("exec", "-T", "scheduler", "/hadir", "queue", "schedule")
	require.Contains(t, schedule, "recap:tick")
	require.NotContains(t, schedule, "no scheduler in")
	require.True(t, strings.Contains(schedule, "NEXT RECAP OF"))
}
