package bench

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/money"
)

// today is the date of the made-up world, and now its morning. They are fixed,
// so that every run measures the same rows.
var (
	today = date.New(2026, time.November, 22)
	now   = today.At(9, 30)
)

// perMerchant is how many terminals a merchant has.
const perMerchant = 5

// growth is by how much the rows grow where more of them are measured.
const growth = 10

// world is a made-up acquirer, the same for the same sizes.
type world struct {
	terminals int // of usual size
	busy      int // terminals with growth times the days
	days      int // on which a terminal of usual size was settled
	used      int // days of which the use of a SIM is known
}

// size is how many terminals there are.
func (w world) size() int { return w.terminals + w.busy }

// serial is the serial number of a terminal, counted from 0; busy ones come last.
func serial(i int) string { return fmt.Sprintf("82%010d", i) }

// prices as plans.yaml states them.
const (
	simPrice     money.Fen  = 4800
	depositPrice money.Fen  = 19900
	cardRate     money.Rate = 6000
	qrRate       money.Rate = 3800
	payoutPrice  money.Fen  = 300
)

//go:embed plans.yaml
var plansFile []byte

// simSchedule counts the cycles of the data fee from a terminal's first day.
func simSchedule(anchor date.Date) fee.Schedule {
	return fee.ScheduleOf(&fee.Price{Kind: fee.Recurring, Amount: simPrice, CycleMonths: 6, FreeMonths: 6}, anchor)
}

// anchor is a terminal's first day, two to four years ago.
func (w world) anchor(i int) date.Date { return today.AddDays(-(730 + i*37%730)) }

// files returns all that a core system would send, kind by kind.
func (w world) files() []ingest.File {
	bills := w.bills()
	return append([]ingest.File{
		fileOf(ingest.KindPlans, "plans.yaml", plansFile),
		fileOf(ingest.KindMerchants, "merchants.csv", w.merchants()),
		fileOf(ingest.KindTerminals, "terminals.csv", w.terminalRows()),
		fileOf(ingest.KindEnrolments, "enrolments.csv", w.enrolments()),
		fileOf(ingest.KindNotices, "notices.csv", w.notices()),
		fileOf(ingest.KindUsage, "usage.csv", w.usage()),
	}, bills...)
}

func fileOf(kind ingest.Kind, name string, text []byte) ingest.File {
	return ingest.File{Kind: kind, Name: name, Open: func() (ingest.Source, func() error, error) {
		return ingest.Source{Name: name, ReaderAt: bytes.NewReader(text), Size: int64(len(text))}, func() error { return nil }, nil
	}}
}

func (w world) merchants() []byte {
	b := bytes.NewBufferString("merchant_ref,name,contact,phone,email,opened_on,closed_on\n")
	for m := range (w.size() + perMerchant - 1) / perMerchant {
		fmt.Fprintf(b, "M%d,Shop %d,Owner %d,139%08d,,2020-01-01,\n", m, m, m, m)
	}
	return b.Bytes()
}

func (w world) terminalRows() []byte {
	b := bytes.NewBufferString("sn,merchant_ref,shop,alias,model,type,activated_on,inactive_from,inactive_reason,iccid,carrier,replaces_sn,agent_ref\n")
	for i := range w.size() {
		fmt.Fprintf(b, "%s,M%d,Main street,Counter %d,K9,Smart POS,%s,,,8986%016d,Carrier,,\n", serial(i), i/perMerchant, i%perMerchant+1, w.anchor(i), i)
	}
	return b.Bytes()
}

func (w world) enrolments() []byte {
	b := bytes.NewBufferString("sn,plan,anchor_on,version,accepted_on,accepted_by,accepted_via,cancelled_on\n")
	for i := range w.size() {
		for _, plan := range []string{"sim-half-48", "deposit-199", "card-060", "qr-038", "withdraw-3"} {
			fmt.Fprintf(b, "%s,%s,%s,1,%s,Owner %d,app,\n", serial(i), plan, w.anchor(i), w.anchor(i), i/perMerchant)
		}
	}
	return b.Bytes()
}

// notices announces each cycle of the data fee a week and a day ahead.
func (w world) notices() []byte {
	b := bytes.NewBufferString("sn,item,plan,period_from,amount,channel,delivered_at\n")
	for i := range w.size() {
		schedule := simSchedule(w.anchor(i))
		for k := 1; k <= schedule.Started(today); k++ {
			from := schedule.Cycle(k).From
			for _, lead := range []int{7, 1} {
				fmt.Fprintf(b, "%s,sim_data,sim-half-48,%s,%s,sms,%s\n", serial(i), from, simPrice.Yuan(), from.AddDays(-lead).At(10, 0).Format(time.RFC3339))
			}
		}
	}
	return b.Bytes()
}

func (w world) usage() []byte {
	b := bytes.NewBufferString("sn,date,used_mb,allowance_mb,balance\n")
	for i := range w.size() {
		for day := today.AddDays(-w.used); day < today; day = day.AddDays(1) {
			fmt.Fprintf(b, "%s,%s,%d,100,\n", serial(i), day, i%7)
		}
	}
	return b.Bytes()
}

// bills returns the settlements and deductions of the days before today.
func (w world) bills() []ingest.File {
	settlements := bytes.NewBufferString("settlement_ref,sn,date,card_count,card_amount,card_fee,qr_count,qr_amount,qr_fee,withdrawal_count,withdrawal_fee,other_fee,paid_out\n")
	deductions := bytes.NewBufferString("deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref\n")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range w.size() {
		w.writeFees(deductions, i)
		days := w.days
		if i >= w.terminals {
			days *= growth
		}
		for day := today.AddDays(-days); day < today; day = day.AddDays(1) {
			writeDay(settlements, deductions, random, serial(i), day)
		}
	}
	return []ingest.File{
		fileOf(ingest.KindSettlements, "settlements.csv", settlements.Bytes()),
		fileOf(ingest.KindDeductions, "deductions.csv", deductions.Bytes()),
	}
}

// writeFees takes the deposit, and the data fee on the first day of each cycle.
func (w world) writeFees(deductions *bytes.Buffer, i int) {
	const row = "D%s-%s-%d,%s,%s,%s,%s,%s,%s,posted,core,,,\n"
	sn, anchor := serial(i), w.anchor(i)
	fmt.Fprintf(deductions, row, sn, "deposit", 1, sn, "device_deposit", "deposit-199", depositPrice.Yuan(), anchor.At(16, 0).Format(time.RFC3339), anchor)
	schedule := simSchedule(anchor)
	for k := 1; k <= schedule.Started(today); k++ {
		from := schedule.Cycle(k).From
		fmt.Fprintf(deductions, row, sn, "sim", k, sn, "sim_data", "sim-half-48", simPrice.Yuan(), from.At(11, 20).Format(time.RFC3339), from)
	}
}

// writeDay settles a day of some sales, of which one by card is itemised as a
// deduction of its own, and every sixth day has a payout.
func writeDay(settlements, deductions *bytes.Buffer, random *rand.Rand, sn string, day date.Date) {
	ref := "S" + sn + "-" + day.String()
	sale := func() money.Fen { return money.Fen(500 + random.Int64N(60_000)) }
	one := sale()
	card, cardFee, qr, qrFee := one, cardRate.Of(one), money.Fen(0), money.Fen(0)
	for range 5 {
		c, q := sale(), sale()
		card, cardFee = card+c, cardFee+cardRate.Of(c)
		qr, qrFee = qr+q, qrFee+qrRate.Of(q)
	}
	payouts, payoutFee := 0, money.Fen(0)
	if random.IntN(6) == 0 {
		payouts, payoutFee = 1, payoutPrice
	}
	fmt.Fprintf(settlements, "%s,%s,%s,6,%s,%s,5,%s,%s,%d,%s,0.00,%s\n", ref, sn, day, card.Yuan(), cardFee.Yuan(), qr.Yuan(), qrFee.Yuan(),
		payouts, payoutFee.Yuan(), (card + qr - cardFee - qrFee - payoutFee).Yuan())
	fmt.Fprintf(deductions, "D%s-%s,%s,transaction,card-060,%s,%s,,posted,core,%s,%s,O%s-%s\n", sn, day, sn,
		cardRate.Of(one).Yuan(), day.At(12, 15).Format(time.RFC3339), one.Yuan(), ref, sn, day)
}
