package company

import (
	"context"
	"net/http"
	"slices"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/words"
)

// Codes of what an example makes. They are the same in every language: by them two who ask at once make it once.
const (
	exampleBranch = "PUSAT"
	exampleShift  = "REG"
	exampleZone   = "Asia/Jakarta"
)

type exampleInput struct {
	Body struct {
		Zone string `json:"zone,omitempty" maxLength:"64" doc:"@exampleInput.zone"`
	}
}

// example is what a company begins with.
type example struct {
	Branch BranchItem `json:"branch"`
	Shift  ShiftItem  `json:"shift"`
	Made   []string   `json:"made" enum:"branch,shift" doc:"What did not exist before."`
}

func (a *api) registerExample(r *rest.Router) {
	use := rest.Op("POST /api/example", "use-example", "Make a first branch and a first shift", tagDirectory,
		http.StatusConflict)
	use.Description = "The branch where there is none in use, and the shift, 08:00 to 17:00, where there is none in " +
		"use. Asked again it makes nothing, and answers the first of each. Their names are in the caller's language."
	rest.Handle(r, use, rest.Admins, a.useExample)
}

func (a *api) useExample(ctx context.Context, in *exampleInput) (out example, err error) {
	say, by := words.In(rest.UserOf(ctx).Locale), rest.ActorOf(ctx)
	branch, made, err := first(func() ([]attendance.Branch, error) { return a.o.Store.Branches.Branches(ctx, nil) },
		func(b attendance.Branch) bool { return b.Active }, func() (attendance.Branch, error) {
			return a.o.Store.Branches.AddBranch(ctx, attendance.Branch{Code: exampleBranch,
				Name: say.Say("example.branch"), Zone: zoneOf(in.Body.Zone), Policy: attendance.PolicyRecord,
				OfflinePolicy: attendance.OfflineHours, Active: true}, by)
		})
	if err != nil {
		return out, err
	}
	out = example{Branch: branchItem(branch), Made: []string{}}
	if made {
		out.Made = append(out.Made, "branch")
	}
	shift, made, err := first(func() ([]attendance.Shift, error) { return a.o.Store.Shifts.Shifts(ctx) },
		func(s attendance.Shift) bool { return s.Active }, func() (attendance.Shift, error) {
			sh, err := (&shiftFields{Code: exampleShift, Name: say.Say("example.shift"), Start: "08:00", End: "17:00",
				BreakMinutes: 60, BreakMinimum: 30}).shift()
			if err != nil {
				return sh, err
			}
			return a.o.Store.Shifts.AddShift(ctx, sh, by)
		})
	if err != nil {
		return out, err
	}
	if made {
		out.Made = append(out.Made, "shift")
	}
	out.Shift = shiftItem(shift)
	return out, nil
}

// first returns the first of some rows that is in use, or else the one that add makes. Where somebody else was quicker
// with it, theirs counts.
func first[T any](rows func() ([]T, error), inUse func(T) bool, add func() (T, error)) (one T, made bool, err error) {
	var taken error
	for range 2 {
		all, err := rows()
		if err != nil {
			return one, false, err
		}
		if i := slices.IndexFunc(all, inUse); i >= 0 {
			return all[i], false, nil
		}
		if taken != nil {
			break
		}
		if one, taken = add(); attendance.CodeOf(taken) != attendance.CodeConflict {
			return one, taken == nil, taken
		}
	}
	return one, false, taken
}

// zoneOf is a zone of Indonesia, or else that of its capital.
func zoneOf(zone string) string {
	if slices.Contains([]string{"Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"}, zone) {
		return zone
	}
	return exampleZone
}
