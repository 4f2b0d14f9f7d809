package pusher

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// input is a connection that only has something to read, in pieces of any size.
type input struct {
	net.Conn
	data  []byte
	piece int
}

func (i *input) Read(p []byte) (int, error) {
	if len(i.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, i.data[:min(len(i.data), max(1, i.piece))])
	i.data = i.data[n:]
	return n, nil
}

func (i *input) SetReadDeadline(time.Time) error { return nil }

// Whatever bytes come, the reader neither panics nor returns more than the limit, and what it returns does not depend
// on how the network cut the bytes.
func FuzzFrameReader(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 1, 2, 3, 4, 'h' ^ 1, 'e' ^ 2, 'l' ^ 3, 'l' ^ 4, 'o' ^ 1}, 1)
	f.Add([]byte{0x01, 0x81, 0, 0, 0, 0, 'a', 0x89, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0, 0, 0, 0, 'b', 0x88, 0x80, 0, 0, 0,
		0}, 3)
	f.Add(append([]byte{0x82, 0xFE, 0x03, 0x00, 9, 9, 9, 9}, make([]byte, 0x300)...), 100)
	f.Add([]byte{0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 2)
	f.Add([]byte{0xF1, 0x80}, 1)
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		type message struct {
			opcode  byte
			payload []byte
		}
		const limit = 1000
		read := func(piece int, early int) (out []message, err error) {
			r := newFrameReader(&input{data: data[early:], piece: piece}, data[:early], limit)
			for {
				opcode, payload, err := r.next()
				if err != nil {
					return out, err
				}
				if len(payload) > limit || opcode == opText && !utf8.Valid(payload) {
					t.Fatalf("opcode %d with %d bytes", opcode, len(payload))
				}
				out = append(out, message{opcode, bytes.Clone(payload)})
			}
		}
		whole, wholeErr := read(len(data), 0)
		cut, cutErr := read(piece, len(data)/2)
		require.Equal(t, whole, cut)
		var a, b violation
		require.Equal(t, errors.As(wholeErr, &a), errors.As(cutErr, &b))
		require.Equal(t, a, b)
	})
}
