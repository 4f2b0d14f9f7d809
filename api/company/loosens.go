package company

import (
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/network"
)

// loosens tells whether a change of a branch, one of all, lets people punch from where, or as late as, they could not
// before: its own, and those of the branches that its places count for, too.
func loosens(before, after *attendance.Branch, all []attendance.Branch) bool {
	with := func(changed *attendance.Branch) []attendance.Branch {
		bs := slices.Clone(all)
		for i := range bs {
			if bs[i].ID == changed.ID {
				bs[i] = *changed
			}
		}
		return bs
	}
	was, is := with(before), with(after)
	for i := range all {
		b, a := &was[i], &is[i]
		concerned := b.ID == before.ID || slices.Contains(b.AlsoAt, before.ID)
		if concerned && looser(b, a, reachOf(b, was), reachOf(a, is)) {
			return true
		}
	}
	return false
}

// reach is where the people of a branch may punch.
type reach struct {
	sites    []attendance.Site
	networks []string
}

// reachOf is what a branch has itself and what it has from others that are in use (see attendance.Branch.Borrow).
func reachOf(b *attendance.Branch, all []attendance.Branch) reach {
	r := reach{slices.Clone(b.Sites), slices.Clone(b.Networks)}
	for i := range all {
		if o := &all[i]; o.ID != b.ID && o.Active && slices.Contains(b.AlsoAt, o.ID) {
			r.sites, r.networks = append(r.sites, o.Sites...), append(r.networks, o.Networks...)
		}
	}
	return r
}

func looser(before, after *attendance.Branch, was, is reach) bool {
	fenced, netted := before.Policy != attendance.PolicyRecord, before.NetworkPolicy != attendance.PolicyRecord
	return strictness(after.Policy) < strictness(before.Policy) ||
		fenced && (after.MaxAccuracy > before.MaxAccuracy || wider(was.sites, is.sites)) ||
		strictness(after.NetworkPolicy) < strictness(before.NetworkPolicy) ||
		netted && moreNetworks(was.networks, is.networks) ||
		after.SharedDevices && !before.SharedDevices || later(before, after)
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
