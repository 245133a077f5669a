package staff_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/web/cookie"
)

const sold = "820000018093"

// furnish writes a merchant whose terminal pays 36 yuan a year, of which 45 are
// asked for, and what they answered: no, and that the terminal was lost.
func (s *site) furnish() (change, number string) {
	s.t.Helper()
	ctx, now := s.t.Context(), s.clock.Now()
	today := date.Of(now)
	price := fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue}
	dearer := price
	dearer.Amount = 4500
	first := fee.Version{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01"), Price: price}
	second := fee.Version{Number: 2, PublishedOn: today.AddDays(-20), EffectiveOn: today.AddDays(20), Price: dearer}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(ctx, tx, []disclosure.Existing{{
			Slug: "terminal-fees", Title: disclosure.Text{ZhCN: "终端收费公示", En: "Terminal fees"},
			Versions: []disclosure.ExistingVersion{
				{Number: 1, PublishedOn: first.PublishedOn, EffectiveOn: first.EffectiveOn}, {Number: 2, PublishedOn: second.PublishedOn, EffectiveOn: second.EffectiveOn},
			},
			Plans: []disclosure.ExistingPlan{{
				Plan: fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: []fee.Version{first, second}}, Lines: []int{1, 2}, StatedBy: []int{1, 2},
				Terms: disclosure.Terms{Title: disclosure.Text{ZhCN: "流量卡费", En: "SIM data"}},
			}},
		}}, now)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	opened := date.MustParse("2025-01-10")
	intaketest.File(s.t, s.db, now, merchant.StageMerchants, merchant.TakeMerchants, merchant.Row{Ref: "M1", Name: "老街面馆", Contact: "周老板", OpenedOn: opened})
	intaketest.File(s.t, s.db, now, merchant.StageTerminals, merchant.TakeTerminals, merchant.TerminalRow{SN: sold, MerchantRef: "M1", Alias: "前台", ActivatedOn: opened})
	intaketest.File(s.t, s.db, now, enrolment.Stage, enrolment.Take, enrolment.Row{
		SN: sold, Plan: "sim-annual-36", AnchorOn: opened, Version: 1, AcceptedOn: opened, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp,
	})
	if _, err := deduction.JudgePending(ctx, s.db, clock.At(now), fee.DefaultPolicy, nil); err != nil {
		s.t.Fatal(err)
	}
	if _, err := feechange.OpenMissing(ctx, s.db, now); err != nil {
		s.t.Fatal(err)
	}
	who := feechange.Who{UserID: "u_1", Name: "周老板"}
	if err := s.db.QueryRow(ctx, `select id, merchant_id from fee_changes`).Scan(&change, &who.MerchantID); err != nil {
		s.t.Fatal(err)
	}
	if _, err := feechange.Object(ctx, s.db, now, who, change, "太贵了"); err != nil {
		s.t.Fatal(err)
	}
	plans, err := disclosure.Load(context.WithoutCancel(ctx), s.db)
	if err == nil {
		number, err = stop.ReportGone(ctx, s.db, plans.Fee, now, stop.Who{MerchantID: who.MerchantID, UserID: "u_1", Name: "周老板"}, sold, stop.Lost, today.AddDays(-2), "搬家时丢的")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.plans.Refresh(ctx); err != nil {
		s.t.Fatal(err)
	}
	return change, number
}

func TestALeadEndsTheServiceOfWhoObjects(t *testing.T) {
	s := newSite(t)
	change, _ := s.furnish()
	lead := s.join("lead", staff.Lead)
	lead.Get("/admin").Says("不同意涨价、还没决定的商户")
	lead.Get("/admin/objections?merchant=M9").Says("没有这样的商户")
	c := lead.Get("/admin/objections?state=open").Is(http.StatusOK).Says("太贵了", "每年 ¥36.00 → 每年 ¥45.00").Click("老街面馆").Is(http.StatusOK)
	c.Says("还没看过", "同意 0 台，没同意 1 台，停用 0 台")
	form := c.Form("/admin/objections/" + change + "/end")
	form.Set("ends_on", "2026-11-30").Set("reason", "x").Submit().Is(http.StatusUnprocessableEntity).Says("最早2026年12月24日")
	form.Set("ends_on", "2026-12-24").Set("reason", "").Submit().Is(http.StatusUnprocessableEntity).Says("写上原因，商户会看到。")
	form.Set("ends_on", "2026-12-24").Set("reason", "成本涨了").Submit().Follow().Says("记下了：1 台终端从2026年12月24日起停。", "2026年12月24日起停。原因：成本涨了", "到那天按天算")
	form.Submit().Is(http.StatusConflict)
	lead.Get("/admin/objections?state=ending").Says("已决定停", "2026年12月24日起停")
	lead.Speak("en").Get("/admin/objections/"+change).Says("objects to a rise", "SIM data: ¥36.00 a year → ¥45.00 a year")
}

func TestWhoMayOnlyLookCantEndOrAnswer(t *testing.T) {
	s := newSite(t)
	change, number := s.furnish()
	auditor := s.join("auditor", staff.Auditor)
	token := auditor.Get("/admin/objections/" + change).Is(http.StatusOK).Says("你的角色不能停掉服务。").Form("/admin/logout").Value("csrf")
	auditor.Post("/admin/objections/"+change+"/end", map[string][]string{"csrf": {token}, "ends_on": {"2026-12-31"}, "reason": {"x"}}).Is(http.StatusForbidden)
	auditor.Get("/admin/stops/" + number).Is(http.StatusOK).Says("你的角色只能看。")
	for _, answer := range []string{"/confirm", "/refuse"} {
		auditor.Post("/admin/stops/"+number+answer, map[string][]string{"csrf": {token}, "gone_from": {"2026-11-20"}, "reason": {"x"}}).Is(http.StatusForbidden)
	}
	operator := s.join("operator", staff.Operator)
	for _, path := range []string{"/admin/objections", "/admin/objections/" + change, "/admin/stops", "/admin/stops/" + number} {
		operator.Get(path).Is(http.StatusForbidden)
	}
	auditor.Get("/admin/objections/fc_404").Is(http.StatusNotFound)
	auditor.Get("/admin/stops/S404").Is(http.StatusNotFound)
	auditor.Get("/admin/stops?after=x").Is(http.StatusNotFound)
}

func TestSupportAnswersWhatMerchantsReport(t *testing.T) {
	s := newSite(t)
	_, number := s.furnish()
	support := s.join("support", staff.Support)
	support.Get("/admin").Says("商户报告不在了、等查实的终端")
	c := support.Get("/admin/stops").Is(http.StatusOK).Says("老街面馆", "丢了", "等查实").Click(number).Is(http.StatusOK)
	c.Says("搬家时丢的", "答应商户2026年11月30日前答复", "前台（"+sold+"）", "没有扣过")
	c.Form("/admin/stops/" + number + "/refuse").Submit().Is(http.StatusUnprocessableEntity).Says("写上没查实的原因")
	c.Form("/admin/stops/"+number+"/confirm").Set("gone_from", "2027-01-01").Submit().Is(http.StatusUnprocessableEntity).Says("日期要在2021年11月21日到2026年11月23日之间。")
	c.Form("/admin/stops/"+number+"/confirm").Set("gone_from", "2026-11-20").Submit().Follow().Says("记下了：终端从2026年11月20日起停用。", "查实，2026年11月20日起停用")
	c.Form("/admin/stops/" + number + "/confirm").Submit().Is(http.StatusConflict)
	support.Get("/admin/stops").Says("没有这样的")
	support.Speak("en").Get("/admin/stops?show=all&kind=lost").Says("confirmed", "lost")
}

func TestPagesOfWhatMerchantsAnswerTakeThreeRoundTripsAtMost(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("SQLite has no trips to count")
	}
	s := newSiteOn(t, dbtest.Postgres(t), cookie.Site{TLS: true}, origin)
	change, number := s.furnish()
	lead := s.join("lead", staff.Lead)
	for _, path := range []string{"/admin", "/admin/objections", "/admin/objections/" + change, "/admin/stops", "/admin/stops/" + number} {
		ctx, count := db.Count(t.Context())
		lead.Do(request(path).WithContext(ctx)).Is(http.StatusOK)
		if got := count.RoundTrips(); got > 3 || got == 0 {
			t.Errorf("%s takes %d round trips, want three at most", path, got)
		}
	}
}

func TestWhatCantBeConfirmedIsRefusedForAReasonThatStays(t *testing.T) {
	s := newSite(t)
	_, number := s.furnish()
	support := s.join("support", staff.Support)
	refuse := support.Get("/admin/stops/"+number).Is(http.StatusOK).Form("/admin/stops/"+number+"/refuse").Set("reason", "昨天还在用")
	refuse.Submit().Follow().Says("记下了，商户能看到原因", "没查实。昨天还在用")
	refuse.Submit().Is(http.StatusConflict)
	support.Get("/admin/stops").Says("没有这样的")
	var gone int
	if err := s.db.QueryRow(t.Context(), `select count(*) from terminals where inactive_from is not null`).Scan(&gone); err != nil || gone != 0 {
		t.Errorf("%d terminals are out of use, %v; want none", gone, err)
	}
}
