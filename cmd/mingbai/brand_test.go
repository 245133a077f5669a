package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

func TestPagesCarryTheAcquirersNameAndColourOnceSomebodyHasSetThem(t *testing.T) {
	d, at := dbtest.SQLite(t), clock.At(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC))
	brand := brandOf(setting.NewOperatorCache(d, at))
	warned := func() string {
		var said bytes.Buffer
		warnOfProfile(t.Context(), d, slog.New(slog.NewTextHandler(&said, nil)))
		return said.String()
	}
	if b := brand(i18n.En); b.Short != "Example Pay" || b.Style != "" || b.Logo != "" {
		t.Errorf("got %+v, want the example", b)
	}
	if said := warned(); !strings.Contains(said, "/admin/settings/operator") || !strings.Contains(said, "WARN") {
		t.Errorf("got %q, want a warning", said)
	}
	o := setting.DefaultOperator
	o.Name.ZhCN, o.ShortName.ZhCN, o.Colour = "大河支付有限公司", "大河支付", "#1c5aa0"
	if err := setting.SetOperator(t.Context(), d, audit.Actor{Kind: audit.Staff, ID: "st_1"}, "", at.Now(), setting.NoProfile, o); err != nil {
		t.Fatal(err)
	}
	at.Advance(time.Minute)
	b := brand(i18n.ZhCN)
	if b.Short != "大河支付" || b.Style != "/brand/1c5aa0.css" {
		t.Errorf("got %+v", b)
	}
	if said := warned(); said != "" {
		t.Errorf("got %q once it was set", said)
	}
	var html bytes.Buffer
	if err := layout.Public(page.Page{T: i18n.For(i18n.ZhCN), Brand: b}).Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	own, brands := strings.Index(html.String(), "css/app.css"), strings.Index(html.String(), `<link rel="stylesheet" href="/brand/1c5aa0.css">`)
	if own < 0 || brands < own {
		t.Errorf("the page's style sheets stand at %d and %d of %.600s", own, brands, html.String())
	}
}
