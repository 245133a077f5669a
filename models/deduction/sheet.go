package deduction

import (
	"encoding/binary"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// A sheet is what a terminal's page shows of its fees and its bill, as one value
// of one row: reading it costs PostgreSQL a tenth of what reading the rows that
// it stands for costs from seven tables. What depends on the day is not in it:
// the rules run when the page is read.
//
// The form is a version, the texts that repeat, and numbers as varints, in the
// order of appendTo and sheetReader.read, which change together, with the
// version.
const sheetVersion = 1

// sheetDays are the facts of a sheet that are counted by day or year.
type sheetDays struct {
	shop      string
	closedOn  date.Date
	wrongFrom date.Date // lines are counted as wrong since then
	wrong     []wrongDay
	years     []yearSum
}

// wrongDay is how many lines of a day were not as agreed, held or stopped.
type wrongDay struct {
	on date.Date
	n  int
}

// yearSum is what a calendar year took and did not give back.
type yearSum struct {
	year   int
	amount money.Fen
}

// encodeSheet writes what was read and put together, but for what a page reads
// anew: the card itself, disputes and usage.
func encodeSheet(q *feesQuery, days *sheetDays) []byte {
	w := sheetWriter{known: map[string]int{}}
	w.text(days.shop)
	w.day(days.closedOn)
	w.day(days.wrongFrom)
	w.count(len(days.wrong))
	for _, d := range days.wrong {
		w.day(d.on)
		w.count(d.n)
	}
	w.count(len(days.years))
	for _, y := range days.years {
		w.count(y.year)
		w.int(int64(y.amount))
	}
	accepted, lines, numbers := 0, 0, 0
	for i := range q.fees {
		f := &q.fees[i]
		accepted, lines, numbers = accepted+len(f.Enrolment.Accepted), lines+len(f.Lines), numbers+pointers(f.Lines)
		if f.Enrolment.OwnLimit != nil {
			numbers++
		}
	}
	for _, n := range []int{len(q.fees), accepted, lines, len(q.facts.Notices), len(q.recent), len(q.replaced), numbers + pointers(q.recent)} {
		w.count(n)
	}
	for i := range q.fees {
		w.fee(&q.fees[i])
	}
	for i := range q.facts.Notices {
		n := &q.facts.Notices[i]
		w.int(n.PlanID)
		w.day(n.PeriodFrom)
		w.int(int64(n.Amount))
		w.word(n.Channel)
		w.instant(n.DeliveredAt)
	}
	for i := range q.recent {
		w.line(&q.recent[i])
	}
	for i := range q.replaced {
		r := &q.replaced[i]
		w.text(r.sn)
		w.word(string(r.item))
		w.instant(r.at)
		w.int(r.seq)
		w.day(r.through)
	}
	for i := range q.facts.Scheduled { // an end of its own: most sheets have none
		s := &q.facts.Scheduled[i]
		w.int(s.PlanID)
		w.count(s.Cycle)
		w.day(s.On)
		w.int(int64(s.Amount))
	}
	return w.finish(sheetVersion)
}

// pointers is how many numbers of lines may be absent and are not.
func pointers(lines []Line) (n int) {
	for i := range lines {
		if lines[i].Sale != nil {
			n++
		}
		if lines[i].SaleCount != nil {
			n++
		}
	}
	return n
}

// sheetWriter collects a sheet.
type sheetWriter struct {
	body  []byte
	words []string // that repeat, in the order of first use
	known map[string]int
}

func (w *sheetWriter) finish(version byte) []byte {
	sheet := []byte{version}
	sheet = binary.AppendUvarint(sheet, uint64(len(w.words)))
	for _, s := range w.words {
		sheet = append(binary.AppendUvarint(sheet, uint64(len(s))), s...)
	}
	return append(sheet, w.body...)
}

func (w *sheetWriter) count(n int)         { w.body = binary.AppendUvarint(w.body, uint64(n)) }
func (w *sheetWriter) int(n int64)         { w.body = binary.AppendVarint(w.body, n) }
func (w *sheetWriter) day(d date.Date)     { w.body = binary.AppendUvarint(w.body, uint64(d)) }
func (w *sheetWriter) instant(t time.Time) { w.int(t.UnixMicro()) }

func (w *sheetWriter) text(s string) {
	w.count(len(s))
	w.body = append(w.body, s...)
}

func (w *sheetWriter) word(s string) {
	at, ok := w.known[s]
	if !ok {
		at = len(w.words)
		w.known[s] = at
		w.words = append(w.words, s)
	}
	w.count(at)
}

func (w *sheetWriter) fee(f *TerminalFee) {
	e := &f.Enrolment
	w.int(f.PlanID)
	w.day(e.AnchorOn)
	w.day(e.CancelledOn)
	w.optional((*int64)(e.OwnLimit))
	w.word(f.AcceptedBy)
	w.count(len(e.Accepted))
	for _, a := range e.Accepted {
		w.count(a.Version)
		w.day(a.On)
		w.word(a.Via)
	}
	w.count(len(f.Lines))
	for i := range f.Lines {
		w.line(&f.Lines[i])
	}
}

func (w *sheetWriter) optional(n *int64) {
	if n == nil {
		w.count(0)
		return
	}
	w.count(1)
	w.int(*n)
}

func (w *sheetWriter) line(l *Line) {
	v := &l.Verdict
	w.text(l.ID)
	w.word(string(l.Kind))
	w.word(string(l.Item))
	w.int(l.PlanID)
	w.word(string(l.Method))
	w.instant(l.At)
	w.day(l.On)
	w.int(l.Seq)
	w.int(int64(l.Amount))
	w.int(int64(l.Refunded))
	w.optional((*int64)(l.Sale))
	w.optional(l.SaleCount)
	w.word(string(l.State))
	w.word(l.Origin)
	w.text(l.OrderRef)
	w.word(l.SettlementRef)
	w.day(l.PeriodFrom)
	w.word(string(v.Decision))
	w.word(v.Reasons.String())
	w.int(int64(v.Expected))
	w.count(v.Version)
	w.count(v.Cycle.Index)
	w.day(v.Cycle.From)
	w.day(v.Cycle.To)
	settles := 0
	if l.Settles {
		settles = 1
	}
	w.count(settles)
}

// sheetReader reads a sheet. Where it does not hold what was expected, broken is
// set and what was read is worth nothing.
type sheetReader struct {
	rest   string // texts are parts of it
	words  []string
	few    [32]string
	fens   []money.Fen
	counts []int64
	broken bool
}

// sheetLimit bounds every count in a sheet, so that a damaged one can't ask for
// all memory.
const sheetLimit = 1 << 16

func (r *sheetReader) fail() { r.broken, r.rest = true, "" }

func (r *sheetReader) uint() uint64 {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return n | uint64(b)<<(7*i)
		}
		n |= uint64(b&0x7f) << (7 * i)
	}
	r.fail()
	return 0
}

func (r *sheetReader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *sheetReader) count() int {
	n := r.uint()
	if n > sheetLimit {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *sheetReader) day() date.Date     { return date.Date(r.uint()) }
func (r *sheetReader) fen() money.Fen     { return money.Fen(r.int()) }
func (r *sheetReader) instant() time.Time { return time.UnixMicro(r.int()).UTC() }

func (r *sheetReader) text() string {
	n := r.count()
	if n > len(r.rest) {
		r.fail()
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *sheetReader) word() string {
	at := r.count()
	if at >= len(r.words) {
		r.fail()
		return ""
	}
	return r.words[at]
}

// begin reads what stands before the numbers.
func (r *sheetReader) begin(sheet []byte, version byte) {
	if len(sheet) == 0 || sheet[0] != version {
		r.fail()
		return
	}
	r.rest = string(sheet[1:])
	n := r.count()
	r.words = r.few[:0]
	for range n {
		r.words = append(r.words, r.text())
	}
}

// read fills what the page is put together from, in the order in which the page
// shows it, and reports false where the sheet is none that this program wrote.
// The card must have been read.
func (r *sheetReader) read(sheet []byte, q *feesQuery, days *sheetDays) bool {
	r.begin(sheet, sheetVersion)
	days.shop, days.closedOn, days.wrongFrom = r.text(), r.day(), r.day()
	for range r.count() {
		days.wrong = append(days.wrong, wrongDay{on: r.day(), n: r.count()})
	}
	for range r.count() {
		days.years = append(days.years, yearSum{year: r.count(), amount: r.fen()})
	}
	fees, accepted, lines, notices, recent, replaced, numbers := r.count(), r.count(), r.count(), r.count(), r.count(), r.count(), r.count()
	if r.broken || fees+accepted+lines+notices+recent+replaced+numbers > len(r.rest) {
		return false
	}
	all := make([]Line, 0, lines+recent)
	given := make([]fee.Acceptance, 0, accepted)
	r.fens, r.counts = make([]money.Fen, 0, numbers), make([]int64, 0, numbers)
	q.fees = make([]TerminalFee, 0, fees)
	for range fees {
		all, given = r.fee(q, all, given)
	}
	q.facts.Notices = make([]Notice, 0, notices)
	for range notices {
		q.facts.Notices = append(q.facts.Notices, Notice{
			PlanID: r.int(), PeriodFrom: r.day(), Amount: r.fen(), Channel: r.word(), DeliveredAt: r.instant(),
		})
	}
	from := len(all)
	for range recent {
		all = r.line(q, all)
	}
	q.recent = all[from:]
	for range replaced {
		q.replaced = append(q.replaced, replacedRow{sn: r.text(), item: fee.Item(r.word()), at: r.instant(), seq: r.int(), through: r.day()})
	}
	for !r.broken && r.rest != "" {
		q.facts.Scheduled = append(q.facts.Scheduled, Scheduled{PlanID: r.int(), Cycle: r.count(), On: r.day(), Amount: r.fen()})
	}
	return !r.broken
}

func (r *sheetReader) fee(q *feesQuery, all []Line, given []fee.Acceptance) ([]Line, []fee.Acceptance) {
	f := TerminalFee{PlanID: r.int()}
	f.Plan = q.plans.ByID(f.PlanID)
	f.Enrolment.AnchorOn, f.Enrolment.CancelledOn = r.day(), r.day()
	f.Enrolment.OwnLimit = r.optionalFen()
	f.AcceptedBy = r.word()
	from := len(given)
	for range r.count() {
		given = append(given, fee.Acceptance{Version: r.count(), On: r.day(), Via: r.word()})
	}
	if len(given) > from {
		f.Enrolment.Accepted = given[from:len(given):len(given)]
	}
	from = len(all)
	for range r.count() {
		all = r.line(q, all)
	}
	if len(all) > from {
		f.Lines = all[from:len(all):len(all)]
	}
	q.fees = append(q.fees, f)
	return all, given
}

func (r *sheetReader) optionalFen() *money.Fen {
	if r.count() == 0 {
		return nil
	}
	r.fens = append(r.fens, r.fen())
	return &r.fens[len(r.fens)-1]
}

func (r *sheetReader) optionalNumber() *int64 {
	if r.count() == 0 {
		return nil
	}
	r.counts = append(r.counts, r.int())
	return &r.counts[len(r.counts)-1]
}

func (r *sheetReader) line(q *feesQuery, all []Line) []Line {
	if r.broken {
		return all
	}
	all = append(all, Line{MerchantID: q.merchantID, TerminalID: q.card.ID})
	l := &all[len(all)-1]
	v := &l.Verdict
	l.ID = r.text()
	l.Kind = Kind(r.word())
	l.Item = fee.Item(r.word())
	l.PlanID = r.int()
	l.Method = fee.Method(r.word())
	l.At = r.instant()
	l.On = r.day()
	l.Seq = r.int()
	l.Amount = r.fen()
	l.Refunded = r.fen()
	l.Sale = r.optionalFen()
	l.SaleCount = r.optionalNumber()
	l.State = fee.State(r.word())
	l.Origin = r.word()
	l.OrderRef = r.text()
	l.SettlementRef = r.word()
	l.PeriodFrom = r.day()
	v.Decision = fee.Decision(r.word())
	var known bool
	if v.Reasons, known = fee.ParseCodes(r.word()); !known {
		r.fail()
	}
	v.Expected = r.fen()
	v.Version = r.count()
	v.Cycle.Index = r.count()
	v.Cycle.From = r.day()
	v.Cycle.To = r.day()
	l.Settles = r.count() != 0
	return all
}

// sums adds up what a page says of the year and of the days before today; it
// reports false where the sheet does not reach back far enough.
func (d *sheetDays) sums(today date.Date) (year money.Fen, wrong int, ok bool) {
	since := today.AddDays(-WrongDays)
	if since < d.wrongFrom {
		return 0, 0, false
	}
	for _, w := range d.wrong {
		if w.on >= since {
			wrong += w.n
		}
	}
	first, _, _ := today.Civil()
	for _, y := range d.years {
		if y.year >= first {
			year = year.Plus(y.amount)
		}
	}
	return year, wrong, true
}
