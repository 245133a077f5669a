package deduction

import (
	"errors"
	"slices"

	"github.com/mingbai/mingbai/models/fee"
)

// What the gate reads of a terminal is kept as one value of one row: reading it
// costs PostgreSQL a small part of what the rows that it stands for cost, out of
// five tables. What lies in the terminal's own row is read there.
//
// The fees of single sales are not kept: they grow with every sale, without end,
// and few are ever asked for.
//
// The form is that of sheets: a version, the texts that repeat, and numbers as
// varints, in the order of encodeAsk and decodeAsk, which change together, with
// the version.
const askVersion = 2

// encodeAsk writes what is known of a terminal, as far as a verdict of the gate
// may rest on it: of its deductions those charges, without those of single sales.
func encodeAsk(t *Terminal, charges []Deduction) ([]byte, error) {
	w := sheetWriter{known: map[string]int{}}
	notices := slices.DeleteFunc(slices.Clone(t.Notices), func(n Notice) bool { return isOfSales(n.item) })
	w.day(t.MerchantClosedOn)
	w.count(len(t.Enrolments))
	for i := range t.Enrolments {
		e := &t.Enrolments[i]
		w.int(e.PlanID)
		w.day(e.Fee.AnchorOn)
		w.day(e.Fee.CancelledOn)
		w.optional((*int64)(e.Fee.OwnLimit))
		w.count(len(e.Fee.Accepted))
		for _, a := range e.Fee.Accepted {
			w.count(a.Version)
			w.day(a.On)
			w.word(a.Via)
		}
	}
	w.count(len(charges))
	for i := range charges {
		if err := w.charge(&charges[i]); err != nil {
			return nil, err
		}
	}
	w.count(len(notices))
	for i := range notices {
		n := &notices[i]
		w.word(string(n.item))
		w.int(n.PlanID)
		w.day(n.PeriodFrom)
		w.int(int64(n.Amount))
		w.word(n.Channel)
		w.instant(n.DeliveredAt)
	}
	for i := range t.Disputes {
		if d := &t.Disputes[i]; d.Fee.Open && !isOfSales(d.Item) {
			w.word(string(d.Item))
			w.int(cycleOf(&d.Fee))
		}
	}
	return w.finish(askVersion), nil
}

// wholeItem stands for the cycle of a dispute about a fee as a whole.
const wholeItem = -1

func cycleOf(d *fee.Dispute) int64 {
	if d.WholeItem {
		return wholeItem
	}
	return int64(d.Cycle)
}

func (w *sheetWriter) charge(d *Deduction) error {
	verdict, err := verdictText(d.Verdict)
	if err != nil {
		return err
	}
	w.text(d.ID)
	w.word(string(d.Item))
	w.int(d.PlanID)
	w.int(int64(d.Amount))
	w.int(int64(d.Refunded))
	w.instant(d.At)
	w.day(d.PeriodFrom)
	w.word(string(d.State))
	w.word(d.Origin)
	w.optional((*int64)(d.Sale))
	w.text(d.OrderRef)
	w.int(d.Seq)
	w.count(int(d.Gate))
	w.text(verdict)
	return nil
}

// errBrokenAsk says that what was kept is none that this program wrote.
var errBrokenAsk = errors.New("deduction: what is kept of a terminal can't be read")

// decodeAsk adds to a terminal what is kept of it, as far as an item goes. It
// returns errBrokenAsk, and the terminal is worth nothing then.
func decodeAsk(kept []byte, t *Terminal, item fee.Item, plans PlanByID) error {
	var r sheetReader
	r.begin(kept, askVersion)
	t.MerchantClosedOn = r.day()
	for range r.several() {
		e := Enrolment{PlanID: r.int(), Fee: fee.Enrolment{AnchorOn: r.day(), CancelledOn: r.day()}}
		if r.count() == 1 {
			e.Fee.OwnLimit = new(r.fen())
		}
		for range r.several() {
			e.Fee.Accepted = append(e.Fee.Accepted, fee.Acceptance{Version: r.count(), On: r.day(), Via: r.word()})
		}
		if plan := plans(e.PlanID); plan != nil && plan.Item == item {
			t.Enrolments = append(t.Enrolments, e)
		}
	}
	charges := r.several()
	for range charges {
		d, verdict := r.charge()
		if d.Item != item {
			continue
		}
		if t.Deductions == nil {
			t.Deductions = make([]Deduction, 0, charges)
		}
		var err error
		if d.Verdict, err = readVerdict(verdict); err != nil {
			return errBrokenAsk
		}
		t.Deductions = append(t.Deductions, d)
	}
	notices := r.several()
	for range notices {
		of := fee.Item(r.word())
		n := Notice{PlanID: r.int(), PeriodFrom: r.day(), Amount: r.fen(), Channel: r.word(), DeliveredAt: r.instant()}
		if of != item {
			continue
		}
		if t.Notices == nil {
			t.Notices = make([]Notice, 0, notices)
		}
		t.Notices = append(t.Notices, n)
	}
	for !r.broken && r.rest != "" { // an end of its own: most have none
		d := Dispute{Item: fee.Item(r.word()), Fee: fee.Dispute{Open: true}}
		if cycle := r.int(); cycle == wholeItem {
			d.Fee.WholeItem = true
		} else {
			d.Fee.Cycle = int(cycle)
		}
		if d.Item == item {
			t.Disputes = append(t.Disputes, d)
		}
	}
	if r.broken {
		return errBrokenAsk
	}
	return nil
}

// several is how many of something follow: of what is broken, none.
func (r *sheetReader) several() int {
	n := r.count()
	if n > len(r.rest) {
		r.fail()
		return 0
	}
	return n
}

func (r *sheetReader) charge() (d Deduction, verdict string) {
	d = Deduction{ID: r.text(), Item: fee.Item(r.word()), PlanID: r.int(), Amount: r.fen(), Refunded: r.fen(), At: r.instant(), PeriodFrom: r.day(), State: fee.State(r.word()), Origin: r.word()}
	if r.count() == 1 {
		d.Sale = new(r.fen())
	}
	d.OrderRef, d.Seq, d.Gate = r.text(), r.int(), Gate(r.count())
	return d, r.text()
}
