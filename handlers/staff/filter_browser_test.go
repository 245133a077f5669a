package staff_test

import (
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/browsertest"
)

func TestAChoiceInAFilterOfStaffChangesTheListAlone(t *testing.T) {
	s, url := serve(t)
	s.furnish()
	lin, auditor := s.enlist("lin", staff.Support), s.enlist("auditor", staff.Auditor)
	browser := browsertest.Start(t)
	for _, c := range []struct {
		by              *member
		at, field, list string
	}{
		{lin, "/admin/merchants", "#field-find", "list"},
		{lin, "/admin/cases", "#field-find", "list"},
		{auditor, "/admin/audit", "#field-actor", "answers"},
	} {
		tab := browser.Tab(t, browsertest.Wide.In("zh-CN"))
		c.by.enterIn(tab, url)
		tab.Open(url + c.at)
		tab.Fill(c.field, "nobody")
		tab.Press("\r")
		tab.Settle()
		if got := tab.URL(); !strings.Contains(got, "=nobody") {
			t.Errorf("%s: the address became %s", c.at, got)
		}
		if got := strings.Count(tab.HTML(), "<main"); got != 1 {
			t.Errorf("%s: %d pages in one", c.at, got)
		}
		if got := strings.Count(tab.HTML(), `id="`+c.list+`"`); got != 1 {
			t.Errorf("%s: %d lists, want 1", c.at, got)
		}
		if got := tab.Complaints(); len(got) > 0 {
			t.Errorf("%s: the browser complains: %q", c.at, got)
		}
	}
}
