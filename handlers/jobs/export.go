package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

// ofExports are the jobs of exports that come up by themselves. Others of the kind
// may wait or run: what a process has left that was killed is taken up soon.
func ofExports(o Options) []*river.PeriodicJob {
	if o.Exports == nil {
		return nil
	}
	return []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(time.Minute),
		func() (river.JobArgs, *river.InsertOpts) { return export.MakeArgs{}, &river.InsertOpts{MaxAttempts: 1} },
		&river.PeriodicJobOpts{RunOnStart: true})}
}

// makeExports makes the files that merchants asked for of their data, and removes
// those whose time is over.
type makeExports struct {
	river.WorkerDefaults[export.MakeArgs]
	Options
}

// Timeout is long: a merchant may have millions of lines.
func (*makeExports) Timeout(*river.Job[export.MakeArgs]) time.Duration { return time.Hour }

// Work makes one after another until none is left.
func (w *makeExports) Work(ctx context.Context, _ *river.Job[export.MakeArgs]) error {
	if w.Exports == nil {
		return nil
	}
	removed, err := w.Exports.RemoveOld(ctx)
	made, errs := 0, []error{err}
	for ctx.Err() == nil {
		some, err := w.Exports.MakeNext(ctx, w.exportWords)
		errs = append(errs, err)
		if !some || err != nil {
			break
		}
		made++
	}
	if made+removed > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "exports of merchants' data were tended", slog.Int("made", made), slog.Int("removed", removed))
	}
	return errors.Join(errs...)
}

// exportWords are what an export says in a language.
func (w *makeExports) exportWords(locale string) export.Words {
	p := i18n.For(i18n.Locale(locale))
	plans := &disclosure.Plans{}
	if w.Plans != nil {
		plans = w.Plans()
	}
	return export.Words{
		Readme:  func(of export.Merchant, at time.Time) []byte { return exportReadme(p, of, at) },
		Heading: func(c *export.Column) string { return p.T(exportColumns[c.Name]) },
		Line: func(l *deduction.ListedLine) (check, explanation string) {
			return exportLine(p, l, plans.ByID(l.PlanID))
		},
	}
}

// exportLine writes how a line of the bill came out: in a word, and in the words
// of lists with everything that is wrong.
func exportLine(p *i18n.Printer, l *deduction.ListedLine, plan *disclosure.Plan) (check, explanation string) {
	of := explain.Line{
		Kind: explain.Kind(l.Kind), Verdict: l.Verdict, Amount: l.Amount, Refunded: l.Refunded, Sale: l.Sale, SaleCount: l.SaleCount, State: l.State,
	}
	if plan != nil {
		if v := plan.Fee.Version(l.Verdict.Version); v != nil {
			of.Price = &v.Price
		}
	}
	explanation = explain.Short(p, of)
	first := true // which Short has said
	for code := range l.Verdict.Reasons.All() {
		if code.Level() == fee.LevelInfo {
			continue
		}
		if !first {
			explanation = p.T("data_export.reasons", "first", explanation, "next", explain.ShortReason(p, code))
		}
		first = false
	}
	return explain.TagOf(p, of).Word, explanation
}

// readmeParagraphs are the keys of what a README says before its list of files.
var readmeParagraphs = []string{
	"data_export.readme.safe", "data_export.readme.formats", "data_export.readme.csv", "data_export.readme.json", "data_export.readme.codes",
	"data_export.readme.masked", "data_export.readme.staff", "data_export.readme.left", "data_export.readme.check",
}

// exportReadme writes what each file of an export is, and what is in its columns.
func exportReadme(p *i18n.Printer, of export.Merchant, at time.Time) []byte {
	var b bytes.Buffer
	line := func(texts ...string) {
		for _, text := range texts {
			b.WriteString(text)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("\ufeff") // without it some editors read the machine's old encoding
	line(p.T("data_export.readme.title", "merchant", of.Name))
	line(p.T("data_export.readme.at", "at", at))
	for _, key := range readmeParagraphs {
		line()
		line(p.T(key))
	}
	line()
	line(p.T("data_export.readme.tables"))
	for i := range export.Tables {
		t := &export.Tables[i]
		line()
		line(t.Sheet(), ", ", t.File())
		line(p.T(exportTables[t.Name]))
		for j := range t.Columns {
			line("  ", p.T("data_export.readme.column", "name", t.Columns[j].Name, "words", p.T(exportColumns[t.Columns[j].Name])))
		}
	}
	return b.Bytes()
}
