package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// PlainPath is the route of the plain version of the fee page.
const PlainPath = "/bench/terminals/:sn"

// PlainTerminal returns the fee page as it would be written first: the same page
// of the same server, behind the same session, but read by GORM with Preload,
// row by row into structs with tags.
func PlainTerminal(d *db.DB, plans func() *disclosure.Plans, policy func() fee.Policy, answer func(echo.Context, *deduction.TerminalPage) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := plainPage{plans: plans(), policy: policy()}
		if err := p.read(c.Request().Context(), d, guard.ActorOf(c).MerchantID, c.Param("sn")); err != nil {
			return err
		}
		read, err := p.page()
		if err != nil {
			return err
		}
		return answer(c, read)
	}
}

// The rows below have what the page's tables have, as far as it shows it.
type (
	plainTerminal struct {
		ID             int64
		MerchantID     int64
		ShopID         int64
		SN             string
		Alias          string
		OwnAlias       *string
		Model          string
		Type           string
		ICCID          string `gorm:"column:iccid"`
		Carrier        string
		ActivatedOn    date.Date
		InactiveFrom   date.Date
		InactiveReason *string
		ReportedGoneOn date.Date
		ReplacesSN     *string
		Shop           plainShop        `gorm:"foreignKey:ShopID"`
		Merchant       plainMerchant    `gorm:"foreignKey:MerchantID"`
		Enrolments     []plainEnrolment `gorm:"foreignKey:TerminalID"`
		Lines          []plainLine      `gorm:"foreignKey:TerminalID"`
		Notices        []plainNotice    `gorm:"foreignKey:TerminalID"`
		Disputes       []plainDispute   `gorm:"foreignKey:TerminalID"`
		Scheduled      []plainScheduled `gorm:"foreignKey:TerminalID"`
		Reports        []plainReport    `gorm:"foreignKey:TerminalID"`
		TopUps         []plainTopUp     `gorm:"foreignKey:TerminalID"`
	}
	plainShop struct {
		ID   int64
		Name string
	}
	plainMerchant struct {
		ID       int64
		ClosedOn date.Date
	}
	plainEnrolment struct {
		ID          int64
		TerminalID  int64
		PlanID      int64
		AnchorOn    date.Date
		CancelledOn date.Date
		OwnLimitFen *money.Fen
		Acceptances []plainAcceptance `gorm:"foreignKey:EnrolmentID"`
	}
	plainAcceptance struct {
		ID          int64
		EnrolmentID int64
		Version     int
		AcceptedOn  date.Date
		AcceptedBy  string
		Via         string
	}
	plainLine struct {
		ID            string
		MerchantID    int64
		TerminalID    int64
		Kind          string
		Item          string
		PlanID        *int64
		Method        *string
		At            time.Time
		OnDate        date.Date
		Seq           int64
		AmountFen     money.Fen
		RefundedFen   money.Fen
		SaleFen       *money.Fen
		SaleCount     *int64
		State         string
		Origin        string
		OrderRef      *string
		SettlementRef *string
		PeriodFrom    date.Date
		Decision      string
		Reasons       string
		ExpectedFen   money.Fen
		Version       *int
		CycleIndex    *int
		CycleFrom     date.Date
		CycleTo       date.Date
		Settles       bool
	}
	plainNotice struct {
		ID          int64
		TerminalID  int64
		PlanID      int64
		PeriodFrom  date.Date
		AmountFen   money.Fen
		Channel     string
		DeliveredAt time.Time
	}
	plainDispute struct {
		ID         string
		TerminalID int64
		Item       string
		Cycle      *int
	}
	plainScheduled struct {
		TerminalID int64
		PlanID     int64
		CycleIndex int
		OnDate     date.Date
		AmountFen  money.Fen
	}
	plainReport struct {
		ID         string
		TerminalID int64
		Number     string
		OnDate     date.Date
		At         time.Time
		Answer     *plainAnswer `gorm:"foreignKey:RequestID"`
	}
	plainAnswer struct {
		RequestID string
		Confirmed bool
		Reason    string
		At        time.Time
	}
	plainTopUp struct {
		ID         string
		TerminalID int64
		AmountFen  money.Fen
		PaidAt     time.Time
	}
	plainUsage struct {
		TerminalID  int64
		UsedOn      date.Date
		UsedMB      int64
		AllowanceMB *int64
		BalanceFen  *money.Fen
	}
	plainMonth struct {
		TerminalID int64
		Month      date.Date
		AmountFen  money.Fen
	}
)

// TableName names the table of terminals.
func (plainTerminal) TableName() string { return "terminals" }

// TableName names the table of shops.
func (plainShop) TableName() string { return "shops" }

// TableName names the table of merchants.
func (plainMerchant) TableName() string { return "merchants" }

// TableName names the table of enrolments.
func (plainEnrolment) TableName() string { return "enrolments" }

// TableName names the table of acceptances.
func (plainAcceptance) TableName() string { return "acceptances" }

// TableName names the table of the bill's lines.
func (plainLine) TableName() string { return "bill_lines" }

// TableName names the table of notices.
func (plainNotice) TableName() string { return "delivered_notices" }

// TableName names the table of disputes.
func (plainDispute) TableName() string { return "disputes" }

// TableName names the table of what the core system has scheduled.
func (plainScheduled) TableName() string { return "scheduled_charges" }

// TableName names the table of reports that terminals are gone.
func (plainReport) TableName() string { return "stop_requests" }

// TableName names the table of the answers to them.
func (plainAnswer) TableName() string { return "stop_answers" }

// TableName names the table of what was paid into SIMs.
func (plainTopUp) TableName() string { return "top_ups" }

// TableName names the table of days of usage.
func (plainUsage) TableName() string { return "sim_usage" }

// TableName names the table of the bill's months.
func (plainMonth) TableName() string { return "bill_months" }

// plainPage reads the page and puts it together.
type plainPage struct {
	plans    *disclosure.Plans
	policy   fee.Policy
	terminal plainTerminal
	recent   []plainLine
	months   []plainMonth
	usage    []plainUsage
	wrong    int64
}

func (p *plainPage) read(ctx context.Context, d *db.DB, merchantID int64, sn string) error {
	err := d.Gorm(ctx).Preload("Shop").Preload("Merchant").Preload("Enrolments.Acceptances").
		Preload("Lines", "cycle_index is not null or period_from is not null").
		Preload("Notices").Preload("Disputes", "closed_at is null").Preload("Scheduled", "cycle_index > 0").
		Preload("Reports", "kind <> 'fee'").Preload("Reports.Answer").Preload("TopUps").
		Where("merchant_id = ? and sn = ?", merchantID, sn).First(&p.terminal).Error
	if db.NotFound(err) {
		return fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if err != nil {
		return err
	}
	year, _, _ := today.Civil()
	of := d.Gorm(ctx).Where("terminal_id = ?", p.terminal.ID)
	if err := of.Order("at desc, id desc").Limit(6).Find(&p.recent).Error; err != nil {
		return err
	}
	of = d.Gorm(ctx).Where("terminal_id = ?", p.terminal.ID)
	if err := of.Where("month >= ?", date.New(year, time.January, 1)).Find(&p.months).Error; err != nil {
		return err
	}
	of = d.Gorm(ctx).Model(&plainLine{}).Where("merchant_id = ? and terminal_id = ?", merchantID, p.terminal.ID)
	if err := of.Where("at >= ? and decision <> 'allow'", today.AddDays(-deduction.WrongDays).Start()).Count(&p.wrong).Error; err != nil {
		return err
	}
	of = d.Gorm(ctx).Where("merchant_id = ? and terminal_id = ?", merchantID, p.terminal.ID)
	return of.Where("used_on >= ?", today.MonthStart()).Find(&p.usage).Error
}

// page makes what the presenting code takes of what was read.
func (p *plainPage) page() (*deduction.TerminalPage, error) {
	t := &p.terminal
	page := &deduction.TerminalPage{Terminal: deduction.Card{
		ID: t.ID, SN: t.SN, Alias: t.Alias, Shop: t.Shop.Name, Model: t.Model, Type: t.Type, ICCID: t.ICCID, Carrier: t.Carrier,
		ActivatedOn: t.ActivatedOn, InactiveFrom: t.InactiveFrom, InactiveReason: orEmpty(t.InactiveReason), ReportedGoneOn: t.ReportedGoneOn,
		ReplacesSN: orEmpty(t.ReplacesSN), ClosedOn: t.Merchant.ClosedOn,
	}}
	if t.OwnAlias != nil {
		page.Terminal.Alias = *t.OwnAlias
	}
	facts := p.facts()
	slices.SortFunc(t.Enrolments, func(a, b plainEnrolment) int { return cmp.Compare(a.ID, b.ID) })
	for i := range t.Enrolments {
		f, err := p.fee(&t.Enrolments[i], facts)
		if err != nil {
			return nil, err
		}
		page.Fees = append(page.Fees, f)
	}
	for i := range p.recent {
		page.Recent = append(page.Recent, p.recent[i].line())
	}
	for _, m := range p.months {
		page.ThisYear += m.AmountFen
	}
	if len(p.usage) > 0 {
		page.Usage = p.sumUsage()
	}
	page.Wrong = int(p.wrong)
	for _, r := range t.Reports {
		page.Report = deduction.Report{Number: r.Number, On: r.OnDate}
		if r.Answer != nil {
			page.Report.Reason = r.Answer.Reason
		}
	}
	for _, u := range t.TopUps {
		if u.PaidAt.After(page.TopUp.At) {
			page.TopUp = deduction.TopUp{Amount: u.AmountFen, At: u.PaidAt}
		}
	}
	return page, nil
}

// facts are what the rules ask of the terminal. Nobody's in this world took the
// place of another.
func (p *plainPage) facts() *deduction.Terminal {
	t := &p.terminal
	facts := &deduction.Terminal{
		SN: t.SN, ActivatedOn: t.ActivatedOn, InactiveFrom: t.InactiveFrom, ReportedGoneOn: t.ReportedGoneOn, MerchantClosedOn: t.Merchant.ClosedOn,
	}
	for _, e := range t.Enrolments {
		facts.Enrolments = append(facts.Enrolments, deduction.Enrolment{PlanID: e.PlanID, Fee: e.fee()})
	}
	slices.SortFunc(t.Notices, func(a, b plainNotice) int {
		return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), cmp.Compare(a.ID, b.ID))
	})
	for _, n := range t.Notices {
		facts.Notices = append(facts.Notices, deduction.Notice{
			PlanID: n.PlanID, PeriodFrom: n.PeriodFrom, Amount: n.AmountFen, Channel: n.Channel, DeliveredAt: n.DeliveredAt,
		})
	}
	for _, d := range t.Disputes {
		dispute := deduction.Dispute{Item: fee.Item(d.Item), Fee: fee.Dispute{Open: true, WholeItem: d.Cycle == nil}}
		if d.Cycle != nil {
			dispute.Fee.Cycle = *d.Cycle
		}
		facts.Disputes = append(facts.Disputes, dispute)
	}
	for _, c := range t.Scheduled {
		facts.Scheduled = append(facts.Scheduled, deduction.Scheduled{PlanID: c.PlanID, Cycle: c.CycleIndex, On: c.OnDate, Amount: c.AmountFen})
	}
	return facts
}

// fee is one fee of the terminal, with what the rules say of it.
func (p *plainPage) fee(e *plainEnrolment, facts *deduction.Terminal) (deduction.TerminalFee, error) {
	f := deduction.TerminalFee{PlanID: e.PlanID, Plan: p.plans.ByID(e.PlanID), Enrolment: e.fee()}
	if f.Plan == nil {
		return f, fmt.Errorf("plan %d is not known", e.PlanID)
	}
	for _, a := range e.Acceptances {
		f.AcceptedBy = a.AcceptedBy
	}
	slices.SortFunc(p.terminal.Lines, func(a, b plainLine) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	for i := range p.terminal.Lines {
		if l := p.terminal.Lines[i].line(); l.PlanID == e.PlanID {
			f.Lines = append(f.Lines, l)
		}
	}
	c := facts.Case(&f.Plan.Fee, f.PlanID, f.Plan.Fee.Item, p.policy)
	f.InForce = fee.VersionOn(c, today)
	if !f.Plan.Fee.HasCycles() {
		return f, nil
	}
	f.Notices = c.Notices
	var judged []fee.Judged
	for i := range f.Lines {
		l := &f.Lines[i]
		entry := fee.Entry{Amount: l.Amount.Minus(l.Refunded), On: l.On, State: l.State, OrderRef: l.OrderRef}
		j := fee.Judged{Deduction: &fee.Deduction{Ref: l.ID, Amount: l.Amount, Refunded: l.Refunded, At: l.At, State: l.State}, Verdict: l.Verdict}
		if l.Settles {
			entry.Cycle, j.Settles = l.Verdict.Cycle.Index, l.Verdict.Cycle.Index
		}
		c.History, judged = append(c.History, entry), append(judged, j)
	}
	var err error
	if f.Charges, err = fee.Forecast(c, today, today.AddMonths(12)); err != nil {
		return f, err
	}
	f.Account, err = fee.Reconcile(c, judged, date.First, date.Last, today)
	return f, err
}

func (p *plainPage) sumUsage() *deduction.Usage {
	sum := &deduction.Usage{}
	for _, u := range p.usage {
		sum.UsedMB += u.UsedMB
		sum.AsOf = max(sum.AsOf, u.UsedOn)
		if u.AllowanceMB != nil && (sum.AllowanceMB == nil || *u.AllowanceMB > *sum.AllowanceMB) {
			sum.AllowanceMB = u.AllowanceMB
		}
		if u.BalanceFen != nil && (sum.Balance == nil || *u.BalanceFen < *sum.Balance) {
			sum.Balance = u.BalanceFen
		}
	}
	return sum
}

func (e *plainEnrolment) fee() fee.Enrolment {
	f := fee.Enrolment{AnchorOn: e.AnchorOn, CancelledOn: e.CancelledOn, OwnLimit: e.OwnLimitFen}
	slices.SortFunc(e.Acceptances, func(a, b plainAcceptance) int {
		return cmp.Or(cmp.Compare(a.AcceptedOn, b.AcceptedOn), cmp.Compare(a.ID, b.ID))
	})
	for _, a := range e.Acceptances {
		f.Accepted = append(f.Accepted, fee.Acceptance{Version: a.Version, On: a.AcceptedOn, Via: a.Via})
	}
	return f
}

func (l *plainLine) line() deduction.Line {
	line := deduction.Line{
		ID: l.ID, MerchantID: l.MerchantID, TerminalID: l.TerminalID, Kind: deduction.Kind(l.Kind), Item: fee.Item(l.Item), PlanID: orEmpty(l.PlanID),
		Method: fee.Method(orEmpty(l.Method)), At: l.At, On: l.OnDate, Seq: l.Seq, Amount: l.AmountFen, Refunded: l.RefundedFen,
		Sale: l.SaleFen, SaleCount: l.SaleCount, State: fee.State(l.State), Origin: l.Origin, OrderRef: orEmpty(l.OrderRef),
		SettlementRef: orEmpty(l.SettlementRef), PeriodFrom: l.PeriodFrom, Settles: l.Settles,
	}
	line.Verdict.Decision, line.Verdict.Expected = fee.Decision(l.Decision), l.ExpectedFen
	line.Verdict.Reasons, _ = fee.ParseCodes(l.Reasons)
	line.Verdict.Version = orEmpty(l.Version)
	line.Verdict.Cycle = fee.Cycle{Index: orEmpty(l.CycleIndex), From: l.CycleFrom, To: l.CycleTo}
	return line
}

func orEmpty[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
