package portal

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

func TestAFeeAndWhatWasWrongLeadToGuides(t *testing.T) {
	d := dbtest.SQLite(t)
	if _, err := guide.Ship(t.Context(), d, time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	h := &Portal{Guides: guide.NewCatalogue(d)}
	zh, en := i18n.For(i18n.ZhCN), i18n.For(i18n.En)
	if links := h.guideLinks(zh, fee.SimData, 0); len(links) != 0 {
		t.Errorf("before there are guides got %v", links)
	}
	if _, err := h.Guides.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	twice, _ := fee.ParseCodes("duplicate_cycle retry_after_reversal")
	for range 2 { // as worked out, and as remembered
		links := h.guideLinks(en, fee.SimData, twice)
		if len(links) != guidesShown || links[0].Href != "/guides/charged-twice" {
			t.Errorf("what was taken twice leads to %v", links)
		}
		if want := h.Guides.Guides().BySlug("charged-twice").Content.ZhCN.Title; h.guideLinks(zh, fee.SimData, twice)[0].Label != want {
			t.Errorf("in Chinese it leads to %v, want %s", h.guideLinks(zh, fee.SimData, twice), want)
		}
	}
	fees := make([]deduction.TerminalFee, 5)
	for i, item := range []fee.Item{fee.SimData, fee.SimData, fee.Withdrawal, fee.DeviceDeposit, fee.Transaction} {
		fees[i].Plan = &disclosure.Plan{Fee: fee.Plan{Item: item}}
	}
	links := h.terminalGuides(zh, fees)
	if len(links) != guidesShown {
		t.Errorf("a terminal leads to %v", links)
	}
	seen := map[page.Link]bool{}
	for _, l := range links {
		if seen[l] {
			t.Errorf("a terminal leads to %s twice", l.Href)
		}
		seen[l] = true
	}
	if got := (&Portal{}).guideLinks(zh, fee.SimData, twice); got != nil {
		t.Errorf("without guides got %v", got)
	}
}
