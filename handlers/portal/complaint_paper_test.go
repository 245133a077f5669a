package portal

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/browsertest"
)

func TestACasePrintsWithItsDecisionAndNothingToFillIn(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	number := filed(t, c.Get(complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))).Form(complainPath).Set(reasonField, "twice").Submit())
	amount := money.Fen(36_00)
	err := s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.Upheld, RootCause: "价格录错", Reason: "又收了一次。", Amount: &amount})
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	tab := browsertest.Start(t).Tab(t, browsertest.Wide.In("zh-CN"))
	tab.Open(served.URL + "/as/M1002/owner")
	tab.Open(served.URL + caseAddress(number))
	tab.OnPaper()
	for _, box := range []string{"form", "textarea", ".btn", ".nav", ".tabs"} {
		if tab.Has(box) {
			t.Errorf("on paper there is a %s", box)
		}
	}
	text := tab.Text("body")
	for _, want := range []string{"顺意便利店 · 示例支付", number, "投诉成立", "退给您 ¥36.00", "又收了一次"} {
		if !strings.Contains(text, want) {
			t.Errorf("on paper it does not say %q:\n%s", want, text)
		}
	}
}
