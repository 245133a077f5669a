package deduction

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

const (
	simYearly = int64(iota + 1)
	cardRate
	qrRate
	payout
	creditRate
	debitRate
)

func published(item fee.Item, method fee.Method, price fee.Price) *fee.Plan {
	return &fee.Plan{Item: item, Method: method, Versions: []fee.Version{{
		Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01"), Price: price,
	}}}
}

var plans = map[int64]*fee.Plan{
	simYearly:  published(fee.SimData, "", fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue}),
	cardRate:   published(fee.Transaction, fee.Card, fee.Price{Kind: fee.PerSale, Rate: 6000}),
	qrRate:     published(fee.Transaction, fee.QR, fee.Price{Kind: fee.PerSale, Rate: 3800}),
	payout:     published(fee.Withdrawal, "", fee.Price{Kind: fee.PerItem, Amount: 300}),
	creditRate: published(fee.Transaction, fee.Credit, fee.Price{Kind: fee.PerSale, Rate: 6000}),
	debitRate:  published(fee.Transaction, fee.Debit, fee.Price{Kind: fee.PerSale, Rate: 5000, Cap: 2000}),
}

func planByID(id int64) *fee.Plan { return plans[id] }

// counter is a terminal in use since the start of 2025, enrolled in the plans.
func counter(planIDs ...int64) *Terminal {
	first := date.MustParse("2025-01-01")
	t := &Terminal{ID: 7, MerchantID: 3, SN: "820000018093", ActivatedOn: first}
	for _, id := range planIDs {
		t.Enrolments = append(t.Enrolments, Enrolment{PlanID: id, Fee: fee.Enrolment{
			AnchorOn: first, Accepted: []fee.Acceptance{{Version: 1, On: first, Via: "app"}},
		}})
	}
	return t
}

func billOf(t *testing.T, terminal *Terminal) string {
	t.Helper()
	lines, err := terminal.Judge(planByID, fee.DefaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s %s %s\n", l.ID, l.Amount.Yuan(), l.Verdict.Decision, l.Verdict.Reasons)
	}
	return strings.TrimSpace(b.String())
}

func expectBill(t *testing.T, terminal *Terminal, want string) {
	t.Helper()
	if got := billOf(t, terminal); got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
}

func day(on string) Settlement {
	return Settlement{
		ID: "s_1", Ref: "S1", On: date.MustParse(on),
		CardCount: 46, Card: 531800, CardFee: 3200, QRCount: 3, QR: 10000, QRFee: 38, PayoutCount: 2, PayoutFee: 600,
	}
}

func TestEachFeeColumnOfASettlementIsALineWithItsOwnVerdict(t *testing.T) {
	c := counter(cardRate, qrRate, payout)
	s := day("2025-03-03")
	s.PayoutFee = 900
	c.Settlements = []Settlement{s}
	expectBill(t, c, `
s_1-card 32.00 allow 
s_1-payout 9.00 deny amount_over
s_1-qr 0.38 allow `)
}

func TestADeductionExplainsPartOfASettlementAndNeverAddsToIt(t *testing.T) {
	c := counter(cardRate, qrRate, payout, simYearly)
	s := day("2025-03-03")
	s.CardFee += 91734
	s.Card += 3058000
	s.CardCount++
	s.OtherFee = 3600
	c.Settlements = []Settlement{s}
	sale := money.Fen(3058000)
	at := date.MustParse("2025-03-03").At(10, 0)
	c.Deductions = []Deduction{
		{ID: "d_rate", Item: fee.Transaction, PlanID: cardRate, Amount: 91734, Sale: &sale, At: at, State: fee.Posted, Origin: "core", SettlementRef: "S1"},
		{ID: "d_sim", Item: fee.SimData, PlanID: simYearly, Amount: 3600, At: at, State: fee.Posted, Origin: "core", SettlementRef: "S1"},
	}
	expectBill(t, c, `
d_rate 917.34 deny amount_over
d_sim 36.00 allow 
s_1-card 32.00 allow 
s_1-payout 6.00 allow 
s_1-qr 0.38 allow `)
}

func TestWhatASettlementTookAndNobodyExplainsIsShownAndNotAgreed(t *testing.T) {
	c := counter()
	c.Settlements = []Settlement{{ID: "s_1", Ref: "S1", On: date.MustParse("2025-03-03"), OtherFee: 1500}}
	expectBill(t, c, "s_1-other 15.00 deny not_agreed")
}

func TestCreditAndDebitReportedTogetherAreNotShownAsChecked(t *testing.T) {
	for name, c := range map[string]*Terminal{
		"credit alone": counter(creditRate), "debit alone": counter(debitRate), "both": counter(creditRate, debitRate),
	} {
		for _, sales := range []int64{1, 46} {
			c.Settlements = []Settlement{{ID: "s_1", Ref: "S1", On: date.MustParse("2025-03-03"), CardCount: sales, Card: 531800, CardFee: 2700}}
			if got, want := billOf(t, c), "s_1-card 27.00 allow not_itemised"; got != want {
				t.Errorf("%s, %d sales: got %q; want %q", name, sales, got, want)
			}
		}
	}
}

func TestADeductionWithoutEnrolmentIsTakenInAndNotAgreed(t *testing.T) {
	c := counter(simYearly)
	c.Deductions = []Deduction{{ID: "d_1", Item: fee.Insurance, Amount: 1500, At: date.MustParse("2025-03-03").At(9, 0), State: fee.Posted, Origin: "core"}}
	expectBill(t, c, "d_1 15.00 deny not_agreed")
}

func TestWhatTheReplacedTerminalPaidIsRemembered(t *testing.T) {
	old := counter(simYearly)
	old.Deductions = []Deduction{{ID: "d_old", Item: fee.SimData, PlanID: simYearly, Amount: 3600, At: date.MustParse("2025-02-01").At(9, 0), State: fee.Posted, Origin: "core"}}
	c := counter(simYearly)
	var err error
	if c.Replaced, err = old.AsReplaced(planByID, fee.DefaultPolicy); err != nil {
		t.Fatal(err)
	}
	for i := range c.Enrolments {
		c.Enrolments[i].Fee.AnchorOn = date.MustParse("2025-06-01")
	}
	c.Deductions = []Deduction{{ID: "d_new", Item: fee.SimData, PlanID: simYearly, Amount: 3600, At: date.MustParse("2025-07-01").At(9, 0), State: fee.Posted, Origin: "core"}}
	expectBill(t, c, "d_new 36.00 hold replacement_paid")
}

func TestAnExplanationComesFromTheVeryCaseThatWasJudged(t *testing.T) {
	c := counter(simYearly, cardRate, creditRate)
	c.Settlements = []Settlement{day("2025-03-03")}
	for i, on := range []string{"2025-01-10", "2025-02-01", "2025-05-01", "2026-02-01"} {
		c.Deductions = append(c.Deductions, Deduction{
			ID: fmt.Sprint("d_", i), Item: fee.SimData, PlanID: simYearly, Amount: 3600, At: date.MustParse(on).At(9, 0), State: fee.Posted, Origin: "core",
		})
	}
	lines, err := c.Judge(planByID, fee.DefaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		e, err := c.Explain(l.ID, planByID, fee.DefaultPolicy)
		if err != nil || e.Verdict != l.Verdict || e.Amount != l.Amount {
			t.Errorf("%s is explained by %+v, %v; judged %+v", l.ID, e.Verdict, err, l.Verdict)
		}
	}
	if _, err := c.Explain("d_none", planByID, fee.DefaultPolicy); !fault.Is(err, fault.NotFound) {
		t.Errorf("a line that is not there is explained: %v", err)
	}
}

func TestAPlanThatIsNotKnownIsNotJudgedAsNotAgreed(t *testing.T) {
	c := counter(simYearly)
	c.Deductions = []Deduction{{ID: "d_1", Item: fee.SimData, PlanID: 99, Amount: 1, At: date.MustParse("2025-03-03").At(9, 0), State: fee.Posted, Origin: "core"}}
	if lines, err := c.Judge(planByID, fee.DefaultPolicy); err == nil {
		t.Errorf("judged %v; want an error", lines)
	}
}

func TestASettlementAddsUpToTheFenOrSaysByHowMuchNot(t *testing.T) {
	s := day("2025-03-03")
	s.PaidOut = s.Sales() - s.Fees()
	if s.Gap() != 0 {
		t.Errorf("it is off by %d; want 0", s.Gap())
	}
	s.PaidOut -= 7
	if s.Gap() != -7 {
		t.Errorf("it is off by %d; want -7", s.Gap())
	}
}
