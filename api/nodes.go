package api

import (
	"context"
	"net/http"
	"time"

	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

// A node beats every few seconds. Missing a few times may be a slow database; more than that is a node that is gone.
const (
	nodeLateAfter = 12 * time.Second
	nodeGoneAfter = time.Minute
)

type node struct {
	store.Node
	State string `json:"state" enum:"alive,late,gone" doc:"late: not seen for 12 s; gone: not seen for a minute, without having ended in order."`
}

func (a *API) registerNodes(h huma.API) {
	op := private(http.MethodGet, "/api/ops/nodes", "list-nodes", "Running processes and their last heartbeat",
		tagOperations)
	op.Description = "A node that ends in order leaves the list; one that vanished stays as gone for a day."
	huma.Register(h, op, func(ctx context.Context, _ *struct{}) (*answer[list[node]], error) {
		if u := callerOf(ctx).user; !u.SeesOperations() {
			return nil, a.fail(ctx, forbidden())
		}
		nodes, err := a.o.Store.Nodes(ctx)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		now, out := a.o.Clock.Now(), make([]node, len(nodes))
		for i, n := range nodes {
			out[i] = node{n, nodeState(now.Sub(n.LastSeen))}
		}
		return newList(a, out, ""), nil
	})
}

func nodeState(unseen time.Duration) string {
	switch {
	case unseen >= nodeGoneAfter:
		return "gone"
	case unseen >= nodeLateAfter:
		return "late"
	}
	return "alive"
}
