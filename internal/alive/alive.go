// Package alive asks a node of this machine how it is, for containers, whose image has neither shell nor curl. It has
// few imports: a container is asked for as long as it runs, by a program of its own (ops/probe).
package alive

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// DefaultAddr is where a role serves its metrics, and with them its health, where no setting says.
const DefaultAddr = ":9100"

// within is how long a node has for its answer. Where the machine has too much to do, it takes longer than usual, and a
// new container in its place would make it worse.
const within = 8 * time.Second

// URL returns the address to ask a node that listens at addr on this machine.
func URL(addr, path string) (string, error) {
	_, port, err := net.SplitHostPort(addr)
	return "http://" + net.JoinHostPort("127.0.0.1", port) + path, err
}

// Ask returns what a node says of itself. Any status but 200, and no answer in 8 s, is an error.
func Ask(ctx context.Context, url string) (says []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Timeout: within}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	says, _ = io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s: %s", url, resp.Status, says)
	}
	return says, nil
}
