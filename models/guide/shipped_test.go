package guide

import (
	"errors"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

func TestEveryShippedGuideMayBePublished(t *testing.T) {
	all, err := ShippedGuides()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 18 {
		t.Errorf("got %d guides, want at least 18", len(all))
	}
	for _, g := range all {
		fields := Check(&g.Content)
		if f, ok := errors.AsType[*fault.Error](fields.Err()); ok {
			for _, field := range f.Fields {
				t.Errorf("%s: %s: %s %v", g.Slug, field.Name, field.Key, field.Args)
			}
		}
		if g.ReviewedOn > date.MustParse("2026-11-22") {
			t.Errorf("%s was reviewed on %s, which is to come", g.Slug, g.ReviewedOn)
		}
	}
}

func TestEveryFeeAndEveryRuleThatStopsAFeeHasAGuide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if n, err := Ship(t.Context(), d, morning); err != nil || n < 18 {
			t.Fatalf("shipped %d, %v", n, err)
		}
		g := published(t, d)
		for _, item := range fee.Items {
			if len(g.For(item, 0, 3)) == 0 {
				t.Errorf("no guide is about %s", item)
			}
		}
		for code := range fee.AllCodes() {
			codes, _ := fee.ParseCodes(code.String())
			if code.Level() != fee.LevelInfo && len(g.For("", codes, 3)) == 0 {
				t.Errorf("no guide helps with %s", code)
			}
		}
	})
}
