//go:build unix

package pusher

import (
	"errors"
	"syscall"
)

// attempt writes to a connection without waiting. Only one goroutine may use it at a time. It allocates nothing per
// write.
type attempt struct {
	buf []byte
	n   int
	err error
	do  func(fd uintptr) bool
}

func newAttempt() *attempt {
	a := &attempt{}
	a.do = func(fd uintptr) bool {
		for {
			a.n, a.err = syscall.Write(int(fd), a.buf)
			if !errors.Is(a.err, syscall.EINTR) {
				return true // whatever came of it: false would wait until the connection takes more
			}
		}
	}
	return a
}

// write returns how much of p the kernel took, which is less than all if its buffer is full.
func (a *attempt) write(c syscall.RawConn, p []byte) (int, error) {
	a.buf = p
	err := c.Write(a.do)
	a.buf = nil
	switch {
	case err != nil:
		return 0, err
	case a.err == nil:
		return a.n, nil
	case errors.Is(a.err, syscall.EAGAIN):
		return 0, nil
	default:
		return 0, a.err
	}
}
