package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	maxPart    = 16 << 20  // bytes of a workbook's small parts
	maxStrings = 256 << 20 // bytes of its shared texts, the one part that is kept in memory
	maxSheet   = 8 << 30   // bytes of its sheet
	expansion  = 50        // how many times a limited file may grow when it is unpacked
)

// workbook is the parts of an XLSX file that its cells refer to.
type workbook struct {
	parts   map[string]*zip.File
	strings *sharedStrings
	styles  []look // by the number that a cell's style attribute has
	from    epoch
}

// damagedWorkbook is what a workbook that is no whole XLSX file is refused with.
func damagedWorkbook(cause error) error {
	if f, ok := errors.AsType[*Fault](cause); ok {
		return f
	}
	return &Fault{Key: "import.file.damaged_workbook"}
}

// openWorkbook returns the rows of the first sheet that a person who opens the
// file sees.
func openWorkbook(file io.ReaderAt, size int64, options Options) (source, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, damagedWorkbook(err)
	}
	w := &workbook{parts: map[string]*zip.File{}}
	for _, part := range archive.File {
		w.parts[strings.TrimPrefix(path.Clean(part.Name), "/")] = part
	}
	sheet, err := w.open()
	if err != nil {
		return nil, damagedWorkbook(err)
	}
	limit := int64(maxSheet)
	if options.MaxBytes > 0 {
		limit = min(limit, options.MaxBytes*expansion)
	}
	if int64(sheet.UncompressedSize64) > limit {
		return nil, &Fault{Key: "import.file.too_large", Args: []any{"limit", megabytes(limit)}}
	}
	rows, err := newSheetRows(w, sheet, limit)
	if err != nil {
		return nil, damagedWorkbook(err)
	}
	return rows, nil
}

// open reads everything that the cells refer to and finds the sheet.
func (w *workbook) open() (*zip.File, error) {
	main, err := w.related("", "officeDocument")
	if err != nil {
		return nil, err
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			State string     `xml:"state,attr"`
			ID    []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.read(main[0].target, &book); err != nil {
		return nil, err
	}
	if book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true" {
		w.from = from1904
	}
	if err := w.readStyles(main[0].target); err != nil {
		return nil, err
	}
	if err := w.readStrings(main[0].target); err != nil {
		return nil, err
	}
	sheets, err := w.related(main[0].target, "worksheet")
	if err != nil {
		return nil, err
	}
	for _, s := range book.Sheets {
		if s.State == "hidden" || s.State == "veryHidden" {
			continue
		}
		for _, attribute := range s.ID {
			if attribute.Name.Local != "id" {
				continue
			}
			for _, r := range sheets {
				if r.id == attribute.Value && w.parts[r.target] != nil {
					return w.parts[r.target], nil
				}
			}
		}
	}
	return nil, fmt.Errorf("table: no sheet of cells")
}

// relation is how one part of the file names another.
type relation struct{ id, target string }

// related returns the parts of a kind that a part refers to, at least one. The
// kind is the end of the relation's type, since its beginning differs between
// the two editions of the format.
func (w *workbook) related(part, kind string) ([]relation, error) {
	var list struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	folder := path.Dir(part)
	if err := w.read(path.Join(folder, "_rels", path.Base("/"+part)+".rels"), &list); err != nil {
		return nil, err
	}
	var found []relation
	for _, r := range list.Relations {
		if !strings.HasSuffix(r.Type, "/"+kind) {
			continue
		}
		target := path.Join(folder, r.Target)
		if strings.HasPrefix(r.Target, "/") {
			target = path.Clean(r.Target)[1:]
		}
		found = append(found, relation{r.ID, target})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %s of %s", errNoPart, kind, part)
	}
	return found, nil
}

var errNoPart = errors.New("table: a part is not there")

// read decodes one of the small parts.
func (w *workbook) read(name string, into any) error {
	part := w.parts[name]
	if part == nil {
		return fmt.Errorf("%w: %s", errNoPart, name)
	}
	if part.UncompressedSize64 > maxPart {
		return fmt.Errorf("table: %s is too large", name)
	}
	content, err := part.Open()
	if err != nil {
		return err
	}
	decoder := xml.NewDecoder(&budget{r: content, left: maxPart})
	return errors.Join(decoder.Decode(into), content.Close())
}

// readStrings reads the texts that cells share. A workbook of numbers has none.
func (w *workbook) readStrings(main string) error {
	found, err := w.related(main, "sharedStrings")
	if errors.Is(err, errNoPart) {
		w.strings = &sharedStrings{}
		return nil
	}
	if err != nil {
		return err
	}
	part := w.parts[found[0].target]
	if part == nil {
		return fmt.Errorf("%w: %s", errNoPart, found[0].target)
	}
	content, err := part.Open()
	if err != nil {
		return err
	}
	w.strings, err = readSharedStrings(&budget{r: content, left: maxStrings})
	return errors.Join(err, content.Close())
}
