package deduction

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func readTerminals(t *testing.T, d *db.DB, merchantID int64, f TerminalFilter, at TerminalPlace) *TerminalsPage {
	t.Helper()
	page, err := ReadTerminalsPage(t.Context(), d, merchantID, f, at, date.MustParse("2026-01-10"))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func names(page *TerminalsPage) string {
	var all []string
	for _, row := range page.Rows {
		all = append(all, row.Alias)
	}
	return strings.Join(all, " ")
}

// furnishMore adds terminals of the merchant beside the first: two shops, one
// terminal returned, one not in use yet, and one of another merchant.
func furnishMore(t *testing.T, d *db.DB) {
	t.Helper()
	run(t, d, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (4, 'M4', '顺意便利店', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
		`insert into shops (id, merchant_id, name) values (2, 3, 'North shop'), (3, 4, '总店')`,
		`insert into terminals (id, merchant_id, shop_id, sn, alias, own_alias, model, type, activated_on, inactive_from, inactive_reason, iccid, carrier, agent_ref, updated_at) values
			(8, 3, 2, '820000020734', '收银台', 'Till 100%', '', '', '2025-01-01', null, null, '', '', '', '2025-01-01 00:00:00+00:00'),
			(9, 3, 2, '820000020735', '外摆_1', null, '', '', '2025-01-01', '2025-06-01', 'returned', '', '', '', '2025-01-01 00:00:00+00:00'),
			(10, 3, 1, '820000020736', '备用', null, '', '', null, null, null, '', '', '', '2025-01-01 00:00:00+00:00'),
			(11, 4, 3, '820000020737', '前台', null, '', '', '2025-01-01', null, null, '', '', '', '2025-01-01 00:00:00+00:00')`,
		`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb) values
			(3, 7, '2025-12-31', 50, 100), (3, 7, '2026-01-01', 7, 100), (3, 7, '2026-01-09', 5, 100), (3, 8, '2026-01-02', 3, null)`)
}

func TestTheListOfTerminalsIsFoundByNameShopNumberAndStatus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		furnishMore(t, d)
		judgeOn(t, d, "2026-01-10")
		for _, c := range []struct {
			filter TerminalFilter
			want   string
		}{
			{TerminalFilter{}, "Till 100% 前台 备用 外摆_1"},
			{TerminalFilter{Search: "till"}, "Till 100%"},
			{TerminalFilter{Search: " 0% "}, "Till 100%"},
			{TerminalFilter{Search: "0_"}, ""},
			{TerminalFilter{Search: "_1"}, "外摆_1"},
			{TerminalFilter{Search: "收银台"}, ""}, // the merchant calls it something else
			{TerminalFilter{Search: "north"}, "Till 100% 外摆_1"},
			{TerminalFilter{Search: "8093"}, "前台"},
			{TerminalFilter{Search: "8200"}, ""}, // not its end
			{TerminalFilter{Search: "820000018093"}, "前台"},
			{TerminalFilter{Search: "0737"}, ""}, // another merchant's
			{TerminalFilter{Search: "!"}, ""},
			{TerminalFilter{Search: "a\x00b"}, ""},
			{TerminalFilter{Search: "\xff"}, ""},
			{TerminalFilter{Status: TerminalsInUse}, "Till 100% 前台"},
			{TerminalFilter{Status: TerminalsGone}, "外摆_1"},
			{TerminalFilter{Status: TerminalsDue}, "前台"},
			{TerminalFilter{Status: TerminalsDue, Search: "till"}, ""},
		} {
			if got := names(readTerminals(t, d, 3, c.filter, TerminalPlace{})); got != c.want {
				t.Errorf("%+v finds %q; want %q", c.filter, got, c.want)
			}
		}
	})
}

func TestATerminalInTheListShowsItsYearItsNextFeeAndItsData(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		furnishMore(t, d)
		run(t, d, `insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen, payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at)
			values ('s_3', 3, 7, 'S3', '2026-01-03', 1, 100000, 600, 0, 0, 0, 0, 0, 0, 99400, '2026-01-04 00:00:00+00:00')`)
		judgeOn(t, d, "2026-01-10")
		page := readTerminals(t, d, 3, TerminalFilter{}, TerminalPlace{})
		if page.All != 4 || page.InUse != 2 || page.Before || page.After {
			t.Errorf("the list is %+v; want 4 terminals, 2 in use", page)
		}
		front, till := page.Rows[1], page.Rows[0]
		if front.ThisYear != 600 || front.Next == nil || front.Next.On != date.MustParse("2026-01-31") || front.Next.Amount != 3600 || front.Next.Fees != 1 || front.Next.PlanID != 1 {
			t.Errorf("the terminal at the front is %+v, next %+v", front, front.Next)
		}
		if u := front.Usage; u == nil || u.UsedMB != 12 || u.AllowanceMB == nil || *u.AllowanceMB != 100 || u.AsOf != date.MustParse("2026-01-09") {
			t.Errorf("its data are %+v; want 12 of 100 MB this month", u)
		}
		if till.Next != nil || till.ThisYear != 0 || till.Usage == nil || till.Usage.AllowanceMB != nil {
			t.Errorf("the till is %+v", till)
		}
		if gone := page.Rows[3]; gone.InactiveReason != "returned" || gone.Usage != nil {
			t.Errorf("the returned one is %+v", gone)
		}
	})
}

func TestPagesOfTheListHoldEveryTerminalOnceInBothDirections(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		var rows []string
		for i := range 2*TerminalsPageSize + 5 {
			gone := "null, null"
			if i%7 == 0 {
				gone = "'2025-06-01', 'lost'"
			}
			rows = append(rows, fmt.Sprintf(`(%d, 3, 1, '83%03d', '收银 %d', '', '', '2025-01-01', %s, '', '', '', '2025-01-01 00:00:00+00:00')`, 100+i, i, i%3, gone))
		}
		run(t, d, `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, inactive_from, inactive_reason, iccid, carrier, agent_ref, updated_at) values `+strings.Join(rows, ","))
		var forward []string
		page := readTerminals(t, d, 3, TerminalFilter{}, TerminalPlace{})
		pages := []*TerminalsPage{page}
		for page.After {
			page = readTerminals(t, d, 3, TerminalFilter{}, TerminalPlace{After: page.Rows[len(page.Rows)-1].SN})
			pages = append(pages, page)
		}
		for _, p := range pages {
			for _, row := range p.Rows {
				forward = append(forward, row.SN)
			}
		}
		if distinct := slices.Compact(slices.Sorted(slices.Values(forward))); len(forward) != len(rows)+1 || len(distinct) != len(forward) || len(pages) != 3 {
			t.Fatalf("%d pages hold %d terminals, %d of them distinct; want 3 pages and %d", len(pages), len(forward), len(distinct), len(rows)+1)
		}
		for i := len(pages) - 1; i > 0; i-- {
			back := readTerminals(t, d, 3, TerminalFilter{}, TerminalPlace{Before: pages[i].Rows[0].SN})
			if names(back) != names(pages[i-1]) || back.Before != (i > 1) || !back.After {
				t.Errorf("back from page %d is %q; want %q", i+1, names(back), names(pages[i-1]))
			}
		}
		if other := readTerminals(t, d, 4, TerminalFilter{}, TerminalPlace{After: "83000"}); len(other.Rows) != 0 {
			t.Errorf("another merchant sees %q", names(other))
		}
		if none := readTerminals(t, d, 3, TerminalFilter{}, TerminalPlace{After: "\x00"}); len(none.Rows) != 0 {
			t.Errorf("after what can't be there comes %q", names(none))
		}
	})
}
