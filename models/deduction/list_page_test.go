package deduction

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// furnishList writes two merchants with terminals and lines of every sort, several
// at one instant, and returns the first merchant's lines, newest first.
func furnishList(t *testing.T, d *db.DB) []ListedLine {
	t.Helper()
	var lines []Line
	first := date.MustParse("2026-09-28").At(23, 59).UTC()
	states := []fee.State{fee.Posted, fee.Posted, fee.Authorized, fee.Refunded, fee.Reversed, fee.Waived, fee.Denied, fee.Held, fee.Voided}
	verdicts := []fee.Verdict{
		{Decision: fee.Allow}, {Decision: fee.Deny, Reasons: codes(t, "amount_over")}, {Decision: fee.Allow, Reasons: codes(t, "not_itemised")},
		{Decision: fee.Hold, Reasons: codes(t, "manual_order")}, {Decision: fee.Allow, Reasons: codes(t, "amount_under")},
		{Decision: fee.Deny, Reasons: codes(t, "amount_over not_itemised")},
	}
	items := []fee.Item{fee.SimData, fee.Transaction, ItemOther}
	for i := range 200 {
		at := first.Add(time.Duration(i/3) * 8 * time.Hour)
		lines = append(lines, Line{
			ID: fmt.Sprintf("d_%03d", (i*37)%200), MerchantID: 3, TerminalID: int64(7 + i%2), Kind: KindDeduction, Item: items[i%3],
			At: at, On: date.Of(at), Amount: money.Fen(900 * (1 + i%4)), Refunded: money.Fen(100 * (i % 3)), State: states[i%len(states)], Origin: fee.OriginCore,
			Verdict: verdicts[i%len(verdicts)],
		})
	}
	others := slices.Clone(lines[:20])
	for i := range others {
		others[i].MerchantID, others[i].TerminalID = 4, 9
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range []string{
			`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values
				(3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00'), (4, 'M4', '新街茶馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
			`insert into shops (id, merchant_id, name) values (1, 3, '总店'), (2, 4, '总店')`,
			`insert into terminals (id, merchant_id, shop_id, sn, alias, own_alias, model, type, iccid, carrier, agent_ref, updated_at) values
				(7, 3, 1, '820000000007', '前台', null, '', '', '', '', '', '2025-01-01 00:00:00+00:00'),
				(8, 3, 1, '820000000008', '收银台', '二楼', '', '', '', '', '', '2025-01-01 00:00:00+00:00'),
				(9, 4, 2, '820000000009', '前台', null, '', '', '', '', '', '2025-01-01 00:00:00+00:00')`,
			`insert into judge_pending (terminal_id, since) values (7, '2020-01-01'), (8, '2020-01-01'), (9, '2020-01-01')`,
		} {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		if err := replaceLines(t.Context(), tx, first, "(7, 8, 9)", slices.Concat(lines, others)); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `delete from judge_pending`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID, a.ID)) })
	listed := make([]ListedLine, len(lines))
	for i, l := range lines {
		listed[i] = ListedLine{l, TerminalChoice{"820000000007", "前台", "总店"}}
		if l.TerminalID == 8 {
			listed[i].Terminal = TerminalChoice{"820000000008", "二楼", "总店"}
		}
	}
	return listed
}

func codes(t *testing.T, text string) fee.Codes {
	t.Helper()
	codes, ok := fee.ParseCodes(text)
	if !ok {
		t.Fatalf("%q names a rule that there is not", text)
	}
	return codes
}

// lets is what the filter means, said without SQL.
func (f *ListFilter) lets(l *ListedLine) bool {
	check := CheckAgreed
	switch {
	case l.State != fee.Posted && l.State != fee.Authorized && l.State != fee.Refunded:
		check = CheckNotTaken
	case l.Verdict.Decision != fee.Allow:
		check = CheckNotAgreed
	case l.Verdict.Reasons.Has(fee.NotItemised):
		check = CheckUnchecked
	}
	return (f.SN == "" || f.SN == l.Terminal.SN) && (f.Item == "" || f.Item == l.Item) &&
		(f.From.IsZero() || l.On >= f.From) && (f.To.IsZero() || l.On <= f.To) &&
		(f.Check == "" || f.Check == check) && (f.Amount == nil || *f.Amount == l.Amount)
}

func idsOf(lines []ListedLine) string {
	ids := make([]string, len(lines))
	for i := range lines {
		ids[i] = lines[i].ID
	}
	return strings.Join(ids, " ")
}

func drawFilter(t *rapid.T) ListFilter {
	day := rapid.SampledFrom([]string{"", "", "2026-10-01", "2026-09-30", "2026-10-31", "2026-10-12", "2027-01-01", "9999-12-31"})
	f := ListFilter{
		SN:    rapid.SampledFrom([]string{"", "", "820000000007", "820000000008", "820000000009", "none"}).Draw(t, "terminal"),
		Item:  rapid.SampledFrom([]fee.Item{"", "", fee.SimData, fee.Transaction, ItemOther, fee.Overage}).Draw(t, "item"),
		Check: rapid.SampledFrom([]Check{"", "", CheckAgreed, CheckNotAgreed, CheckUnchecked, CheckNotTaken}).Draw(t, "check"),
	}
	if from := day.Draw(t, "from"); from != "" {
		f.From = date.MustParse(from)
	}
	if to := day.Draw(t, "to"); to != "" {
		f.To = date.MustParse(to)
	}
	if rapid.Bool().Draw(t, "some amount") {
		f.Amount = new(rapid.SampledFrom([]money.Fen{900, 1800, 3600, 1}).Draw(t, "amount"))
	}
	return f
}

func TestAListShowsWhatItsFilterLetsThroughAndNoOtherMerchantsLines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := furnishList(t, d)
		rapid.Check(t, func(rt *rapid.T) {
			f := drawFilter(rt)
			var want []ListedLine
			for i := range all {
				if f.lets(&all[i]) {
					want = append(want, all[i])
				}
			}
			var seen []ListedLine
			var back []Place
			for at := (Place{}); ; {
				page, err := ReadListPage(t.Context(), d, 3, f, at)
				if err != nil {
					rt.Fatal(err)
				}
				if page.Sum != nil && (page.Sum.Lines != int64(len(want)) || page.Sum.Taken != takenOf(want)) {
					rt.Fatalf("%+v: the sum is %+v; want %d lines, %d", f, page.Sum, len(want), takenOf(want))
				}
				if page.Newer != (len(seen) > 0) || page.Older != (len(seen)+len(page.Lines) < len(want)) {
					rt.Fatalf("%+v: after %d of %d lines it says newer %t, older %t", f, len(seen), len(want), page.Newer, page.Older)
				}
				seen = append(seen, page.Lines...)
				if !page.Older {
					break
				}
				at = OlderThan(&page.Lines[len(page.Lines)-1].Line)
				back = append(back, NewerThan(&seen[len(seen)-1].Line))
			}
			if idsOf(seen) != idsOf(want) {
				rt.Fatalf("%+v: got\n%s\nwant\n%s", f, idsOf(seen), idsOf(want))
			}
			for i, at := range back {
				page, err := ReadListPage(t.Context(), d, 3, f, at)
				if err != nil {
					rt.Fatal(err)
				}
				end := (i+1)*ListPageSize - 1
				if want := idsOf(want[max(0, end-ListPageSize):end]); idsOf(page.Lines) != want || !page.Older || page.Newer != (end > ListPageSize) {
					rt.Fatalf("%+v: newer than %s are\n%s\nwant\n%s", f, at.Mark(), idsOf(page.Lines), want)
				}
			}
			var exported []ListedLine
			err := EachListed(t.Context(), d, 3, f, func(l *ListedLine) error { exported = append(exported, *l); return nil })
			if err != nil || idsOf(exported) != idsOf(want) {
				rt.Fatalf("%+v: the file has\n%s\n%v; want\n%s", f, idsOf(exported), err, idsOf(want))
			}
		})
	})
}

func takenOf(lines []ListedLine) (sum money.Fen) {
	for i := range lines {
		sum = sum.Plus(lines[i].Actual())
	}
	return sum
}

func TestAListNamesTerminalsAndIsOneRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishList(t, d)
		ctx, counter := db.Count(t.Context())
		october := ListFilter{SN: "820000000008", From: date.MustParse("2026-10-01"), To: date.MustParse("2026-10-31")}
		page, err := ReadListPage(ctx, d, 3, october, Place{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Dialect == db.Postgres && counter.RoundTrips() != 1 {
			t.Errorf("it takes %d round trips; want 1", counter.RoundTrips())
		}
		if len(page.Lines) != ListPageSize || page.Lines[0].Terminal != (TerminalChoice{"820000000008", "二楼", "总店"}) {
			t.Errorf("it begins with %+v", page.Lines[0])
		}
		if page.Chosen == nil || page.Chosen.Alias != "二楼" || len(page.Terminals) != 2 || page.First != date.MustParse("2026-09-01") {
			t.Errorf("chosen is %+v of %+v, since %v", page.Chosen, page.Terminals, page.First)
		}
		if page.Sum == nil {
			t.Error("a month of one terminal has no sum")
		}
		if page, err := ReadListPage(t.Context(), d, 3, ListFilter{SN: "820000000009"}, Place{}); err != nil || len(page.Lines) != 0 || page.Chosen != nil {
			t.Errorf("merchant 3 sees %+v, %v of merchant 4's terminal", page, err)
		}
	})
}

func TestAMerchantWithMoreTerminalsThanFitAListChoosesElsewhere(t *testing.T) {
	d := dbtest.SQLite(t)
	furnishList(t, d)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range listedTerminals {
			_, err := tx.Exec(t.Context(), `insert into terminals (merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
				values (4, 2, $1, '', '', '', '', '', '', '2025-01-01 00:00:00+00:00')`, fmt.Sprint("T", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := ReadListPage(t.Context(), d, 4, ListFilter{SN: "T7"}, Place{})
	if err != nil || page.Terminals != nil || page.Chosen == nil || page.Chosen.SN != "T7" {
		t.Errorf("got %d terminals to choose from, chosen %+v, %v; want none, and T7", len(page.Terminals), page.Chosen, err)
	}
}

func TestAMerchantWithoutLinesHasNoFirstMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		page, err := ReadListPage(t.Context(), d, 3, ListFilter{}, Place{})
		if err != nil || !page.First.IsZero() || len(page.Lines) != 0 || page.Sum.Lines != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
}

func TestAnExportThatIsStoppedStops(t *testing.T) {
	d := dbtest.SQLite(t)
	furnishList(t, d)
	n, stop := 0, fmt.Errorf("enough")
	if err := EachListed(t.Context(), d, 3, ListFilter{}, func(*ListedLine) error { n++; return stop }); err != stop || n != 1 {
		t.Errorf("after %d lines it ended with %v", n, err)
	}
}

func TestAMarkIsReadBackAndAnythingElseIsNoPlace(t *testing.T) {
	l := &Line{ID: "s_01jd3xk7v5q8m2n4p6r8t0w2y4-card", At: date.MustParse("2026-11-22").At(23, 59).UTC().Add(7 * time.Microsecond)}
	for _, p := range []Place{OlderThan(l), NewerThan(l)} {
		parse := ParseOlder
		if p.direction == newerThan {
			parse = ParseNewer
		}
		if got, ok := parse(p.Mark()); !ok || got != p {
			t.Errorf("%s is read as %+v, %t; want %+v", p.Mark(), got, ok, p)
		}
	}
	for _, mark := range []string{"", ".", "a.", ".d_1", "zzzzzzzzzzzzz.d_1", "-zzzzzzzzzzzz.d_1", "mf.d 1", "mf.d\x00", "mf.名", "!.d_1", "99999999999999999999.d_1"} {
		if p, ok := ParseOlder(mark); ok {
			t.Errorf("%q is read as %+v; want no place", mark, p)
		}
	}
}

func FuzzParseOlder(f *testing.F) {
	f.Add("mf3k2x9a.d_1")
	f.Fuzz(func(t *testing.T, mark string) {
		p, ok := ParseOlder(mark)
		if !ok {
			return
		}
		if again, ok := ParseOlder(p.Mark()); !ok || again != p {
			t.Errorf("%q is read as %+v, and that as %+v", mark, p, again)
		}
	})
}

func TestASumIsReadByMonthOnlyWhereMonthsTellItAndAreFew(t *testing.T) {
	day := func(s string) date.Date {
		if s == "" {
			return 0
		}
		return date.MustParse(s)
	}
	for _, c := range []struct {
		sn, from, to string
		check        Check
		want         bool
	}{
		{"", "2026-11-01", "2026-11-30", "", true},
		{"", "2026-01-01", "2026-12-31", "", true},
		{"", "2025-12-01", "2026-12-31", "", false},
		{"", "2026-11-02", "2026-11-30", "", false},
		{"", "2026-11-01", "2026-11-29", "", false},
		{"", "2026-11-01", "", "", false},
		{"", "", "", "", false},
		{"T1", "", "", "", true},
		{"T1", "", "2026-11-29", "", false},
		{"T1", "2020-01-01", "2026-12-31", "", true},
		{"T1", "", "", CheckAgreed, false},
	} {
		f := ListFilter{SN: c.sn, From: day(c.from), To: day(c.to), Check: c.check}
		if got := f.summedByMonth(); got != c.want {
			t.Errorf("%+v: got %t; want %t", c, got, c.want)
		}
	}
	if f := (ListFilter{SN: "T1", Amount: new(money.Fen(1))}); f.summedByMonth() {
		t.Error("an amount is summed by month")
	}
}
