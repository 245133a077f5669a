package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/file"
)

// Words are what an export says to its reader, in their language.
type Words struct {
	Readme  func(of Merchant, at time.Time) []byte
	Heading func(c *Column) string                                    // of a column in CSV
	Line    func(l *deduction.ListedLine) (check, explanation string) // how a line of the bill came out, and why
}

// Merchant is whose export it is.
type Merchant struct {
	ID   int64
	Ref  string
	Name string
}

// Pack is what the manifest calls an export.
const Pack = "merchant_data"

// ReadmeName is the file that says what the others are.
const ReadmeName = "README.txt"

// writer writes one export.
type writer struct {
	ctx      context.Context
	d        *db.DB
	files    file.Store
	merchant Merchant
	words    Words
	out      *evidence.Archive
	known    colleagues
	kept     []keptFile
	alive    func() error // says that it goes on; an error: it must not
}

// keptFile is a file that belongs to the merchant.
type keptFile struct{ id, kind, mime string }

func newWriter(ctx context.Context, x *Exports, of Merchant, words Words, to io.Writer, at time.Time, alive func() error) *writer {
	return &writer{ctx: ctx, d: x.d, files: x.files, merchant: of, words: words, out: evidence.NewArchive(to, at), alive: alive}
}

// write writes all that is kept about the merchant, every table as it is at one
// moment, and returns the hash of the manifest.
func (w *writer) write(at time.Time) (manifest string, err error) {
	head, _, err := audit.ReadHead(w.ctx, w.d)
	if err != nil {
		return "", err
	}
	if err := w.out.Add(evidence.Text(ReadmeName, w.words.Readme(w.merchant, at))); err != nil {
		return "", err
	}
	b := db.NewBatch()
	w.addColleagues(b)
	for i := range Tables {
		w.addTable(b, &Tables[i], Tables[i].File(), newJSON)
		w.addTable(b, &Tables[i], Tables[i].Sheet(), newCSV)
	}
	if err := w.d.Read(w.ctx, b); err != nil {
		return "", err
	}
	if err := w.writeFiles(); err != nil {
		return "", err
	}
	return w.out.Finish(evidence.Manifest{Pack: Pack, Format: 1, About: &evidence.About{
		Kind: Pack, Subject: w.merchant.Ref, Merchant: w.merchant.Ref, At: at.UTC(), AuditHead: head.String(),
	}})
}

// addColleagues has the batch read whose numbers and addresses are not masked.
func (w *writer) addColleagues(b *db.Batch) {
	w.known = colleagues{}
	b.Add(`
		select u.phone, u.email from users u join memberships m on m.user_id = u.id where m.merchant_id = $1 and m.ended_at is null
		union all select phone, email from merchants where id = $1`, []any{w.merchant.ID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var phone, mail db.Text
			err := rows.Scan(&phone, &mail)
			w.known[string(phone)], w.known[string(mail)] = true, true
			return err
		})
	})
}

// addTable has the batch write a table into a file.
func (w *writer) addTable(b *db.Batch, t *Table, name string, format func(io.Writer) sheet) {
	cells, into := make([]cell, len(t.Columns)), make([]any, len(t.Columns))
	for i := range cells {
		cells[i] = cell{kind: t.Columns[i].kind, known: w.known}
	}
	if t.query == "" {
		deduction.AddWhole(b, w.merchant.ID, func(lines iter.Seq2[*deduction.ListedLine, error]) error {
			return w.file(t, name, format, func(out sheet) error {
				for l, err := range lines {
					if err != nil {
						return err
					}
					w.fill(cells, l)
					if err := out.row(t, cells); err != nil {
						return err
					}
				}
				return nil
			})
		})
		return
	}
	b.Add(t.query, []any{w.merchant.ID}, func(rows db.Rows) error {
		return w.file(t, name, format, func(out sheet) error {
			return db.Each(rows, func() error {
				for i := range cells {
					into[i] = cells[i].into() // each time: SQLite's rows put others into their places
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				if t.Name == filesTable && name == t.File() {
					w.kept = append(w.kept, keptFile{string(cells[0].text), string(cells[1].text), string(cells[4].text)})
				}
				return out.row(t, cells)
			})
		})
	})
}

// file writes a file of a table.
func (w *writer) file(t *Table, name string, format func(io.Writer) sheet, rows func(out sheet) error) error {
	if err := w.alive(); err != nil {
		return err
	}
	return w.out.Add(evidence.File{Name: name, Write: func(to io.Writer) error {
		buffer := bufio.NewWriterSize(to, 64<<10)
		out := format(buffer)
		if err := out.begin(t, &w.words); err != nil {
			return err
		}
		if err := rows(out); err != nil {
			return err
		}
		if err := out.end(); err != nil {
			return err
		}
		return buffer.Flush()
	}})
}

// fill puts a line of the bill into the cells of the deductions, in their order.
func (w *writer) fill(cells []cell, l *deduction.ListedLine) {
	check, explanation := w.words.Line(l)
	v := &l.Verdict
	texts := func(at int, s string) { cells[at].text = db.Text(s) }
	texts(0, l.ID)
	texts(1, string(l.Kind))
	texts(2, string(l.Item))
	cells[3].on, cells[4].at = l.On, db.At(l.At)
	texts(5, l.Terminal.SN)
	texts(6, l.Terminal.Alias)
	texts(7, l.Terminal.Shop)
	cells[8].setNumber(int64(l.Amount))
	cells[9].setNumber(int64(l.Refunded))
	cells[10].setNumber(int64(v.Expected))
	cells[11].n = nil
	if v.Cycle.Index > 0 {
		cells[11].setNumber(int64(v.Cycle.Index))
	}
	cells[12].on, cells[13].on = v.Cycle.From, v.Cycle.To
	cells[14].n = (*int64)(l.Sale)
	cells[15].n = l.SaleCount
	texts(16, string(l.State))
	texts(17, l.Origin)
	texts(18, l.SettlementRef)
	texts(19, l.OrderRef)
	cells[20].n = nil
	if v.Version > 0 {
		cells[20].setNumber(int64(v.Version))
	}
	texts(21, string(v.Decision))
	texts(22, v.Reasons.String())
	texts(23, check)
	texts(24, explanation)
}

// writeFiles writes the files that belong to the merchant. One that is not there
// any more is left out.
func (w *writer) writeFiles() error {
	for _, k := range w.kept {
		if err := w.alive(); err != nil {
			return err
		}
		content, err := w.content(k)
		if errors.Is(err, file.ErrNotFound) || db.NotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("export: the file %s: %w", k.id, err)
		}
		if err := w.out.Add(evidence.Text("files/"+k.id+endings[k.mime], content)); err != nil {
			return err
		}
	}
	return nil
}

var endings = map[string]string{file.JPEG: ".jpg", file.PNG: ".png", file.PDF: ".pdf"}

// content returns what is in a file.
func (w *writer) content(k keptFile) (content []byte, err error) {
	if k.kind != ofNumberRequest {
		return w.files.Get(w.ctx, k.id)
	}
	err = w.d.QueryRow(w.ctx, `
		select f.content from phone_change_files f join phone_changes x on x.id = f.phone_change_id where f.id = $1 and x.merchant_id = $2`,
		k.id, w.merchant.ID).Scan(&content)
	return content, err
}
