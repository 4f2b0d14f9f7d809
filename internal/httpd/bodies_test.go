package httpd_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/httpd"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// crowded is a server with room for 2 MiB of large bodies, two of whoever the head names.
type crowded struct {
	*server
	t        *testing.T
	registry *prometheus.Registry
}

func startCrowded(t *testing.T, o httpd.Options) *crowded {
	t.Helper()
	c := &crowded{t: t, registry: prometheus.NewRegistry()}
	o.BodyLimit, o.Bodies = 1<<20, httpd.NewBodies(2<<20, c.registry)
	c.server = start(t, o, func(r fiber.Router) {
		r.Post("/", func(c *fiber.Ctx) error { return c.SendString(fmt.Sprint(len(c.Body()))) })
	})
	c.AllowBodies(func(h httpd.Head) httpd.Allowance {
		return httpd.Allowance{Limit: 1 << 20, Asker: h.Get("Asker"), Places: 2}
	})
	return c
}

// metric is the value of a gauge or counter.
func (c *crowded) metric(name string) float64 {
	c.t.Helper()
	all, err := c.registry.Gather()
	require.NoError(c.t, err)
	for _, f := range all {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	require.Fail(c.t, name)
	return 0
}

// holds waits until large bodies take so much.
func (c *crowded) holds(bytes int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return c.metric("hadir_http_bodies_bytes") == float64(bytes) }, patience,
		time.Millisecond, "%d bytes are held", bytes)
}

// begin sends a head, and a little of what it announces.
func (c *crowded) begin(asker, length string) net.Conn {
	c.t.Helper()
	conn := dial(c.t, c.server)
	_, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nAsker: %s\r\n%s\r\n\r\n", asker, length)
	require.NoError(c.t, err)
	return conn
}

func (c *crowded) answer(conn net.Conn) (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp, string(text)
}

func (c *crowded) refuses(asker, length string) {
	c.t.Helper()
	before := c.metric("hadir_http_bodies_refused_total")
	conn := c.begin(asker, length)
	if strings.HasPrefix(length, "Transfer") { // how much comes is not known, and little would be taken
		_, err := fmt.Fprintf(conn, "%x\r\n%s\r\n0\r\n\r\n", 100<<10, make([]byte, 100<<10))
		require.NoError(c.t, err)
	}
	resp, text := c.answer(conn)
	require.Equal(c.t, http.StatusServiceUnavailable, resp.StatusCode, text)
	require.Equal(c.t, "5", resp.Header.Get("Retry-After"))
	require.Contains(c.t, text, `"unavailable"`)
	require.InDelta(c.t, before+1, c.metric("hadir_http_bodies_refused_total"), 0)
}

const (
	half    = "Content-Length: 524288"
	whole   = "Content-Length: 1048576"
	chunked = "Transfer-Encoding: chunked"
)

// Nobody holds more large bodies than their places, nor all together more than there is room for.
func TestLargeBodiesHaveRoom(t *testing.T) {
	t.Parallel()
	c := startCrowded(t, httpd.Options{})
	first, second := c.begin("a", half), c.begin("a", half)
	c.holds(1 << 20)
	c.refuses("a", half)
	c.refuses("a", chunked)
	small := c.begin("a", "Content-Length: 5")
	_, err := io.WriteString(small, "hello")
	require.NoError(t, err)
	_, text := c.answer(small)
	require.Equal(t, "5", text, "what is small needs no place")

	third := c.begin("b", half)
	c.holds(3 << 19)
	c.refuses("c", whole)

	_, err = first.Write(make([]byte, 1<<19))
	require.NoError(t, err)
	_, text = c.answer(first)
	require.Equal(t, "524288", text)
	c.holds(1 << 20)
	again := c.begin("c", whole)
	c.holds(2 << 20)
	for i, conn := range []net.Conn{second, third, again} {
		require.NoError(t, conn.Close())
		c.holds([]int{3 << 19, 1 << 20, 0}[i])
	}
}

// However a request ends, its place is free again.
func TestPlacesOfLargeBodiesAreGivenBack(t *testing.T) {
	t.Parallel()
	c := startCrowded(t, httpd.Options{ReadTimeout: time.Second})
	for _, length := range []string{whole, chunked, chunked + "\r\nExpect: 100-continue"} {
		// Its sender goes, in order or not, between two chunks or within what was announced.
		for _, end := range []func(*net.TCPConn) error{(*net.TCPConn).CloseWrite, (*net.TCPConn).Close,
			func(c *net.TCPConn) error { _ = c.SetLinger(0); return c.Close() }} {
			conn := c.begin("a", length)
			c.holds(1 << 20)
			if length != whole {
				_, err := io.WriteString(conn, "5\r\nhello\r\n")
				require.NoError(t, err)
			}
			require.NoError(t, end(conn.(*net.TCPConn)))
			c.holds(0)
		}
	}
	// A head without a length has no body, and one that is sent in chunks may turn out to be empty.
	for _, length := range []string{"Length: none", chunked} {
		conn := c.begin("a", length)
		if length == chunked {
			_, err := io.WriteString(conn, "0\r\n\r\n")
			require.NoError(t, err)
		}
		_, text := c.answer(conn)
		require.Equal(t, "0", text)
		c.holds(0)
	}
	// A network that is gone sends no end. A slow line has two minutes for its megabyte, but not in silence.
	silent := c.begin("a", whole)
	c.holds(1 << 20)
	c.holds(0)
	resp, _ := c.answer(silent)
	require.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
}
