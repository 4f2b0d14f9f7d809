package pusher

import (
	"encoding/binary"
	"fmt"
	"net"
	"unicode/utf8"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	finalBit    = 0x80
	reservedBit = 0x70
	maskBit     = 0x80
	maxControl  = 125 // bytes of payload in a control frame
)

// Close codes of RFC 6455, section 7.4.1. Those of the Pusher protocol are in protocol.go.
const (
	closeNormal      = 1000
	closeProtocol    = 1002
	closeUnsupported = 1003
	closeNoStatus    = 1005 // never sent: says that the close frame carried none
	closeBadText     = 1007
	closeTooBig      = 1009
)

// violation is input that ends the connection.
type violation struct {
	code   int
	reason string
}

func (v violation) Error() string { return fmt.Sprintf("%s (close code %d)", v.reason, v.code) }

// appendHeader appends the header of an unfragmented, unmasked frame of n bytes.
func appendHeader(dst []byte, opcode byte, n int) []byte {
	dst = append(dst, finalBit|opcode)
	switch {
	case n <= maxControl:
		return append(dst, byte(n))
	case n <= 0xFFFF:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
}

func appendText[S string | []byte](dst []byte, text S) []byte {
	return append(appendHeader(dst, opText, len(text)), text...)
}

func appendClose(dst []byte, code int, reason string) []byte {
	if len(reason) > maxControl-2 {
		reason = reason[:maxControl-2]
	}
	dst = appendHeader(dst, opClose, 2+len(reason))
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, reason...)
}

// readBuffer is what a silent connection keeps, in bytes: enough for a subscription in one piece.
const readBuffer = 512

// frameReader reads what a client sends, as RFC 6455 section 5 has it: masked, possibly fragmented, with control frames
// in between. Lengths are checked before anything is allocated.
type frameReader struct {
	conn    net.Conn
	limit   int // bytes of one message
	buf     []byte
	r, w    int
	message []byte // of the fragmented message so far
	opcode  byte   // of the fragmented message; 0 for none
}

// newFrameReader reads early before it reads from conn: what arrived together with the handshake.
func newFrameReader(conn net.Conn, early []byte, limit int) frameReader {
	buf := make([]byte, max(readBuffer, len(early)))
	return frameReader{conn: conn, limit: limit, buf: buf, w: copy(buf, early)}
}

// next returns the next message or control frame. The payload is valid until the next call.
func (f *frameReader) next() (opcode byte, payload []byte, err error) {
	for {
		final, opcode, payload, err := f.frame()
		if err != nil {
			return 0, nil, err
		}
		switch {
		case opcode >= opClose:
			return opcode, payload, nil
		case opcode == opContinuation:
			f.message = append(f.message, payload...)
			if !final {
				continue
			}
			opcode, payload = f.opcode, f.message
			f.opcode, f.message = 0, nil
		case !final:
			f.opcode, f.message = opcode, append([]byte(nil), payload...)
			continue
		}
		if opcode == opText && !utf8.Valid(payload) {
			return 0, nil, violation{closeBadText, "text is not UTF-8"}
		}
		return opcode, payload, nil
	}
}

func (f *frameReader) frame() (final bool, opcode byte, payload []byte, err error) {
	head, err := f.need(2)
	if err != nil {
		return false, 0, nil, err
	}
	first, second := head[0], head[1]
	f.r += 2
	final, opcode = first&finalBit != 0, first&0x0F
	size := uint64(second &^ maskBit)
	switch {
	case first&reservedBit != 0:
		return false, 0, nil, violation{closeProtocol, "reserved bits are set"}
	case second&maskBit == 0:
		return false, 0, nil, violation{closeProtocol, "the frame is not masked"}
	case opcode > opPong || opcode > opBinary && opcode < opClose:
		return false, 0, nil, violation{closeProtocol, "unknown opcode"}
	case opcode >= opClose && (!final || size > maxControl):
		return false, 0, nil, violation{closeProtocol, "malformed control frame"}
	case opcode == opContinuation && f.opcode == 0:
		return false, 0, nil, violation{closeProtocol, "nothing to continue"}
	case (opcode == opText || opcode == opBinary) && f.opcode != 0:
		return false, 0, nil, violation{closeProtocol, "the message before is not complete"}
	}
	switch size {
	case 126:
		if head, err = f.need(2); err != nil {
			return false, 0, nil, err
		}
		size = uint64(binary.BigEndian.Uint16(head))
		f.r += 2
	case 127:
		if head, err = f.need(8); err != nil {
			return false, 0, nil, err
		}
		size = binary.BigEndian.Uint64(head)
		f.r += 8
	}
	if opcode < opClose && size > uint64(f.limit-len(f.message)) {
		return false, 0, nil, violation{closeTooBig, "the message is too big"}
	}
	if head, err = f.need(4); err != nil {
		return false, 0, nil, err
	}
	mask := [4]byte(head)
	f.r += 4
	payload, err = f.payload(int(size))
	if err != nil {
		return false, 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
	return final, opcode, payload, nil
}

// payload takes n bytes, in place if the buffer can hold them.
func (f *frameReader) payload(n int) ([]byte, error) {
	if n <= len(f.buf) {
		p, err := f.need(n)
		f.r += len(p)
		return p, err
	}
	p := make([]byte, n)
	have := copy(p, f.buf[f.r:f.w])
	f.r, f.w = 0, 0
	for have < n {
		m, err := f.conn.Read(p[have:])
		have += m
		if err != nil && have < n {
			return nil, err
		}
	}
	return p, nil
}

// need returns the next n bytes without taking them; n is at most the size of the buffer.
func (f *frameReader) need(n int) ([]byte, error) {
	if f.r == f.w {
		f.r, f.w = 0, 0
	}
	if f.w-f.r < n && f.r+n > len(f.buf) {
		f.w = copy(f.buf, f.buf[f.r:f.w])
		f.r = 0
	}
	for f.w-f.r < n {
		m, err := f.conn.Read(f.buf[f.w:])
		f.w += m
		if err != nil && f.w-f.r < n {
			return nil, err
		}
	}
	return f.buf[f.r : f.r+n], nil
}

// parseClose returns the code and the reason in a close frame.
func parseClose(payload []byte) (code int, err error) {
	switch {
	case len(payload) == 0:
		return closeNoStatus, nil
	case len(payload) == 1:
		return 0, violation{closeProtocol, "malformed close frame"}
	}
	code = int(binary.BigEndian.Uint16(payload))
	switch {
	case code < 1000 || code > 4999, code >= 1004 && code <= 1006, code > 1014 && code < 3000:
		return 0, violation{closeProtocol, "invalid close code"}
	case !utf8.Valid(payload[2:]):
		return 0, violation{closeBadText, "the close reason is not UTF-8"}
	}
	return code, nil
}
