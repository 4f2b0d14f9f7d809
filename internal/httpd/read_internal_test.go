package httpd

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted is a connection that brings all that was sent at once, as the kernel does.
type counted struct {
	net.Conn
	sent  *strings.Reader
	calls int
}

func (c *counted) Read(p []byte) (int, error) {
	c.calls++
	return c.sent.Read(p)
}

// fasthttp waits for the first byte of a request alone and then reads the rest.
func TestARequestIsReadByOneCall(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 2, 400, firstRead, firstRead + 1, 3 * firstRead} {
		request := strings.Repeat("x", length)
		below := &counted{sent: strings.NewReader(request)}
		c := &conn{Conn: below}
		first := make([]byte, 1)
		n, err := c.Read(first)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		rest := make([]byte, 16<<10)
		n, err = c.Read(rest)
		if length == 1 {
			require.ErrorIs(t, err, io.EOF)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, 1, below.calls, "%d bytes", length)
		more, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, request, string(first)+string(rest[:n])+string(more), "%d bytes", length)
	}
}
