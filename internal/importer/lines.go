package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxLine is the longest line that is read, in bytes. A longer one is skipped to its end without being stored.
const maxLine = 16 << 10

// line is one physical line without its end. A line with an error has at most the beginning of its text.
type line struct {
	number int64 // from 1
	text   string
	err    *lineError
}

// lineReader splits a file into lines in constant memory and checks each line by itself.
type lineReader struct {
	r      *bufio.Reader
	number int64
	bytes  int64  // consumed so far
	unread []line // handed back, first one first
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, maxLine)} }

// start removes a byte order mark and refuses files whose first bytes show another encoding than UTF-8.
func (l *lineReader) start() error {
	head, err := l.r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		n, _ := l.r.Discard(3)
		l.bytes += int64(n)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return InvalidFile("imports.file.utf16")
	case bytes.HasPrefix(head, []byte("PK\x03")):
		return InvalidFile("imports.file.workbook")
	}
	return nil
}

// next returns the next line, blank ones included, or io.EOF or the reader's error.
func (l *lineReader) next() (line, error) {
	if len(l.unread) > 0 {
		first := l.unread[0]
		l.unread = l.unread[1:]
		return first, nil
	}
	b, err := l.r.ReadSlice('\n')
	l.bytes += int64(len(b))
	if errors.Is(err, bufio.ErrBufferFull) {
		l.number++
		out := line{number: l.number, text: excerpt(string(b[:maxExcerpt])), err: &lineError{code: CodeLineTooLong}}
		return out, l.skipLine()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return line{}, err
	}
	if len(b) == 0 {
		return line{}, io.EOF
	}
	l.number++
	b = bytes.TrimSuffix(b, []byte("\n"))
	b = bytes.TrimSuffix(b, []byte("\r"))
	out := line{number: l.number, text: string(b)}
	switch {
	case bytes.IndexByte(b, 0) >= 0:
		out.err = &lineError{code: CodeNUL}
	case !utf8.Valid(b):
		out.err = &lineError{code: CodeNotUTF8}
	}
	return out, nil
}

// skipLine reads to the end of a line that does not fit.
func (l *lineReader) skipLine() error {
	for {
		b, err := l.r.ReadSlice('\n')
		l.bytes += int64(len(b))
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// unreadAll hands lines back; next returns them before anything else.
func (l *lineReader) unreadAll(lines []line) {
	l.unread = append(append(make([]line, 0, len(lines)+len(l.unread)), lines...), l.unread...)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
