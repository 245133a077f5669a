package search

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
)

func TestDisclosuresAreFoundByWhatTheyPrice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, plans := shipped(t, d)
		before := c.Index()
		if err := plans.Refresh(t.Context()); err != nil || c.Index() != before {
			t.Errorf("the index is made anew where nothing is new: %v", err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, s := range []string{
				`insert into disclosures (id, slug, title) values (7, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`,
				`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
				 values (8, 7, 1, '2026-01-01', '2026-02-01', 31, true, 'x', '2026-01-01 00:00:00+00:00')`,
				`insert into plans (id, code, disclosure_id, item) values (9, 'p', 7, 'insurance')`,
				`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, texts)
				 values (9, 1, 8, '2026-01-01', '2026-02-01', 31, 'one_off', 900, '{"title":{"zh-CN":"碎屏保障","en":"Screen cover"},"recipient":{"zh-CN":"示例支付","en":"Example Payment"},"refund":{"zh-CN":"","en":""},"stop":{"zh-CN":"","en":""}}')`,
			} {
				if _, err := tx.Exec(t.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := plans.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{"碎屏保障", "screen cover"} {
			hits := c.Index().Search("en", query, 3)
			if len(hits) == 0 || hits[0].Document.Kind != Disclosure || hits[0].Document.Slug != "terminal-fees" || show(hits[0].Excerpt) == hits[0].Excerpt.Text && query != "碎屏保障" {
				t.Errorf("%s: got %+v", query, hits)
			}
		}
	})
}

func TestADisclosureIsFoundByTheTextOfItsClauses(t *testing.T) {
	both := func(zh, en string) disclosure.Text { return disclosure.Text{ZhCN: zh, En: en} }
	x := New([]Document{
		ofDisclosure("terminal-fees", &disclosure.Content{
			Title: both("终端收费公示", "Terminal fees"),
			Clauses: []disclosure.Clause{
				{Number: "1", Heading: both("流量卡", "The SIM"), Text: both("海外漫游要另外申请。", "Roaming abroad has to be applied for.")},
			},
		}),
		ofDisclosure("add-ons", &disclosure.Content{Title: both("附加服务收费公示", "Add-ons")}),
	})
	for locale, query := range map[string]string{"zh-CN": "海外漫游", "en": "roaming abroad"} {
		hits := x.Search(locale, query, 3)
		if len(hits) != 1 || hits[0].Document.Slug != "terminal-fees" {
			t.Errorf("%s: got %+v, want the disclosure whose clause says so", query, hits)
		}
	}
}
