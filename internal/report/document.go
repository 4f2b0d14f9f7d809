package report

import (
	"fmt"
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
	padding   = 2.1    // of a cell, both sides
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
}

func newDocument(w io.Writer, h Head, words *dictionary) (*document, error) {
	d := &document{w: w, f: fpdf.New("L", "mm", "A4", ""), words: words}
	d.f.AddUTF8FontFromBytes(family, "", goregular.TTF)
	d.f.AddUTF8FontFromBytes(family, "B", gobold.TTF)
	d.f.SetMargins(margin, margin, margin)
	d.f.SetAutoPageBreak(false, 0)
	d.f.SetTitle(words.kinds[h.Kind], true)
	d.f.SetCreator("Hadir", true)
	d.f.SetLang(h.Locale)
	d.f.SetCatalogSort(true) // one report, one file, byte for byte
	d.f.SetCreationDate(h.Made.UTC())
	d.f.SetModificationDate(h.Made.UTC())
	d.f.SetFooterFunc(func() {
		d.f.SetFont(family, "", 7)
		d.f.SetTextColor(90, 90, 90)
		d.f.SetXY(margin, -margin-1)
		d.f.CellFormat(0, 4, fmt.Sprintf(words.page, d.f.PageNo()), "", 0, "R", false, 0, "")
	})
	return d, d.f.Error()
}

func (d *document) flat() bool { return false }

func (d *document) begin(s sheet) error {
	d.sheet = s
	sum := 0.0
	for _, c := range s.columns {
		sum += c.width
	}
	page, _ := d.f.GetPageSize()
	wide := page - 2*margin
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

// heads writes the columns' names on as many lines as the longest needs, at most three.
func (d *document) heads() {
	lines, most := make([][]string, len(d.sheet.columns)), 1
	for i, c := range d.sheet.columns {
		for _, word := range strings.Fields(printable(c.head)) {
			n := len(lines[i])
			if n > 0 && d.f.GetStringWidth(lines[i][n-1]+" "+word) <= d.widths[i]-padding {
				lines[i][n-1] += " " + word
			} else if n < 3 {
				lines[i] = append(lines[i], word)
			} else {
				lines[i][2] += " " + word
			}
		}
		most = max(most, len(lines[i]))
	}
	for l := range most {
		border := "LR"
		if l == 0 {
			border += "T"
		}
		if l == most-1 {
			border += "B"
		}
		for i, c := range d.sheet.columns {
			text := ""
			if l < len(lines[i]) {
				text = lines[i][l]
			}
			d.f.CellFormat(d.widths[i], d.height, d.fit(text, d.widths[i]), border, 0, align(c), true, 0, "")
		}
		d.f.Ln(-1)
	}
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

// room begins another page when this one is full.
func (d *document) room() {
	_, high := d.f.GetPageSize()
	if d.f.GetY()+d.height > high-margin-footer {
		bold := d.bold
		d.page(false)
		d.font(bold)
	}
}

func (d *document) row(cells []any) error {
	if d.rows++; d.rows > documentRows {
		return ErrTooLong
	}
	d.room()
	d.f.SetFillColor(244, 247, 246)
	for i, c := range cells {
		text, shrunk := "", false
		switch c := c.(type) {
		case string:
			text = d.fit(printable(c), d.widths[i])
		case int: // a number that is cut is a wrong number: it is written smaller instead
			text = strconv.Itoa(c)
			if wide := d.f.GetStringWidth(text); wide > d.widths[i]-padding {
				shrunk = true
				d.f.SetFontSize(d.size * (d.widths[i] - padding) / wide)
			}
		}
		d.f.CellFormat(d.widths[i], d.height, text, "1", 0, align(d.sheet.columns[i]), d.striped, 0, "")
		if shrunk {
			d.f.SetFontSize(d.size)
		}
	}
	d.f.Ln(-1)
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

func (d *document) legend(text string) error {
	d.room()
	d.f.Ln(1)
	d.f.SetFont(family, "", 7)
	d.f.MultiCell(0, 3.6, printable(text), "", "L", false)
	d.font(false)
	return d.f.Error()
}

// fit shortens a text to a column's width.
func (d *document) fit(s string, width float64) string {
	if s == "" || d.f.GetStringWidth(s) <= width-padding {
		return s
	}
	runes := []rune(s)
	if len(runes) <= 3 {
		return s // a sign or a small number: nothing is gained
	}
	for len(runes) > 1 && d.f.GetStringWidth(string(runes)+"…") > width-padding {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
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

func (d *document) close() error { return d.f.Output(d.w) }

func (d *document) discard() {}
