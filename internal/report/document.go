package report

import (
	"io"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// documentRows bounds a PDF, whose pages stay in memory until the end and which nobody reads to page 2,000.
const documentRows = 50_000

// Measures of a page, in millimetres.
const (
	margin    = 9.0
	footer    = 6.0
	padding   = 1.4    // of a cell, both sides
	tight     = 0.5    // of a cell with signs
	textScale = 0.3528 // a point
)

const family = "go"

// document is a PDF file: the Go fonts know Latin, Greek and Cyrillic script; other signs show as boxes.
type document struct {
	w       io.Writer
	f       *fpdf.Fpdf
	words   *dictionary
	sheet   sheet
	widths  []float64
	size    float64 // of the text, in points
	height  float64 // of a row
	rows    int
	bold    bool
	striped bool
	top     float64 // where the page's table begins; 0 when its frame is drawn
}

func newDocument(w io.Writer, h Head, words *dictionary) (*document, error) {
	d := &document{w: w, f: fpdf.New("L", "mm", "A4", ""), words: words}
	d.f.AddUTF8FontFromBytes(family, "", goregular.TTF)
	d.f.AddUTF8FontFromBytes(family, "B", gobold.TTF)
	d.f.SetMargins(margin, margin, margin)
	d.f.SetCellMargin(padding / 2)
	d.f.SetAutoPageBreak(false, 0)
	d.f.SetTitle(words.kind(h.Kind), true)
	d.f.SetCreator("Hadir", true)
	d.f.SetLang(h.Locale)
	d.f.SetCatalogSort(true) // one report, one file, byte for byte
	d.f.SetCreationDate(h.Made.UTC())
	d.f.SetModificationDate(h.Made.UTC())
	d.f.SetFooterFunc(func() {
		d.f.SetFont(family, "", 7)
		d.f.SetTextColor(90, 90, 90)
		d.f.SetXY(margin, -margin-1)
		d.f.CellFormat(0, 4, words.say("reports.page", "n", strconv.Itoa(d.f.PageNo())), "", 0, "R", false, 0, "")
	})
	return d, d.f.Error()
}

func (d *document) flat() bool { return false }

func (d *document) begin(s sheet) error {
	d.frame()
	d.sheet = s
	sum, wide := 0.0, d.wide()
	for _, c := range s.columns {
		sum += c.width
	}
	d.widths = make([]float64, len(s.columns))
	for i, c := range s.columns {
		d.widths[i] = c.width / sum * wide
	}
	// A character takes about half of the text's size.
	d.size = min(max(wide/sum/textScale*1.55, 5), 8.5)
	d.height = d.size * textScale * 1.75
	d.page(true)
	return d.f.Error()
}

// page begins a page with the sheet's titles, in full on the sheet's first, and its columns.
func (d *document) page(first bool) {
	d.frame()
	d.f.AddPage()
	d.f.SetTextColor(0, 0, 0)
	for i, t := range d.sheet.titles {
		if !first && i != 1 {
			continue
		}
		size, style, height := 8.5, "", 4.4
		if i == 0 {
			size, style, height = 14, "B", 7
		}
		d.f.SetFont(family, style, size)
		d.f.CellFormat(0, height, printable(t), "", 1, "L", false, 0, "")
	}
	d.f.Ln(1.5)
	d.top = d.f.GetY()
	d.font(true)
	d.f.SetFillColor(221, 231, 228)
	d.heads()
	d.font(false)
	d.striped = false
}

func (d *document) font(bold bool) {
	style := ""
	if bold {
		style = "B"
	}
	d.bold = bold
	d.f.SetFont(family, style, d.size)
}

// heads writes the columns' names on as many lines as the longest needs.
func (d *document) heads() {
	lines := make([][]string, len(d.sheet.columns))
	for i, c := range d.sheet.columns {
		lines[i] = wrapped(c.head, d.room(i), true, d.f.GetStringWidth)
	}
	d.write(lines, true)
}

// room is how wide a text in a column may be, in millimetres.
func (d *document) room(column int) float64 {
	if d.sheet.columns[column].centre {
		return d.widths[column] - tight
	}
	return d.widths[column] - padding
}

// write draws a row of cells, each of some lines, and the rule above it, which what fills the row would else cover. A
// line that is too wide is written smaller.
func (d *document) write(cells [][]string, fill bool) {
	most := 1
	for _, lines := range cells {
		most = max(most, len(lines))
	}
	y, wide := d.f.GetY(), d.wide()
	bottom := y + float64(most)*d.height
	if fill {
		d.f.Rect(margin, y, wide, bottom-y, "F")
	}
	d.f.Line(margin, y, margin+wide, y)
	x := margin
	for i, lines := range cells {
		for l, text := range lines {
			d.f.SetXY(x, y+float64(l)*d.height)
			d.line(i, text)
		}
		x += d.widths[i]
	}
	d.f.SetXY(margin, bottom)
}

// line writes one line of a cell.
func (d *document) line(column int, text string) {
	if text == "" {
		return
	}
	wide, room := d.f.GetStringWidth(text), d.room(column)
	if wide > room {
		d.f.SetFontSize(d.size * room / wide)
	}
	d.f.CellFormat(d.widths[column], d.height, text, "", 0, align(d.sheet.columns[column]), false, 0, "")
	if wide > room {
		d.f.SetFontSize(d.size)
	}
}

// frame draws what is the same for all rows of the page's table, once it has all of them: the rule below them and those
// between the columns. Drawn cell by cell, frames would be most of the file.
func (d *document) frame() {
	if d.top == 0 {
		return
	}
	bottom := d.f.GetY()
	d.f.Line(margin, bottom, margin+d.wide(), bottom)
	x := margin
	d.f.Line(x, d.top, x, bottom)
	for _, w := range d.widths {
		x += w
		d.f.Line(x, d.top, x, bottom)
	}
	d.top = 0
}

// wide is how wide a table is, in millimetres: as wide as the page has room.
func (d *document) wide() float64 {
	page, _ := d.f.GetPageSize()
	return page - 2*margin
}

func align(c column) string {
	switch {
	case c.number:
		return "R"
	case c.centre:
		return "C"
	}
	return "L"
}

// need begins another page when this one has too little left, in millimetres.
func (d *document) need(height float64) {
	_, high := d.f.GetPageSize()
	if d.f.GetY()+height > high-margin-footer {
		bold := d.bold
		d.page(false)
		d.font(bold)
	}
}

func (d *document) row(cells []any) error {
	if d.rows++; d.rows > documentRows {
		return ErrTooLong
	}
	lines, most := make([][]string, len(cells)), 1
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			lines[i] = wrapped(printable(c), d.room(i), false, d.f.GetStringWidth)
		case int:
			lines[i] = []string{strconv.Itoa(c)}
		}
		most = max(most, len(lines[i]))
	}
	d.need(float64(most) * d.height)
	d.f.SetFillColor(244, 247, 246)
	d.write(lines, d.striped)
	d.striped = !d.striped
	return d.f.Error()
}

func (d *document) total(cells []any) error {
	d.striped = false
	d.font(true)
	err := d.row(cells)
	d.font(false)
	return err
}

func (d *document) legend(texts []string) error {
	const size, high = 7, 3.6
	d.f.SetFont(family, "", size)
	var lines []string
	for _, text := range texts {
		lines = append(lines, wrapped(printable(text), d.wide()-padding, false, d.f.GetStringWidth)...)
	}
	d.need(1 + high*float64(len(lines)))
	d.frame()
	d.f.SetFont(family, "", size) // a new page changed it
	d.f.Ln(1)
	for _, line := range lines {
		d.f.CellFormat(0, high, line, "", 1, "L", false, 0, "")
	}
	d.font(false)
	return d.f.Error()
}

// printable leaves out what has no place on a line, and what the font's tables cannot hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case r > 0xffff:
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func (d *document) close() error {
	d.frame()
	return d.f.Output(d.w)
}

func (d *document) discard() {}
