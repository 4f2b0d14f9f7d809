package store_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// pages reads a list to its end and returns the rows of each page.
func pages[R any](t *testing.T, list func(cursor string) ([]R, string, error)) [][]R {
	t.Helper()
	var all [][]R
	for cursor := ""; ; {
		rows, next, err := list(cursor)
		require.NoError(t, err)
		all = append(all, rows)
		require.Less(t, len(all), 1000, "the list does not end")
		if next == "" {
			return all
		}
		require.NotEqual(t, cursor, next)
		cursor = next
	}
}

func TestEmployeePages(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, jkt, 7), b.hire(t, djj, 6)...)
		for limit := 1; limit <= 14; limit++ {
			ps := pages(t, func(c string) ([]attendance.Employee, string, error) {
				return b.Employees(ctx, store.EmployeeFilter{Limit: limit, Cursor: c})
			})
			require.Equal(t, es, slices.Concat(ps...))
			for _, p := range ps[:len(ps)-1] {
				require.Len(t, p, limit)
			}
			require.NotEmpty(t, ps[len(ps)-1], "no empty last page")
		}

		count := func(f store.EmployeeFilter) int {
			rows, _, err := b.Employees(ctx, f)
			require.NoError(t, err)
			return len(rows)
		}
		require.Equal(t, 13, count(store.EmployeeFilter{}), "nil is every branch")
		require.Equal(t, 0, count(store.EmployeeFilter{BranchIDs: []int64{}}), "empty is none")
		require.Equal(t, 6, count(store.EmployeeFilter{BranchIDs: []int64{djj.ID}}))
		require.Equal(t, 13, count(store.EmployeeFilter{BranchIDs: []int64{djj.ID, jkt.ID, 99}}))
		es[0].Status = attendance.EmployeeInactive
		b.employees(t, es[0])
		require.Equal(t, 1, count(store.EmployeeFilter{Status: attendance.EmployeeInactive}))
		require.Equal(t, 6, count(store.EmployeeFilter{Status: attendance.EmployeeActive, BranchIDs: []int64{jkt.ID}}))
	})
}

func TestForeignCursors(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.hire(t, b.branch(t, jakarta), 3)
		_, cursor, err := b.Employees(ctx, store.EmployeeFilter{Limit: 1})
		require.NoError(t, err)
		encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		for _, c := range []string{
			"x", "!", "1", cursor + "A", cursor[:len(cursor)-1] + "=", encode("2:employees:1"), encode("1:employees:x"),
			encode("1:employees:1:2"), encode("1:employees"), encode("1:today:1"),
			encode("1:employees:99999999999999999999"), encode("' OR 1=1 --"),
		} {
			_, _, err := b.Employees(ctx, store.EmployeeFilter{Cursor: c})
			require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err), "%q", c)
		}
		_, _, err = b.History(ctx, store.DayFilter{Cursor: cursor})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err), "another list's cursor")
		_, _, err = b.Today(ctx, store.DayFilter{Cursor: cursor}, start)
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err))
		_, _, err = b.DeadLetters(ctx, store.DeadLetterFilter{Limit: 1, Cursor: cursor})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err))
		_, _, err = b.Employees(ctx, store.EmployeeFilter{Cursor: "x", BranchIDs: []int64{}})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err), "whatever the scope")
	})
}

func TestEmployeeSearch(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br := b.branch(t, jakarta)
		names := []string{"Budi Santoso", "Siti Nurhaliza", "Ény Ñandú", "ŞÜKRÜ Ünal", "100% Hadir", "Under_score",
			`Back\slash`, "O'Brien",
			"王小明", "Semi; DROP TABLE employees;--", "Seru!", "Dua  Spasi"}
		for i, n := range names {
			b.employees(t, attendance.Employee{Number: fmt.Sprintf("Jkt-%04d", i), Name: n, BranchID: br.ID})
		}
		for query, want := range map[string][]int{
			"":              {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
			"  ":            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
			"budi":          {0},
			"SANTOSO":       {0},
			" nurha ":       {1},
			"ény":           {2},
			"ÑANDÚ":         {2},
			"şükrü":         {3},
			"%":             {4},
			"0%":            {4},
			"_":             {5},
			"\\":            {6},
			"'":             {7},
			"o'b":           {7},
			"小":             {8},
			"drop table":    {9},
			"' OR '1'='1":   {},
			"') OR 1=1 -- ": {},
			"!":             {10},
			"jkt-0003":      {3},
			"JKT-001":       {10, 11},
			"kt-0003":       {},
			"jkt%":          {},
			"bu%di":         {},
			"bud\x00i":      {0},
			"0001\nsiti":    {},
			"\xff\xfe":      {},
			"?":             {},
			"?0":            {},
			"dua  spasi":    {11},
		} {
			rows, _, err := b.Employees(t.Context(), store.EmployeeFilter{Query: query})
			require.NoError(t, err, "%q", query)
			got := []int{}
			for _, r := range rows {
				got = append(got, slices.Index(names, r.Name))
			}
			require.Equal(t, want, got, "%q", query)
		}
	})
}

func TestUpsertEmployees(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		e := func(number, name string) attendance.Employee {
			return attendance.Employee{Number: number, Name: name, BranchID: jkt.ID, HiredOn: ptr(monday)}
		}
		first := []attendance.Employee{e("1", "Satu"), e("2", "Dua"), e(" 3 ", "Tiga")}
		results, err := b.UpsertEmployees(ctx, first)
		require.NoError(t, err)
		require.Equal(t, []attendance.UpsertResult{attendance.Created, attendance.Created, attendance.Created}, results)
		require.Equal(t, attendance.EmployeeActive, first[0].Status)
		require.Equal(t, "3", first[2].Number)

		again := []attendance.Employee{e("4", "Empat"), e("3", "Tiga"), e("1", "Siji"), e("1", "Satu"), e("2", "Dua"),
			e("4", "Empat")}
		again[4].HiredOn, again[4].LeftOn, again[4].BranchID = ptr(monday+1), ptr(monday+30), djj.ID
		results, err = b.UpsertEmployees(ctx, again)
		require.NoError(t, err)
		require.Equal(t, []attendance.UpsertResult{attendance.Created, attendance.Unchanged, attendance.Updated,
			attendance.Updated,
			attendance.Updated, attendance.Unchanged}, results)
		require.Equal(t, first[0].ID, again[2].ID)
		require.Equal(t, again[0].ID, again[5].ID)

		found, err := b.EmployeesByNumber(ctx, []string{"1", "2", "3", "4", "5"})
		require.NoError(t, err)
		require.Len(t, found, 4)
		require.Equal(t, "Satu", found["1"].Name, "the later row of a number wins")
		require.Equal(t, again[4], found["2"], "with its dates")
		one, err := b.Employee(ctx, again[4].ID)
		require.NoError(t, err)
		require.Equal(t, again[4], one)
		_, err = b.Employee(ctx, 12345)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))

		for name, bad := range map[string]attendance.Employee{
			"no number": e("", "x"), "no name": e("9", " "), "long": e(string(make([]rune, 65)), "x"),
			"branch": {Number: "9", Name: "x", BranchID: 99},
			"status": {Number: "9", Name: "x", BranchID: jkt.ID, Status: "gone"},
		} {
			_, err := b.UpsertEmployees(ctx, []attendance.Employee{e("8", "x"), bad})
			require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err), "%s: %v", name, err)
		}
		found, err = b.EmployeesByNumber(ctx, []string{"8"})
		require.NoError(t, err)
		require.Empty(t, found, "a refused batch writes nothing")
	})
}

func TestUpsertOfThousandsAndAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br := b.branch(t, jakarta)
		other := b.another(t)
		done := make(chan error, 4)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 1 {
				s = other
			}
			es := make([]attendance.Employee, 2500)
			for j := range es {
				es[j] = attendance.Employee{Number: fmt.Sprint((j*7 + i*1000) % 2500), Name: fmt.Sprint("Nama ", i),
					BranchID: br.ID}
			}
			go func() {
				_, err := s.UpsertEmployees(t.Context(), es)
				done <- err
			}()
		}
		for range cap(done) {
			require.NoError(t, <-done)
		}
		n := 0
		for _, p := range pages(t, func(c string) ([]attendance.Employee, string, error) {
			return b.Employees(t.Context(), store.EmployeeFilter{Limit: 9999, Cursor: c})
		}) {
			require.LessOrEqual(t, len(p), 500)
			n += len(p)
		}
		require.Equal(t, 2500, n)
	})
}
