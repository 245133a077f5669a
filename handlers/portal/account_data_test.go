package portal_test

import (
	"archive/zip"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/export"
)

// exportWords are words that a test needs.
func exportWords(string) export.Words {
	return export.Words{
		Readme:  func(export.Merchant, time.Time) []byte { return []byte("read me") },
		Heading: func(c *export.Column) string { return c.Name },
		Line:    func(*deduction.ListedLine) (check, explanation string) { return "", "" },
	}
}

func (s *accountSite) make() {
	s.t.Helper()
	if made, err := s.exports.MakeNext(s.t.Context(), exportWords); err != nil || !made {
		s.t.Fatalf("made: %v, %v", made, err)
	}
}

func TestAnOwnerAsksForAllOfTheMerchantsDataAndFetchesThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newAccountSite(t, d)
		c := s.as(li)
		p := c.Get("/account/data").Says("商户的全部数据", "我们的人不写名字").SaysNot("要过的")
		p.Form("/account/data/merchant").Submit().LeadsTo("/account/data").Follow().Says("开始做了", "在做", "这页可以关掉").SaysNot("再做一份")
		p.Form("/account/data/merchant").Submit().LeadsTo("/account/data").Follow().Says("已经有一份在做")
		s.make()
		p = c.Get("/account/data").Says("做好了", "11月30日", "李老板", "再做一份")
		file := p.Click("下载").Is(http.StatusOK)
		if kind, name := file.Header.Get("Content-Type"), file.Header.Get("Content-Disposition"); kind != "application/zip" || !strings.Contains(name, "mingbai-M3-2026-11-23.zip") {
			t.Errorf("it comes as %q, %q", kind, name)
		}
		if _, err := zip.NewReader(strings.NewReader(file.Body), int64(len(file.Body))); err != nil {
			t.Error(err)
		}
		address := file.URL.Path
		other := s.as(zhou)
		other.Get("/account/merchant").FormWith("/account/merchant", "merchant", "1").Submit()
		other.Get(address).Is(http.StatusNotFound)
		s.employ(wang, account.Finance).Get(address).Is(http.StatusForbidden)
		s.as(wang).Get("/account/data").Is(http.StatusOK).SaysNot("商户的全部数据")
		s.clock.MoveTo(s.clock.Now().Add(account.Recent + time.Minute))
		if to := c.Get(address).Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/login") {
			t.Errorf("long after signing in it leads to %q, want to the sign-in", to)
		}
		s.clock.MoveTo(s.clock.Now().Add(export.Lasts))
		s.as(li).Get(address).Is(http.StatusNotFound).Says("可能过了 7 天")
	})
}

func TestAnOwnerReadsWhatToDoWhereItFailed(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	c.Get("/account/data").Form("/account/data/merchant").Submit().LeadsTo("/account/data")
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update data_exports set failures = 3`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.make()
	c.Get("/account/data").Says("没做成", "请再要一份", "请打客服电话", "编号 dx_", "再做一份")
	c.Speak("en")
	c.Get("/account/data").Says("Not made", "Please ask again", "Reference dx_", "Make another").Form("/account/data/merchant").Submit().LeadsTo("/account/data")
}
