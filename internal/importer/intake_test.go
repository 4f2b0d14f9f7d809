package importer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/iclock"
	"hadir/internal/importer"

	"github.com/stretchr/testify/require"
)

// one is a company of one person, whose recorder waits to be told.
type one struct {
	importer.Employees
	underWay, recorded atomic.Int64
	goOn               chan struct{}
}

func (o *one) EmployeesByNumber(context.Context, []string) (map[string]attendance.Employee, error) {
	return map[string]attendance.Employee{"1": {ID: 1, Number: "1"}}, nil
}

func (o *one) RecordBatch(_ context.Context, ps []attendance.NewPunch) ([]attendance.RecordResult, error) {
	o.underWay.Add(int64(len(ps)))
	<-o.goOn
	o.underWay.Add(-int64(len(ps)))
	o.recorded.Add(int64(len(ps)))
	return make([]attendance.RecordResult, len(ps)), nil
}

// nothing is an empty quarantine.
type nothing struct{ importer.Quarantine }

func (nothing) Meanings(context.Context, int64, []string) (map[string][]iclock.Meaning, error) {
	return nil, nil
}

func (nothing) Discarded(context.Context, int64, []string) (map[string]bool, error) { return nil, nil }

// What people punch now stands in the same queue, of some thousands.
func TestWhatTerminalsHaveUnderWayIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &one{goOn: make(chan struct{})}
		intake := importer.NewIntake(importer.Store{Employees: o, Recorder: o}, nothing{}, clock.NewManual(noon))
		terminal := &iclock.Terminal{ID: 1, Serial: "CGKK1", ZoneNow: "Asia/Jakarta", Direction: iclock.ByOrder}
		push := func(lines int) {
			some := make([]importer.Pushed, lines)
			for i := range some {
				some[i].Record = iclock.Record{PIN: "1", Status: "0",
					At: time.Date(2026, 11, 23, 6, 0, i, 0, time.UTC)}
			}
			go func() { _, _ = intake.Take(t.Context(), terminal, some) }()
		}
		for range 20 {
			push(600)
		}
		synctest.Wait()
		require.LessOrEqual(t, o.underWay.Load(), int64(256))
		before := o.underWay.Load()
		push(1)
		synctest.Wait()
		require.Equal(t, before+1, o.underWay.Load(), "what is punched now waits for no log")
		close(o.goOn)
		synctest.Wait()
		require.Equal(t, int64(20*600+1), o.recorded.Load())
	})
}
