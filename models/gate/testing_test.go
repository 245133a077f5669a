package gate

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// start is the moment at which the tests begin: every terminal owes its first
// year, and was told four days before.
var start = date.MustParse("2026-11-22").At(10, 0)

var core = By{Actor: audit.Actor{Kind: audit.API, ID: "k_core"}, RequestID: "r1"}

// bench is a gate with a clock of its own and terminals T0, T1, …, each enrolled
// in 36 yuan a year.
type bench struct {
	t     testing.TB
	d     *db.DB
	clock *clock.Set
	gate  *Gate
	refs  int
}

// each runs the test on both databases with so many terminals.
func each(t *testing.T, terminals int, test func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, newBench(t, d, terminals)) })
}

func newBench(t *testing.T, d *db.DB, terminals int) *bench {
	t.Helper()
	published, effective := date.MustParse("2023-03-01"), date.MustParse("2023-05-01")
	plan := func(code string, item fee.Item, price fee.Price, ceiling money.Fen) disclosure.ExistingPlan {
		return disclosure.ExistingPlan{Lines: []int{1}, StatedBy: []int{1}, Plan: fee.Plan{Code: code, Item: item, Cap12m: ceiling, Versions: []fee.Version{{
			Number: 1, PublishedOn: published, EffectiveOn: effective, Price: price,
		}}}}
	}
	fees := disclosure.Existing{
		Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: published, EffectiveOn: effective}},
		Plans: []disclosure.ExistingPlan{
			plan("sim-36", fee.SimData, fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue}, 0),
			plan("service-600", fee.Service, fee.Price{Kind: fee.OneOff, Amount: 60_000}, 0),
			plan("payout-3", fee.Withdrawal, fee.Price{Kind: fee.PerItem, Amount: 300}, 1000),
		},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{fees}, start)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	opened := date.MustParse("2026-10-01")
	intaketest.File(t, d, start, merchant.StageMerchants, merchant.TakeMerchants, merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: opened})
	var rows []merchant.TerminalRow
	var enrolments []enrolment.Row
	var notices []deduction.NoticeRow
	for i := range terminals {
		sn := "T" + strconv.Itoa(i)
		rows = append(rows, merchant.TerminalRow{SN: sn, MerchantRef: "M1", ActivatedOn: opened})
		for _, code := range []string{"sim-36", "service-600", "payout-3"} {
			enrolments = append(enrolments, enrolment.Row{SN: sn, Plan: code, AnchorOn: opened, Version: 1, AcceptedOn: opened, AcceptedBy: "周老板", AcceptedVia: "app"})
		}
		for _, n := range []deduction.NoticeRow{{Item: fee.SimData, Plan: "sim-36", Amount: 3600}, {Item: fee.Service, Plan: "service-600", Amount: 60_000}} {
			n.SN, n.PeriodFrom, n.Channel, n.DeliveredAt = sn, opened, "sms", start.AddDate(0, 0, -4)
			notices = append(notices, n)
		}
	}
	intaketest.File(t, d, start, merchant.StageTerminals, merchant.TakeTerminals, rows...)
	intaketest.File(t, d, start, enrolment.Stage, enrolment.Take, enrolments...)
	intaketest.File(t, d, start, deduction.StageNotices, deduction.TakeNotices, notices...)
	at := clock.At(start)
	gate, err := New(Options{DB: d, Clock: at, Secret: []byte("a secret of at least thirty-two bytes")})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, d: d, clock: at, gate: gate}
}

// sim is a request for a terminal's year, with a reference of its own.
func (b *bench) sim(terminal int) Request {
	b.refs++
	return Request{
		Ref: "R" + strconv.Itoa(b.refs), SN: "T" + strconv.Itoa(terminal), Item: fee.SimData, Amount: 3600, At: b.clock.Now(), Origin: fee.OriginCore,
	}
}

// service is a request for what is charged once.
func (b *bench) service(terminal int) Request {
	r := b.sim(terminal)
	r.Item, r.Amount = fee.Service, 60_000
	return r
}

func (b *bench) authorize(r Request) Answer {
	b.t.Helper()
	a, err := b.gate.Authorize(b.t.Context(), core, r)
	if err != nil {
		b.t.Fatalf("asking for %s: %v", r.Ref, err)
	}
	return a
}

// in runs a verb in a transaction.
func (b *bench) in(verb func(ctx context.Context, tx *db.Tx) (Answer, error)) (a Answer, err error) {
	err = b.d.Write(b.t.Context(), func(tx *db.Tx) error {
		a, err = verb(b.t.Context(), tx)
		return err
	})
	return a, err
}

func (b *bench) post(id, token string) (Answer, error) {
	return b.in(func(ctx context.Context, tx *db.Tx) (Answer, error) {
		return b.gate.PostIn(ctx, tx, core, id, Posted{Token: token})
	})
}

func (b *bench) void(id string) (Answer, error) {
	return b.in(func(ctx context.Context, tx *db.Tx) (Answer, error) { return b.gate.VoidIn(ctx, tx, core, id) })
}

func (b *bench) reverse(id string) (Answer, error) {
	return b.in(func(ctx context.Context, tx *db.Tx) (Answer, error) {
		return b.gate.ReverseIn(ctx, tx, core, id, "taken by mistake")
	})
}

func (b *bench) refund(id string, amount *money.Fen) (Answer, error) {
	return b.in(func(ctx context.Context, tx *db.Tx) (Answer, error) {
		return b.gate.RefundIn(ctx, tx, core, id, "a complaint was upheld", amount)
	})
}

func (b *bench) record(r Request) (Answer, error) {
	return b.in(func(ctx context.Context, tx *db.Tx) (Answer, error) { return b.gate.RecordIn(ctx, tx, core, r) })
}

func (b *bench) judge() {
	b.t.Helper()
	if _, err := deduction.JudgePending(b.t.Context(), b.d, b.clock, fee.DefaultPolicy, nil); err != nil {
		b.t.Fatal(err)
	}
}

// want fails the test where an answer is another.
func want(t testing.TB, a Answer, decision fee.Decision, reasons string, state fee.State) {
	t.Helper()
	if a.Decision != decision || a.Verdict.Reasons.String() != reasons || a.State != state {
		t.Errorf("got %s (%s), %s; want %s (%s), %s", a.Decision, a.Verdict.Reasons, a.State, decision, reasons, state)
	}
	if (a.Token != "") != (state == fee.Authorized) {
		t.Errorf("%s: the permission is %q", a.State, a.Token)
	}
}

const later = 16 * time.Minute
