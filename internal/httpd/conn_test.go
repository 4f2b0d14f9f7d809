package httpd_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/testkit"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

const patience = testkit.Patience

// dial connects with a small buffer, so that a client that does not read is noticed soon.
func dial(t *testing.T, s *server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	require.NoError(t, c.(*net.TCPConn).SetReadBuffer(4096))
	return c.(*net.TCPConn)
}

// pieces streams so many blocks, and tells how the stream ended.
type pieces struct {
	left  int
	block []byte
	fail  error
	ended chan error
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.left == 0 {
		if p.fail != nil {
			return 0, p.fail
		}
		return 0, io.EOF
	}
	p.left--
	return copy(b, p.block), nil
}

func (p *pieces) Close() error { close(p.ended); return nil }

const briefly = 300 * time.Millisecond

// A stream takes as long as its reader needs: the time-out is for a reader that takes nothing.
func TestStreamsOutliveTheWriteTimeout(t *testing.T) {
	t.Parallel()
	const blocks = 6000
	p := &pieces{left: blocks, block: bytes.Repeat([]byte("0123456789abcdef"), 256), ended: make(chan error)}
	const patient = 10 * time.Second // a busy machine may well stand still for a moment
	s := start(t, httpd.Options{WriteTimeout: patient}, func(r fiber.Router) {
		r.Get("/stream", func(c *fiber.Ctx) error { c.Context().SetBodyStream(p, -1); return nil })
	})
	c := dial(t, s)
	require.NoError(t, c.SetReadBuffer(64<<10))
	_, err := io.WriteString(c, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	began := time.Now()
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 64<<10), nil)
	require.NoError(t, err)
	total, piece := 0, make([]byte, 1<<20)
	for {
		n, err := io.ReadAtLeast(resp.Body, piece, len(piece))
		total += n
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && total == blocks*4096 {
			break
		}
		require.NoError(t, err)
		pause := time.NewTimer(patient / 10) // a slow reader
		<-pause.C
	}
	require.Equal(t, blocks*4096, total)
	require.Greater(t, time.Since(began), 2*patient, "longer than any one write may take")
	<-p.ended
}

// Who takes nothing any more loses the connection, and what fed it ends.
func TestAReaderThatStopsIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, size := range []int{-1, 1 << 30} { // in chunks, and of a known length
		p := &pieces{left: 1 << 30, block: make([]byte, 4096), ended: make(chan error)}
		s := start(t, httpd.Options{WriteTimeout: briefly}, func(r fiber.Router) {
			r.Get("/", func(c *fiber.Ctx) error { c.Context().SetBodyStream(p, size); return nil })
		})
		c := dial(t, s)
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		select {
		case <-p.ended:
		case <-time.After(patience):
			require.Fail(t, "the stream goes on although nobody reads")
		}
	}
}

// A stream that breaks ends without its last chunk, so that nobody takes the part for the whole.
func TestAStreamThatBreaksIsSeenToBreak(t *testing.T) {
	t.Parallel()
	p := &pieces{left: 3, block: []byte("abc"), fail: errors.New("the database went away"), ended: make(chan error)}
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Get("/stream", func(c *fiber.Ctx) error { c.Context().SetBodyStream(p, -1); return nil })
	})
	resp, err := http.Get(s.url + "/stream")
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// Connections that say nothing, or half of something, or nothing any more are closed.
func TestSilentConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{ReadTimeout: briefly, IdleTimeout: briefly}, func(r fiber.Router) {
		r.Post("/", func(c *fiber.Ctx) error { return c.SendStatus(204) })
	})
	for name, said := range map[string]string{
		"nothing": "", "half a head": "GET / HTTP/1.1\r\nHost:",
		"half a body":                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
		"a request and nothing more": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, s)
			_, err := io.WriteString(c, said)
			require.NoError(t, err)
			_, err = io.ReadAll(c)
			require.NoError(t, err, "closed in order, before this side's deadline")
		})
	}
	var all []net.Conn
	for range 200 {
		all = append(all, dial(t, s))
	}
	for _, c := range all {
		_, err := io.ReadAll(c)
		require.NoError(t, err)
	}
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	t.Parallel()
	routes := func(r fiber.Router) { r.Get("/", func(c *fiber.Ctx) error { return c.SendString("ok") }) }
	s := start(t, httpd.Options{MaxPerAddress: 3}, routes)
	speak := func(c net.Conn) (int, error) {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return 0, err
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	var held []net.Conn
	for range 3 {
		c := dial(t, s)
		status, err := speak(c)
		require.NoError(t, err)
		require.Equal(t, 200, status)
		held = append(held, c)
	}
	resp, err := http.ReadResponse(bufio.NewReader(dial(t, s)), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
	require.NoError(t, resp.Body.Close())
	require.Contains(t, s.log.String(), "connections refused")
	require.NoError(t, held[0].Close())
	require.Eventually(t, func() bool {
		c := dial(t, s)
		defer c.Close()
		status, err := speak(c)
		return err == nil && status == 200
	}, patience, 10*time.Millisecond, "there is room again")

	proxied := start(t, httpd.Options{MaxPerAddress: 1, TrustedProxies: []string{"127.0.0.0/8"}}, routes)
	for range 5 {
		status, err := speak(dial(t, proxied))
		require.NoError(t, err)
		require.Equal(t, 200, status, "a proxy brings everybody's")
	}
}

// Before anybody is known only a little is read; a rule may say who may send more.
func TestBodiesOfStrangersAreSmall(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{BodyLimit: 1 << 20}, func(r fiber.Router) {
		r.Post("/*", func(c *fiber.Ctx) error { return c.SendString(strconv.Itoa(len(c.Body()))) })
	})
	s.AllowBodies(func(h httpd.Head) httpd.Allowance {
		path, query, _ := strings.Cut(h.Target(), "?")
		switch {
		case path != "/upload" || h.Method() != http.MethodPost:
			return httpd.Allowance{}
		case h.Get("Authorization") == "Bearer good" && h.Cookie("c") == "1" && query == "q=1":
			return httpd.Allowance{Limit: 1 << 20}
		case h.Get("Authorization") == "Bearer later":
			return httpd.Allowance{Refused: attendance.CodeUnavailable}
		}
		return httpd.Allowance{Refused: account.CodeUnauthenticated}
	})
	for i, x := range []struct {
		path, token string
		size        int
		status      int
	}{
		{"/open", "", 64 << 10, 200}, {"/open", "", 64<<10 + 1, 413}, {"/open", "good", 1 << 20, 413},
		{"/upload?q=1", "good", 1 << 20, 200}, {"/upload?q=1", "good", 1<<20 + 1, 413},
		{"/upload", "good", 1 << 20, 401},
		{"/upload?q=1", "bad", 1 << 20, 401}, {"/upload?q=1", "bad", 1 << 10, 200},
		{"/upload?q=1", "later", 1 << 20, 503},
		{"/upload?q=1", "bad", 10 << 20, 413},
	} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = bytes.NewReader(make([]byte, x.size))
			if chunked {
				body = io.MultiReader(body) // of a length that nobody knows
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+x.path, body)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+x.token)
			req.Header.Set("Cookie", "c=1")
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err, "%d %v", i, chunked)
			answer, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			want := x.status
			if chunked && want > 400 {
				want = 413 // how much was to come is not known
			}
			require.Equal(t, want, resp.StatusCode, "%d %v %s", i, chunked, answer)
			if want >= 400 {
				require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			} else {
				require.Equal(t, strconv.Itoa(x.size), string(answer))
			}
		}
	}
}

// A body that was refused for now, and would be taken a moment later, was not too large.
func TestABodyThatWasRefusedForNow(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{BodyLimit: 1 << 20}, func(fiber.Router) {})
	var asked atomic.Int32
	s.AllowBodies(func(httpd.Head) httpd.Allowance {
		if asked.Add(1) == 1 {
			return httpd.Allowance{Refused: attendance.CodeUnavailable}
		}
		return httpd.Allowance{Limit: 1 << 20}
	})
	c := dial(t, s)
	_, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 1<<20)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)
}

// A large body of somebody known has the time that it takes on a slow line.
func TestASlowUploadArrives(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{BodyLimit: 1 << 20, ReadTimeout: briefly}, func(r fiber.Router) {
		r.Post("/", func(c *fiber.Ctx) error { return c.SendString(strconv.Itoa(len(c.Body()))) })
	})
	s.AllowBodies(func(httpd.Head) httpd.Allowance { return httpd.Allowance{Limit: 1 << 20} })
	c := dial(t, s)
	_, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 1<<20)
	require.NoError(t, err)
	for range 16 {
		pause := time.NewTimer(briefly / 8)
		<-pause.C
		_, err := c.Write(make([]byte, 64<<10))
		require.NoError(t, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
}

// Nothing that is compressed is unpacked, however it is named.
func TestEncodedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Post("/", func(c *fiber.Ctx) error { return c.SendString(strconv.Itoa(len(c.Body()))) })
	})
	testkit.RefusesEncodedBodies(t, s.url+"/")
	for _, coding := range []string{"", "identity", "Identity"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader("hello"))
		require.NoError(t, err)
		req.Header.Set("Content-Encoding", coding)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, "200 5", fmt.Sprint(resp.StatusCode, " ", string(answer)), coding)
	}
}
