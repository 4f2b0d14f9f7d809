package api

import (
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/webhook"
)

// Two people may have the same thing open. Whoever gives back the version that was read is told with 409 and the code
// stale when it is no longer the present one; whoever gives none overwrites. The types are exported because huma
// flattens embedded structs only so.

// BranchItem is a branch with the version of what it says.
type BranchItem struct {
	attendance.Branch
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

// ShiftItem is a shift with the version of what it says.
type ShiftItem struct {
	attendance.Shift
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

// WebhookItem is a webhook with the version of what it says.
type WebhookItem struct {
	webhook.Endpoint
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

// UserItem is a user with the version of what an administrator may change.
type UserItem struct {
	store.UserEntry
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

func branchItem(b attendance.Branch) BranchItem  { return BranchItem{b, store.Version(b)} }
func shiftItem(s attendance.Shift) ShiftItem     { return ShiftItem{s, store.Version(s)} }
func webhookItem(e webhook.Endpoint) WebhookItem { return WebhookItem{e, store.Version(e)} }
func userItem(u store.UserEntry) UserItem        { return UserItem{u, store.Version(u.User)} }

func items[T, I any](rows []T, item func(T) I) []I {
	out := make([]I, len(rows))
	for i, r := range rows {
		out[i] = item(r)
	}
	return out
}
