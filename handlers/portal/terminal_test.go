package portal

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/webtest"
)

// depositOfM1002 is a terminal of M1002's with a deposit of ¥199.00, in use since
// 21 January 2024.
const depositOfM1002 = "820000048339"

// soldBy is what was sold with a terminal from a day to another.
func (s *merchantSite) soldBy(t *testing.T, sn, from, to string) (sold money.Fen) {
	t.Helper()
	err := s.db.QueryRow(t.Context(), `select sum(card_fen + qr_fen) from settlements
		where terminal_id = (select id from terminals where sn = $1) and settled_on >= $2 and settled_on <= $3`, sn, from, to).Scan(&sold)
	if err != nil || sold <= 0 {
		t.Fatalf("%s sold %v, %v; want a terminal with sales", sn, sold, err)
	}
	return sold
}

// depositOn has the deposit of the sample come back once so much was sold within
// months of the activation, as if it had been published so.
func (s *merchantSite) depositOn(t *testing.T, turnover money.Fen, months int) {
	t.Helper()
	drop := "drop trigger if exists plan_versions_refuse_update"
	if s.db.Dialect == db.Postgres {
		drop = "drop trigger if exists plan_versions_are_kept on plan_versions"
	}
	set := fmt.Sprintf(`'{"kind": "turnover", "amount_fen": %d, "months": %d}'`, int64(turnover), months)
	set = "json_set(texts, '$.deposit', json(" + set + "))"
	if s.db.Dialect == db.Postgres {
		set = fmt.Sprintf(`jsonb_set(texts, '{deposit}', '{"kind": "turnover", "amount_fen": %d, "months": %d}')`, int64(turnover), months)
	}
	s.change(t, drop, "update plan_versions set texts = "+set+" where plan_id = (select id from plans where code = 'deposit-199')")
	s.pages.Plans = disclosure.NewCatalogue(s.db)
	if err := s.pages.Plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestADepositSaysHowMuchIsStillToBeSoldAndByWhen(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c, path := s.as(t, "M1002", account.Viewer), "/terminals/"+depositOfM1002
		c.Get(path).Is(http.StatusOK).Says("机具押金").SaysNot("拿回押金", "还差")

		sold := s.soldBy(t, depositOfM1002, "2024-01-21", "2026-11-22")
		s.depositOn(t, sold+123456, 36)
		c.Get(path).Says("拿回押金", "2024年1月21日起收款", "还差 ¥1,234.56，2027年1月20日以前收够，就退押金 ¥199.00。")
		c.Speak("en").Get(path).Says("¥1,234.56 to go. Sell it by 20 January 2027, and ¥199.00 comes back to you.")

		c.Speak("zh-CN")
		s.depositOn(t, sold, 36)
		var met date.Date
		err := d.QueryRow(t.Context(), `select max(settled_on) from settlements where card_fen + qr_fen > 0 and settled_on <= '2026-11-22' and terminal_id = (
			select id from terminals where sn = $1)`, depositOfM1002).Scan(&met)
		if err != nil {
			t.Fatal(err)
		}
		c.Get(path).Says(i18n.For(i18n.ZhCN).Date(met)+"收够了。押金 ¥199.00 该退给你", "几天内退，看上面“怎么拿回”").SaysNot("还差", "告诉我们")
		owner := s.as(t, "M1002", account.Owner)
		if got := owner.Get(path).Says("到期没到账，告诉我们").Click("到期没到账，告诉我们").URL; got.Path+"?"+got.RawQuery != complainAddress(complaint.OfTerminal, depositOfM1002) {
			t.Errorf("it leads to %s; want to a complaint about the terminal", got)
		}
	})
}

func TestAPeriodLeadsToWhatExplainsItsDeduction(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Viewer)
	page := c.Get("/terminals/" + yearlyOfM1002).Is(http.StatusOK)
	var rows, marks []string
	for _, a := range page.All("a") {
		href := a.Attr[slices.IndexFunc(a.Attr, func(at html.Attribute) bool { return at.Key == "href" })].Val
		if !strings.HasPrefix(href, "/deductions/") {
			continue
		}
		switch class := classOf(a.Parent); {
		case class == "what":
			marks = append(marks, href)
		case a.Parent.Parent.Data == "th" && a.Parent.Parent.PrevSibling == nil: // the latest deductions begin with their day
			rows = append(rows, href)
		}
	}
	var wrong string
	err := s.db.QueryRow(t.Context(), `select l.id from bill_lines l join deductions d on d.id = l.id where d.ref = 'X820000032929-dup'`).Scan(&wrong)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(marks, "/deductions/"+wrong) {
		t.Errorf("the list of the picture leads to %q; want the line that was taken twice, %s", marks, wrong)
	}
	if !slices.Contains(rows, "/deductions/"+wrong) {
		t.Errorf("the periods lead to %q; want %s among them", rows, wrong)
	}
	for _, href := range slices.Concat(rows, marks) {
		c.Get(href).Is(http.StatusOK)
	}
}

func classOf(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}

func TestWhatCanBeDoneStandsBeforeTheFeesAndClausesLeadToWhereTheyAreWritten(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/terminals/" + yearlyOfM1002).Is(http.StatusOK)
	text := page.Text()
	for _, action := range []string{"停用或报告", "收费有问题"} {
		if at, fees := strings.Index(text, action), strings.Index(text, "下一笔"); at < 0 || at > fees {
			t.Errorf("%s stands at %d, the next fee at %d; want it first", action, at, fees)
		}
	}
	var clauses []string
	for _, a := range page.All("a") {
		if href := webtest.Attr(a, "href"); strings.HasPrefix(href, "/disclosures/terminal-fees/") {
			clauses = append(clauses, href)
		}
	}
	if len(clauses) == 0 {
		t.Error("no clause is a link")
	}
}
