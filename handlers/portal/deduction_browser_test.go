package portal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/page"
)

func TestAChoiceInTheFilterChangesTheListAndTheAddress(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	tab := browsertest.Start(t).Tab(t, browsertest.Wide.In("zh-CN"))
	tab.Open(served.URL + "/as/M1002/owner")
	tab.Open(served.URL + "/deductions?check=not_agreed")
	tab.Fill("#field-amount", "99")
	tab.Press("\r")
	tab.Settle()
	if got := tab.Text("#results"); !strings.Contains(got, "多收 ¥51.00") || !strings.Contains(got, "共 1 笔") {
		t.Errorf("the list says %q; want the one of ¥99.00", got)
	}
	if got := tab.URL(); !strings.Contains(got, "amount=99") || !strings.Contains(got, "check=not_agreed") {
		t.Errorf("the address became %s", got)
	}
	if got := tab.Complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %q", got)
	}
}

func TestAnAlertGoesWhenTheNextAnswerComes(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	var down atomic.Bool
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "wait a little", http.StatusServiceUnavailable)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(served.Close)
	tab := browsertest.Start(t).Tab(t, browsertest.Wide.In("zh-CN"))
	tab.Open(served.URL + "/as/M1002/owner")
	tab.Open(served.URL + "/deductions")
	alerts := "#" + page.AlertsID
	down.Store(true)
	tab.Fill("#field-amount", "99")
	tab.Press("\r")
	if got := tab.Text(alerts); got != "wait a little" {
		t.Errorf("after an error the alerts say %q", got)
	}
	down.Store(false)
	tab.Press("\r")
	if got := tab.Text("#" + portal.DeductionsID); !strings.Contains(got, "多收 ¥51.00") {
		t.Errorf("the list says %q; want the one of ¥99.00", got)
	}
	if got := tab.Text(alerts); got != "" {
		t.Errorf("the alerts still say %q", got)
	}
	if !tab.Has(alerts + "[aria-live=polite]") {
		t.Error("the place of alerts is gone")
	}
}
