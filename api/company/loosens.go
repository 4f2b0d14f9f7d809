package company

import (
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/network"
)

// loosens tells whether a change of a branch lets people punch from where, or as late as, they could not before.
func loosens(before, after *attendance.Branch) bool {
	fenced, netted := before.Policy != attendance.PolicyRecord, before.NetworkPolicy != attendance.PolicyRecord
	others := slices.ContainsFunc(after.AlsoAt, func(id int64) bool { return !slices.Contains(before.AlsoAt, id) })
	return strictness(after.Policy) < strictness(before.Policy) ||
		fenced && (after.MaxAccuracy > before.MaxAccuracy || wider(before.Sites, after.Sites)) ||
		strictness(after.NetworkPolicy) < strictness(before.NetworkPolicy) ||
		netted && moreNetworks(before.Networks, after.Networks) ||
		(fenced || netted) && others || after.SharedDevices && !before.SharedDevices || later(before, after)
}

func strictness(p attendance.LocationPolicy) int { return slices.Index(attendance.Policies(), p) }

// wider tells whether a place is inside of some sites that was outside of others. Without any, no place is outside.
func wider(before, after []attendance.Site) bool {
	if len(before) == 0 {
		return false
	}
	known := func(s attendance.Site) bool {
		return slices.ContainsFunc(before, func(b attendance.Site) bool {
			return b.Latitude == s.Latitude && b.Longitude == s.Longitude && b.Radius >= s.Radius
		})
	}
	return len(after) == 0 || slices.ContainsFunc(after, func(s attendance.Site) bool { return !known(s) })
}

// moreNetworks is wider for networks, in whichever form they are written.
func moreNetworks(before, after []string) bool {
	if len(before) == 0 {
		return false
	}
	return len(after) == 0 || slices.ContainsFunc(after, func(text string) bool {
		p, err := network.Parse(text)
		return err == nil && !slices.Contains(before, p.String()) // what is none is refused later
	})
}

// later tells whether punches that a device kept are taken by themselves that were refused, waited, or came too late.
func later(before, after *attendance.Branch) bool {
	order := []attendance.OfflinePolicy{attendance.OfflineHours, attendance.OfflineApproval, attendance.OfflineOff}
	was, is := slices.Index(order, before.OfflinePolicy), slices.Index(order, after.OfflinePolicy)
	return is < was || is == 0 && was == 0 && after.OfflineHours > before.OfflineHours
}
