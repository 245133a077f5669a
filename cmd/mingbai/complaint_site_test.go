package main

import (
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/browsertest"
)

// uncomplained are deductions of a merchant's that were taken, and that no case is
// about.
func (s *site) uncomplained(t *testing.T, m shop) (ids []string) {
	t.Helper()
	err := s.db.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `select l.id from bill_lines l where l.merchant_id = $1 and l.kind = 'deduction' and l.state = 'posted' and l.decision = 'allow'
		and not exists (select 1 from cases c where c.subject_ref = l.id) order by l.at desc`, m.id)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAMerchantGoesFromAWrongLineToTheDecisionAndItsRating(t *testing.T) {
	s := serveSite(t)
	s.cookies["owner"] = s.site.enter(s.shop(mine), account.Owner)
	browser := browsertest.Start(t)
	he := staff.Actor{Roles: []staff.Role{"support"}}
	if err := s.db.QueryRow(t.Context(), `select s.id, s.name from staff s join staff_role_changes r on r.staff_id = s.id where r.role = 'support' order by s.id limit 1`).Scan(&he.ID, &he.Name); err != nil {
		t.Fatal(err)
	}
	lines := s.uncomplained(t, s.shop(mine))
	views := []browsertest.View{
		browsertest.Phone.In("zh-CN"), browsertest.Phone.In("zh-CN").WithoutScript(), browsertest.Wide.In("en"), browsertest.Wide.In("en").WithoutScript(),
	}
	if len(lines) < len(views) {
		t.Fatalf("there are %d deductions to complain of, want %d", len(lines), len(views))
	}
	for i, view := range views {
		t.Run(view.String(), func(t *testing.T) {
			tab := browser.Tab(t, view)
			tab.Open(s.enter("owner", "/deductions/"+lines[i]))
			tab.Click("main a[href*='/complaints/new']")
			tab.Check()
			tab.Screenshot("complain")
			tab.Click("#field-reason")
			tab.Click("#field-words")
			tab.Press("I never signed this")
			tab.Click("main form button")
			_, number, ok := strings.Cut(tab.URL(), "/complaints/")
			if !ok || !strings.HasPrefix(number, "C20") {
				t.Fatalf("the form leads to %s, want a case", tab.URL())
			}
			if got := tab.Text("main"); !strings.Contains(got, number) || !strings.Contains(got, "I never signed this") {
				t.Errorf("the case says %q; want its number and what was written", got)
			}
			tab.Check()
			tab.Screenshot("complaint-received")
			amount := money.Fen(100)
			err := s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "写错", Reason: "有一处写错了。", Amount: &amount})
			if err != nil {
				t.Fatal(err)
			}
			tab.Open(s.url + "/complaints/" + number)
			if got := tab.Text("main"); !strings.Contains(got, "¥1.00") || !strings.Contains(got, "12363") {
				t.Errorf("the decision says %q; want what is given back, and where to turn", got)
			}
			tab.Check()
			tab.Screenshot("complaint-decided")
			tab.Click("form[action$='/accept'] button")
			s.at(t, tab, "/complaints/"+number)
			tab.Click("#field-stars")
			tab.Click("form[action$='/rating'] button")
			s.at(t, tab, "/complaints/"+number)
			if got := tab.HTML(); strings.Contains(got, "/rating") {
				t.Error("what was rated asks for a rating again")
			}
			tab.Check()
			tab.Open(s.url + "/complaints")
			tab.Check()
			tab.Open(s.url + "/complaints/new")
			tab.Check()
			if got := tab.Complaints(); len(got) > 0 {
				t.Errorf("the browser complains: %q", got)
			}
		})
	}
}
