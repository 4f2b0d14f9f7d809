package bench

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// The counter that the fan-out figures rest on finds the frames however the bytes are cut.
func TestCountFindsFrames(t *testing.T) {
	t.Parallel()
	var stream []byte
	add := func(opcode byte, length int) {
		stream = append(stream, 0x80|opcode)
		switch {
		case length < 126:
			stream = append(stream, byte(length))
		case length < 1<<16:
			stream = append(stream, 126, byte(length>>8), byte(length))
		default:
			stream = append(stream, 127, 0, 0, 0, 0, byte(length>>24), byte(length>>16), byte(length>>8), byte(length))
		}
		for range length {
			stream = append(stream, 0x81) // looks like the beginning of a frame
		}
	}
	for range 3 {
		add(1, 0)
		add(1, 125)
		add(9, 4) // a ping
		add(1, 400)
		add(1, 70_000)
	}
	for _, piece := range []int{1, 2, 3, 7, 1000, 65_536, len(stream)} {
		here, there := net.Pipe()
		var frames atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			count(there, &frames)
		}()
		for at := 0; at < len(stream); at += piece {
			_, err := here.Write(stream[at:min(at+piece, len(stream))])
			require.NoError(t, err)
		}
		require.NoError(t, here.Close())
		<-done
		require.EqualValues(t, 12, frames.Load(), "in pieces of %d bytes", piece)
	}
}
