package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hadir/internal/civil"
	"hadir/internal/words"
)

// maxRecordLines bounds how many lines a quoted field may span, so that a forgotten quotation mark does not swallow the
// file.
const maxRecordLines = 20

// column is a field that a table may have.
type column struct {
	name     string
	required bool
	aliases  []string // other header texts, normalised
}

// table reads CSV records under a header. Records that do not parse are returned as errors of their first line; the
// lines after it are read on their own.
type table struct {
	lines   *lineReader
	feed    feed
	csv     *csv.Reader
	comma   rune
	width   int
	index   []int    // position of each column in the record; -1 when absent
	ignored []string // headers without a meaning
}

// record is one row, cells in the order of the columns given to openTable, with the space around them removed.
type record struct {
	place
	cells []string
	err   *lineError
}

// openTable reads the header, whose delimiter (comma, semicolon or tab) becomes the file's.
func openTable(lines *lineReader, columns []column) (*table, error) {
	var header line
	for {
		l, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil, InvalidFile("imports.file.empty")
		}
		if err != nil {
			return nil, fmt.Errorf("importer: reading: %w", err)
		}
		if l.err != nil {
			return nil, fileError("file", func(lang words.Language) string {
				return lang.Say("imports.file.header", "why", l.err.in(lang))
			})
		}
		if !blank(l.text) {
			header = l
			break
		}
	}
	t := &table{lines: lines, comma: delimiter(header.text)}
	t.reset()
	names, ok := t.parse(header.text)
	if !ok {
		return nil, InvalidFile("imports.file.header_quotes")
	}
	t.width = len(names)
	err := t.match(names, columns)
	ofPunches := slices.ContainsFunc(columns, func(c column) bool { return c.name == "time" })
	if exported(names) && (err != nil || !ofPunches) {
		return nil, InvalidFile("imports.file.own_export")
	}
	return t, err
}

// exported tells a header that Hadir itself wrote: those of the history and of the lists of days begin with the date
// and name the shift, that of the month sheet has a column per date. Their numbers, names and branches would pass for
// an older state of the employees.
func exported(names []string) bool {
	first := normalise(names[0])
	if first == "date" || first == "tanggal" || first == "work_date" {
		return slices.ContainsFunc(names, func(n string) bool {
			n = normalise(n)
			return n == "shift" || n == "shift_name"
		})
	}
	dates := 0
	for _, n := range names {
		if _, rest, err := civil.Date(n); err == nil && rest == "" {
			dates++
		}
	}
	return dates > 20
}

// delimiter is the one of comma, semicolon and tab that the header has most of, outside quotation marks.
func delimiter(header string) rune {
	var commas, semicolons, tabs int
	inQuotes := false
	for _, r := range header {
		switch {
		case r == '"':
			inQuotes = !inQuotes
		case inQuotes:
		case r == ',':
			commas++
		case r == ';':
			semicolons++
		case r == '\t':
			tabs++
		}
	}
	switch {
	case semicolons > commas && semicolons >= tabs:
		return ';'
	case tabs > commas:
		return '\t'
	default:
		return ','
	}
}

// match finds the columns in the header.
func (t *table) match(names []string, columns []column) error {
	t.index = make([]int, len(columns))
	for i := range t.index {
		t.index[i] = -1
	}
	for at, name := range names {
		n := normalise(name)
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == n || slices.Contains(c.aliases, n) })
		switch {
		case i < 0:
			if n != "" {
				t.ignored = append(t.ignored, excerpt(name))
			}
		case t.index[i] >= 0:
			one, two := excerpt(names[t.index[i]]), excerpt(name)
			return InvalidFile("imports.file.two_columns", "column", columns[i].name, "one", strconv.Quote(one), "two",
				strconv.Quote(two))
		default:
			t.index[i] = at
		}
	}
	for i, c := range columns {
		if c.required && t.index[i] < 0 {
			others := strings.Join(c.aliases, ", ")
			return InvalidFile("imports.file.no_column", "column", c.name, "others", others)
		}
	}
	return nil
}

// normalise makes "Kode Cabang", "kode-cabang" and "KODE_CABANG" the same.
func normalise(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r == ' ' || r == '_' || r == '-' || r == '.' || r == '\u00a0'
	}), "_")
}

// has tells whether the header names column i.
func (t *table) has(i int) bool { return t.index[i] >= 0 }

// next returns the next record or io.EOF.
func (t *table) next() (record, error) {
	for {
		first, err := t.lines.next()
		if err != nil {
			return record{}, err
		}
		at := place{first.number, excerpt(first.text)}
		if first.err != nil {
			return record{place: at, err: first.err}, nil
		}
		if blank(first.text) {
			continue
		}
		text, more, err := t.gather(first.text)
		if err != nil {
			return record{}, err
		}
		cells, ok := t.parse(text)
		if !ok || len(more) > 0 && !t.fits(cells) {
			t.lines.unreadAll(more)
			return record{place: at, err: &lineError{code: CodeBadQuotes}}, nil
		}
		if !t.fits(cells) {
			return record{place: at,
				err: &lineError{code: CodeFieldCount, value: fmt.Sprintf("%d / %d", len(cells), t.width)}}, nil
		}
		out := record{place: at, cells: make([]string, len(t.index))}
		for i, from := range t.index {
			if from >= 0 {
				out.cells[i] = strings.TrimSpace(cells[from])
			}
		}
		return out, nil
	}
}

// fits allows empty fields past the header's width, which spreadsheets leave behind.
func (t *table) fits(cells []string) bool {
	return len(cells) >= t.width && !slices.ContainsFunc(cells[t.width:], func(c string) bool { return !blank(c) })
}

// gather adds the lines that an open quotation mark continues on. Without a closing one within the bounds, more holds
// the lines looked at and text stays as it was, which will not parse.
func (t *table) gather(text string) (joined string, more []line, err error) {
	if strings.Count(text, `"`)%2 == 0 {
		return text, nil, nil
	}
	joined = text
	for len(more) < maxRecordLines && len(joined) < maxLine {
		l, err := t.lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, err
		}
		more = append(more, l)
		if l.err != nil {
			break
		}
		joined += "\n" + l.text
		if strings.Count(l.text, `"`)%2 == 1 {
			return joined, more, nil
		}
	}
	return text, more, nil
}

// parse splits one record; false means that its quotation marks do not fit.
func (t *table) parse(text string) (cells []string, ok bool) {
	t.feed.set(text)
	cells, err := t.csv.Read()
	if err != nil || t.csv.InputOffset() != t.feed.given {
		t.reset()
		return nil, false
	}
	return cells, true
}

func (t *table) reset() {
	t.feed = feed{buffer: t.feed.buffer[:0]}
	t.csv = csv.NewReader(&t.feed)
	t.csv.Comma = t.comma
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
}

// feed gives encoding/csv one record at a time and then the end of the file, so that it never reads beyond it.
type feed struct {
	buffer []byte
	read   int   // of buffer
	given  int64 // over all records
}

func (f *feed) set(text string) {
	f.buffer = append(append(f.buffer[:0], text...), '\n')
	f.read = 0
	f.given += int64(len(f.buffer))
}

func (f *feed) Read(p []byte) (int, error) {
	n := copy(p, f.buffer[f.read:])
	if n == 0 {
		return 0, io.EOF
	}
	f.read += n
	return n, nil
}
