package lists

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// ArrivalStep is the width of the buckets of Arrivals, in minutes.
const ArrivalStep = 5

// Bounds of the buckets, in minutes from the shift's start; who comes still earlier or later is in the outermost.
const (
	arrivalsFrom = -120
	arrivalsTo   = 240
)

// Arrivals counts first check-ins by how far from their shift's start they came, in buckets of ArrivalStep minutes.
type Arrivals struct {
	Offsets []int `json:"offsets"` // minutes from the shift's start at which each bucket begins; negative before it
	Today   []int `json:"today"`   // check-ins of the branches' own today, per bucket
	// Usual is the mean of the same weekday in the weeks before, over those weeks in which anybody came; empty if none.
	Usual []float64 `json:"usual"`
}

// Arrivals counts today's arrivals of branches (nil: of all), and those of the same weekday in so many weeks before. It
// takes one query per date that is today in one of the branches.
func (s *Lists) Arrivals(ctx context.Context, branchIDs []int64, weeks int, now time.Time) (Arrivals, error) {
	out := Arrivals{Usual: []float64{}}
	for m := arrivalsFrom; m <= arrivalsTo; m += ArrivalStep {
		out.Offsets = append(out.Offsets, m)
	}
	out.Today = make([]int, len(out.Offsets))
	if company.Nobody(branchIDs) {
		return out, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return out, db.Failed("count arrivals", err)
	}
	past := make([][]int, weeks)
	for _, g := range groupByDate(ref, ref.SelectBranches(branchIDs), now) {
		dates := make([]attendance.Date, 0, weeks+1)
		for n := range weeks + 1 {
			dates = append(dates, g.date.AddDays(-7*n))
		}
		var rows []struct {
			WorkDate attendance.Date `bun:"work_date"`
			Bucket   int             `bun:"bucket"`
			N        int             `bun:"n"`
		}
		err := s.db.Read().NewSelect().TableExpr("attendances AS a").ColumnExpr("a.work_date").ColumnExpr(
			s.arrivalBucket()+" AS bucket").ColumnExpr("COUNT(*) AS n").
			Where("a.work_date IN (?)", bun.List(dates)).Where("a.branch_id IN (?)", bun.List(g.branchIDs)).
			Where("a.first_in IS NOT NULL").Where("a.shift_start IS NOT NULL").GroupExpr("a.work_date, bucket").Scan(
			ctx, &rows)
		if err != nil {
			return out, db.Failed("count arrivals", err)
		}
		for _, r := range rows {
			at := min(max(r.Bucket-arrivalsFrom/ArrivalStep, 0), len(out.Offsets)-1)
			week := int(g.date-r.WorkDate) / 7
			if week == 0 {
				out.Today[at] += r.N
				continue
			}
			if past[week-1] == nil {
				past[week-1] = make([]int, len(out.Offsets))
			}
			past[week-1][at] += r.N
		}
	}
	out.Usual = mean(past)
	return out, nil
}

// mean returns the mean of the weeks that have anything, per bucket.
func mean(weeks [][]int) []float64 {
	out, n := []float64{}, 0
	for _, w := range weeks {
		if w == nil {
			continue
		}
		n++
		if len(out) == 0 {
			out = make([]float64, len(w))
		}
		for i, v := range w {
			out[i] += float64(v)
		}
	}
	for i := range out {
		out[i] /= float64(n)
	}
	return out
}

// arrivalBucket divides the seconds from the shift's start by the bucket's width. Databases cut quotients towards zero;
// a day is added before and taken off after, so that what lies before the start is cut downwards, too.
func (s *Lists) arrivalBucket() string {
	if s.db.SQLite() {
		return "(unixepoch(a.first_in) - unixepoch(a.shift_start) + 86400) / 300 - 288"
	}
	return "(TIMESTAMPDIFF(SECOND, a.shift_start, a.first_in) + 86400) DIV 300 - 288"
}
