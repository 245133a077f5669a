package feechange

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

var (
	today    = date.MustParse("2026-11-22")
	morning  = today.At(8, 0).UTC()
	rises    = date.MustParse("2026-12-10") // the day on which the second version takes effect
	anchor   = date.MustParse("2025-03-02")
	accepted = date.MustParse("2025-03-02")
)

// The terminals: counter and till of the first merchant, stall of the second.
const counter, till, stall = "820000018093", "820000020734", "820000032929"

const annual = "sim-annual-36"

// published takes over the yearly fee: 36 yuan, and from December on 45, or what
// else is given.
func published(t *testing.T, d *db.DB, then fee.Price) {
	t.Helper()
	yearly := fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue}
	payout := fee.Price{Kind: fee.PerItem, Amount: 300}
	first := fee.Version{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01")}
	second := fee.Version{Number: 2, PublishedOn: date.MustParse("2026-11-05"), EffectiveOn: rises}
	version := func(v fee.Version, p fee.Price) fee.Version { v.Price = p; return v }
	existing := disclosure.Existing{
		Slug:  "terminal-fees",
		Title: disclosure.Text{ZhCN: "终端收费公示", En: "Terminal fees"},
		Versions: []disclosure.ExistingVersion{
			{Number: 1, PublishedOn: first.PublishedOn, EffectiveOn: first.EffectiveOn}, {Number: 2, PublishedOn: second.PublishedOn, EffectiveOn: second.EffectiveOn},
		},
		Plans: []disclosure.ExistingPlan{
			{Plan: fee.Plan{Code: annual, Item: fee.SimData, Versions: []fee.Version{version(first, yearly), version(second, then)}}, Lines: []int{1, 2}, StatedBy: []int{1, 2}},
			{Plan: fee.Plan{Code: "withdraw-3", Item: fee.Withdrawal, Versions: []fee.Version{version(first, payout)}}, Lines: []int{3}, StatedBy: []int{1}},
		},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, problems, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{existing}, morning)
		if err == nil && problems.Found() {
			err = fmt.Errorf("%+v", problems)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var forty5 = fee.Price{Kind: fee.Recurring, Amount: 4500, CycleMonths: 12, Idle: fee.Accrue}

// furnish writes two merchants whose three terminals pay 36 yuan a year, of which
// 45 are asked for from December on, and took each two years' fees.
func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	furnishAt(t, d, forty5)
}

func furnishAt(t *testing.T, d *db.DB, then fee.Price) {
	t.Helper()
	published(t, d, then)
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: anchor}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: anchor})
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: counter, MerchantRef: "M1", Alias: "前台", ActivatedOn: anchor},
		merchant.TerminalRow{SN: till, MerchantRef: "M1", Alias: "收银台", ActivatedOn: anchor},
		merchant.TerminalRow{SN: stall, MerchantRef: "M2", Alias: "摊位", ActivatedOn: anchor})
	enrol(t, d, counter, 1)
	enrol(t, d, till, 1)
	enrol(t, d, stall, 1)
	for i, sn := range []string{counter, till, stall} {
		take(t, d, fmt.Sprintf("D%d-1", i), sn, anchor, 3600, anchor.At(18, 0))
		take(t, d, fmt.Sprintf("D%d-2", i), sn, anchor.AddMonths(12), 3600, anchor.AddMonths(12).At(18, 0))
	}
	judge(t, d, morning)
}

// enrol enrols a terminal in the yearly fee with an acceptance of a version.
func enrol(t *testing.T, d *db.DB, sn string, version int) {
	t.Helper()
	_, problems := intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take, enrolment.Row{
		SN: sn, Plan: annual, AnchorOn: anchor, Version: version, AcceptedOn: accepted, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp,
	})
	intaketest.WantProblems(t, problems)
}

func take(t *testing.T, d *db.DB, ref, sn string, period date.Date, amount money.Fen, at time.Time) {
	t.Helper()
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, morning)
	}
	_, problems := intaketest.File(t, d, morning, stage, deduction.TakeDeductions, deduction.Row{
		Ref: ref, SN: sn, Item: fee.SimData, Plan: annual, Amount: amount, At: at.UTC(), PeriodFrom: period, State: fee.Posted, Origin: fee.OriginCore,
	})
	intaketest.WantProblems(t, problems)
}

// judge judges all terminals at a moment.
func judge(t *testing.T, d *db.DB, at time.Time) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into judge_pending (terminal_id, since) select id, $1 from terminals where true on conflict do nothing`, intake.Always)
		return err
	})
	if err == nil {
		_, err = deduction.JudgePending(t.Context(), d, clock.At(at), fee.DefaultPolicy, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, d *db.DB) int64 {
	t.Helper()
	n, err := OpenMissing(t.Context(), d, morning)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func plansOf(t *testing.T, d *db.DB) *disclosure.Plans {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

func merchantOf(t *testing.T, d *db.DB, ref string) (id int64) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select id from merchants where ref = $1`, ref).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// changeOf returns the id of a merchant's only change.
func changeOf(t *testing.T, d *db.DB, ref string) (id string) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select c.id from fee_changes c join merchants m on m.id = c.merchant_id where m.ref = $1`, ref).Scan(&id); err != nil {
		t.Fatalf("the change of %s: %v", ref, err)
	}
	return id
}

// read reads a merchant's only change on a day.
func read(t *testing.T, d *db.DB, ref string, on date.Date) *Page {
	t.Helper()
	p, err := Read(t.Context(), d, plansOf(t, d).Fee, fee.DefaultPolicy, merchantOf(t, d, ref), changeOf(t, d, ref), "", on)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func owner(t *testing.T, d *db.DB, ref string) Who {
	t.Helper()
	return Who{MerchantID: merchantOf(t, d, ref), UserID: "u_1", Name: "周老板", Address: "192.0.2.7", RequestID: "r_1"}
}

// accept accepts a merchant's change for terminals, all where none is named.
func accept(t *testing.T, d *db.DB, ref string, at time.Time, sns ...string) {
	t.Helper()
	if _, err := Accept(t.Context(), d, at, owner(t, d, ref), changeOf(t, d, ref), Chosen{All: len(sns) == 0, SNs: sns}); err != nil {
		t.Fatal(err)
	}
}

func object(t *testing.T, d *db.DB, ref string, at time.Time, words string) {
	t.Helper()
	if _, err := Object(t.Context(), d, at, owner(t, d, ref), changeOf(t, d, ref), words); err != nil {
		t.Fatal(err)
	}
}
