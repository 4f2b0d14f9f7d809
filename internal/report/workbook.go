package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// sheetRows is how many rows a sheet gets before another one continues it; Excel stops at 1,048,576.
const sheetRows = 1_000_000

// workbook is an XLSX file. excelize's stream writer keeps rows on disk, so only the current row is in memory. Texts
// are stored as inline strings, which no program reads as formulas.
type workbook struct {
	w      io.Writer
	f      *excelize.File
	stream *excelize.StreamWriter
	sheet  sheet
	names  map[string]bool // in lower case
	next   int             // row
	rows   int             // per sheet before it is continued
	styles struct{ title, head, numberHead, centreHead, text, apart, number, centre, total int }
}

func newWorkbook(w io.Writer, h Head, words *dictionary) (*workbook, error) {
	b := &workbook{w: w, f: excelize.NewFile(), names: map[string]bool{}, rows: sheetRows}
	grey := []excelize.Border{{Type: "bottom", Color: "808080", Style: 1}}
	head := func(horizontal string) *excelize.Style {
		return &excelize.Style{Font: &excelize.Font{Bold: true}, Border: grey,
			Fill:      excelize.Fill{Type: "pattern", Color: []string{"DDE7E4"}, Pattern: 1},
			Alignment: &excelize.Alignment{Horizontal: horizontal, WrapText: true, Vertical: "top"}}
	}
	for to, style := range map[*int]*excelize.Style{
		&b.styles.title:      {Font: &excelize.Font{Bold: true, Size: 14}},
		&b.styles.head:       head("left"),
		&b.styles.numberHead: head("right"),
		&b.styles.centreHead: head("center"),
		&b.styles.text:       {Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}},
		// from a number before it
		&b.styles.apart: {Alignment: &excelize.Alignment{WrapText: true, Vertical: "top", Horizontal: "left",
			Indent: 1}},
		&b.styles.number: {NumFmt: 1, Alignment: &excelize.Alignment{ShrinkToFit: true, Vertical: "top"}},
		&b.styles.centre: {
			Alignment: &excelize.Alignment{Horizontal: "center", ShrinkToFit: true, Vertical: "top"}},
		&b.styles.total: {Font: &excelize.Font{Bold: true}, NumFmt: 1,
			Alignment: &excelize.Alignment{ShrinkToFit: true},
			Border:    []excelize.Border{{Type: "top", Color: "808080", Style: 1}}},
	} {
		id, err := b.f.NewStyle(style)
		if err != nil {
			b.discard()
			return nil, fmt.Errorf("report: %w", err)
		}
		*to = id
	}
	// excelize writes the properties without the usual prefixes. Readers without support for namespaces refuse such a
	// file.
	b.f.Pkg.Store("docProps/core.xml",
		fmt.Appendf(nil, coreProperties, words.kind(h.Kind), h.Locale, h.Made.UTC().Format("2006-01-02T15:04:05Z")))
	return b, nil
}

// coreProperties is filled with a title, a language and an instant. None of them has characters that XML reserves.
const coreProperties = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
	xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
	<dc:title>%[1]s</dc:title>
	<dc:creator>Hadir</dc:creator>
	<dc:language>%[2]s</dc:language>
	<cp:lastModifiedBy>Hadir</cp:lastModifiedBy>
	<dcterms:created xsi:type="dcterms:W3CDTF">%[3]s</dcterms:created>
	<dcterms:modified xsi:type="dcterms:W3CDTF">%[3]s</dcterms:modified>
</cp:coreProperties>`

func (b *workbook) flat() bool { return false }

// sheetName makes a name that Excel accepts and that no other sheet has.
func (b *workbook) sheetName(want string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`:\/?*[]`, r) || r == '\ufffe' || r == '\uffff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(want, " "))
	name = strings.Trim(name, " '")
	if name == "" || strings.EqualFold(name, "history") { // which Excel keeps for itself
		name += "_"
	}
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = " (" + strconv.Itoa(n) + ")"
		}
		full := strings.TrimRight(cutUTF16(name, excelize.MaxSheetNameLength-len(suffix)), " '") + suffix
		if !b.names[strings.ToLower(full)] {
			b.names[strings.ToLower(full)] = true
			return full
		}
	}
}

// cutUTF16 shortens a text to a number of UTF-16 units, which is how Excel counts.
func cutUTF16(s string, most int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > most {
			return s[:i]
		}
	}
	return s
}

func (b *workbook) begin(s sheet) error {
	if err := b.flush(); err != nil {
		return err
	}
	name := b.sheetName(s.name)
	if len(b.names) == 1 {
		if err := b.f.SetSheetName(b.f.GetSheetName(0), name); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	landscape, wide := "landscape", 1
	fit, tall, paper := true, 0, 9 // A4, as many pages down as it takes
	if err := b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := b.f.SetPageLayout(name,
		&excelize.PageLayoutOptions{Orientation: &landscape, Size: &paper, FitToWidth: &wide,
			FitToHeight: &tall}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	side, edge := 0.4, 0.5 // inches
	if err := b.f.SetPageMargins(name,
		&excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &edge, Bottom: &edge}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	stream, err := b.f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	b.stream, b.sheet, b.next = stream, s, 1
	for i, c := range s.columns {
		if err := stream.SetColWidth(i+1, i+1, c.width+columnMargin); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	head := len(s.titles) + 2
	corner, err := excelize.CoordinatesToCellName(3, head+1)
	if err != nil {
		return err
	}
	if err := stream.SetPanes(
		&excelize.Panes{Freeze: true, XSplit: 2, YSplit: head, TopLeftCell: corner,
			ActivePane: "bottomRight"}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for i, t := range s.titles {
		style := 0
		if i == 0 {
			style = b.styles.title
		}
		if err := b.write([]any{excelize.Cell{StyleID: style, Value: t}}, 1); err != nil {
			return err
		}
	}
	b.next = head
	cells, lines := make([]any, len(s.columns)), 1
	for i, c := range s.columns {
		style := b.styles.head
		switch {
		case c.number:
			style = b.styles.numberHead
		case c.centre:
			style = b.styles.centreHead
		}
		cells[i] = excelize.Cell{StyleID: style, Value: c.head}
		lines = max(lines, len(wrapped(c.head, c.width, false, boldWidth)))
	}
	return b.write(cells, lines)
}

// Measures of a sheet, in widths of a digit as spreadsheets count them, and points.
const (
	columnMargin = 0.8 // that a cell keeps free
	lineHeight   = 15.0
	legendWidth  = 170
)

// textWidth estimates the width of a text, rather too wide than too narrow: a row that is too high hides nothing.
func textWidth(s string) float64 {
	width := 0.0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hangul, r) || unicode.Is(unicode.Hiragana, r) ||
			unicode.Is(unicode.Katakana, r):
			width += 2
		case unicode.IsUpper(r) || strings.ContainsRune("mw@%", r):
			width += 1.25
		case strings.ContainsRune("iljtfr .,'|", r):
			width += 0.6
		default:
			width++
		}
	}
	return width
}

func boldWidth(s string) float64 { return 1.08 * textWidth(s) }

// write adds a row that is so many lines high.
func (b *workbook) write(cells []any, lines int) error {
	at, err := excelize.CoordinatesToCellName(1, b.next)
	if err != nil {
		return err
	}
	b.next++
	var options []excelize.RowOpts
	if lines > 1 { // a row of one line is as high as the reader's font wants it
		// Excel ends at 409 points
		options = append(options, excelize.RowOpts{Height: lineHeight * float64(min(lines, 27))})
	}
	if err := b.stream.SetRow(at, cells, options...); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func (b *workbook) row(cells []any) error {
	if b.next > b.rows {
		if err := b.begin(b.sheet); err != nil {
			return err
		}
	}
	out, lines := make([]any, len(cells)), 1
	for i, c := range cells {
		column := b.sheet.columns[i]
		switch {
		case c == nil:
		case column.number:
			out[i] = excelize.Cell{StyleID: b.styles.number, Value: c}
		case column.centre:
			out[i] = excelize.Cell{StyleID: b.styles.centre, Value: c}
		default:
			style, width := b.styles.text, column.width
			if i > 0 && b.sheet.columns[i-1].number {
				style, width = b.styles.apart, width-1.2
			}
			out[i] = excelize.Cell{StyleID: style, Value: c}
			if text, ok := c.(string); ok {
				lines = max(lines, len(wrapped(text, width, false, textWidth)))
			}
		}
	}
	return b.write(out, lines)
}

func (b *workbook) total(cells []any) error {
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = excelize.Cell{StyleID: b.styles.total, Value: c}
	}
	return b.write(out, 1)
}

func (b *workbook) legend(texts []string) error {
	b.next++
	for _, text := range texts {
		// a cell of its own each: they reach over the empty ones beside
		for _, line := range wrapped(text, legendWidth, false, textWidth) {
			if err := b.write([]any{line}, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *workbook) flush() error {
	if b.stream == nil {
		return nil
	}
	if err := b.stream.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	b.stream = nil
	return nil
}

func (b *workbook) close() error {
	if err := b.flush(); err != nil {
		return err
	}
	if _, err := b.f.WriteTo(b.w); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// discard removes the temporary files of excelize.
func (b *workbook) discard() { _ = b.f.Close() }
