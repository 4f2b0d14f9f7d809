package dayrows

import (
	"reflect"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// A field that Says forgets would never be written again.
func TestADayThatDiffersInAnythingIsAnother(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 1, 0, 0, 1500, time.UTC) // more exact than a database keeps
	row := Row{Zone: "Asia/Jakarta", ShiftStart: &at, Status: "present", Flags: "late_out"}
	same := func() *attendance.Day {
		stored := at.Truncate(time.Microsecond)
		return &attendance.Day{Zone: "Asia/Jakarta", ShiftStart: &stored, Status: "present",
			Flags: []attendance.Flag{"late_out"}}
	}
	require.True(t, row.Says(same()))
	later := at.Add(time.Second)
	other := map[reflect.Kind]any{reflect.Int64: int64(7), reflect.Int32: int32(7), reflect.Int: 7,
		reflect.String: "other", reflect.Bool: true, reflect.Slice: []attendance.Flag{}, reflect.Pointer: &later}
	for i := range reflect.TypeFor[attendance.Day]().NumField() {
		day := same()
		field := reflect.ValueOf(day).Elem().Field(i)
		if field.Kind() == reflect.Struct {
			field.Set(reflect.ValueOf(later)) // UpdatedAt
		} else {
			field.Set(reflect.ValueOf(other[field.Kind()]).Convert(field.Type()))
		}
		name := reflect.TypeFor[attendance.Day]().Field(i).Name
		require.Equal(t, name == "Version" || name == "UpdatedAt", row.Says(day), name)
		if field.Kind() == reflect.Pointer && !field.IsNil() {
			day := same()
			reflect.ValueOf(day).Elem().Field(i).SetZero()
			require.Equal(t, name != "ShiftStart", row.Says(day), name)
		}
	}
}
