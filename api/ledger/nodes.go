package ledger

import (
	"context"
	"time"

	"hadir/api/rest"
	"hadir/internal/store/ledger"
)

// A node beats every few seconds. Missing a few times may be a slow database; more than that is a node that is gone.
const (
	nodeLateAfter = 12 * time.Second
	nodeGoneAfter = time.Minute
)

type node struct {
	ledger.Node
	State string `json:"state" enum:"alive,late,gone" doc:"@node.state"`
}

func (a *api) registerNodes(r *rest.Router) {
	op := rest.Op("GET /api/ops/nodes", "list-nodes", "Running processes and their last heartbeat", tagOperations)
	op.Description = "A node that ends in order leaves the list; one that vanished stays as gone for a day."
	rest.Handle(r, op, rest.Operators, func(ctx context.Context, _ *struct{}) (rest.List[node], error) {
		nodes, err := a.o.Store.Nodes.Nodes(ctx)
		now := a.o.Clock.Now()
		return rest.NewList(rest.Items(nodes, func(n ledger.Node) node {
			return node{n, nodeState(now.Sub(n.LastSeen))}
		}), "", now), err
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
