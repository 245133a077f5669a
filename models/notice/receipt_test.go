package notice

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestAReceiptTellsWhatBecameOfAMessageAndWhetherATextIsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		const code = "ABCDEFGHJKLMNPQRSTUV"
		mail := outbox.New{
			ID: "m_1", Kind: outbox.Kind(Upcoming), Channel: outbox.Email, MerchantID: 3, To: "zhou@example.com", Locale: "zh-CN",
			Subject: "12月3日会扣 ¥36.00", Text: "12月3日会扣 ¥36.00\n\n流量卡费", Template: "upcoming.email@0", Code: code, CreatedAt: noon,
			HTML: "<html><head><title>T</title><style>p { color: red }</style></head><body><h1>12月3日</h1><p>会扣 &yen;36.00</p></body></html>",
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := outbox.QueueAll(t.Context(), tx, noQueue{}, []outbox.New{mail})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		plant(t, d, `update messages set state = 'accepted', accepted_at = created_at, provider = 'smtp'`)
		r, err := ReadReceipt(t.Context(), d, "abcde-fghjk lmnpq-rstuv")
		if err != nil || r.Message == nil || r.Deduction != nil || r.Message.Channel != Email || !r.Message.AcceptedAt.Equal(noon) || !r.Message.DeliveredAt.IsZero() {
			t.Fatalf("the receipt is %+v, %v", r, err)
		}
		if want := outbox.Hash("email", "zh-CN", mail.Subject, mail.Text, mail.HTML); r.Hash != want {
			t.Errorf("the fingerprint is %s; want %s", r.Hash, want)
		}
		for text, want := range map[string]bool{
			mail.Text: true, "12月3日会扣 ¥36.00流量卡费": true, mail.Subject + "\r\n" + mail.Text: true, "12月3日\n会扣 ¥36.00": true,
			"12月3日会扣 ¥36.01\n\n流量卡费": false, "12月3日会扣": false, "流量卡费": false, "T": false, "\u200b": false,
		} {
			if got := r.Is(text); got != want {
				t.Errorf("%q is the text: %t; want %t", text, got, want)
			}
		}
		if _, err := ReadReceipt(t.Context(), d, "ABCDEFGHJKLMNPQRSTUW"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another code: %v", err)
		}
	})
}

func TestComparingIsLimited(t *testing.T) {
	d := dbtest.SQLite(t)
	twoMerchants(t, d)
	id := post(t, d, 3, 1, Upcoming, noon, Inbox)
	page, err := ReadLetterPage(t.Context(), d, 3, id)
	if err != nil {
		t.Fatal(err)
	}
	code := page.Copies[0].Code
	if _, _, err := CompareReceipt(t.Context(), d, noon, "192.0.2.1", code, " \n"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no text gives %v", err)
	}
	for range comparisons {
		if _, same, err := CompareReceipt(t.Context(), d, noon, "192.0.2.1", code, page.Copies[0].Body); err != nil || !same {
			t.Fatalf("got %t, %v", same, err)
		}
	}
	if _, _, err := CompareReceipt(t.Context(), d, noon, "192.0.2.1", code, "x"); !fault.Is(err, fault.TooMany) {
		t.Errorf("one more gives %v", err)
	}
	if _, same, err := CompareReceipt(t.Context(), d, noon, "192.0.2.2", code, "x"); err != nil || same {
		t.Errorf("from another address: %t, %v", same, err)
	}
}

func TestADeductionIsWrittenOutOnceAndCheckedByAnyone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		plant(t, d, `insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
			values (3, 'd_1', 7, 'deduction', 'sim_data', '2026-11-01 15:59:00+00:00', '2026-11-01', 0, 3600, 'posted', 'core', 'allow', '', 3600, true, '2026-11-02 00:00:00+00:00', '1')`)
		who, body := account.Who{UserID: "u_1", MerchantID: 3}, "扣费凭证\n金额：¥36.00"
		var codes []string
		for range 2 {
			code, err := MakeDeductionReceipt(t.Context(), d, noon, who, "d_1", "zh-CN", body)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		other, err := MakeDeductionReceipt(t.Context(), d, noon, who, "d_1", "zh-CN", body+"。")
		if err != nil || codes[0] != codes[1] || other == codes[0] || len(codes[0]) != 20 {
			t.Errorf("the codes are %v and %s, %v", codes, other, err)
		}
		r, err := ReadReceipt(t.Context(), d, codes[0])
		if err != nil || r.Deduction == nil || r.Deduction.State != "posted" || !r.Is(body) || r.Is(body+"。") {
			t.Errorf("the receipt is %+v, %v", r, err)
		}
		plant(t, d, `update bill_lines set state = 'refunded' where id = 'd_1'`)
		if r, err = ReadReceipt(t.Context(), d, codes[0]); err != nil || r.Deduction.State != "refunded" || !strings.Contains(r.Deduction.Body, "36.00") {
			t.Errorf("once it was given back the receipt is %+v, %v", r, err)
		}
		if own, err := ReadDeductionReceipt(t.Context(), d, 3, "d_1", codes[0]); err != nil || own.Deduction.Body != body {
			t.Errorf("its own merchant gets %+v, %v", own, err)
		}
		if _, err := ReadDeductionReceipt(t.Context(), d, 4, "d_1", codes[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("another merchant gets %v", err)
		}
		for merchantID, line := range map[int64]string{4: "d_1", 3: "d_2"} {
			if _, err := MakeDeductionReceipt(t.Context(), d, noon, account.Who{UserID: "u_2", MerchantID: merchantID}, line, "zh-CN", body); !fault.Is(err, fault.NotFound) {
				t.Errorf("merchant %d writes out %s: %v", merchantID, line, err)
			}
		}
	})
}

func TestACalendarLinkWorksUntilItEndsAndCanBeShownAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		who, secret := account.Who{UserID: "u_1", MerchantID: 3}, []byte(strings.Repeat("s", 32))
		var tokens []string
		for i := range 2 {
			f, err := MakeFeed(t.Context(), d, noon.Add(time.Duration(i)*time.Second), who, secret, "en")
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, f.Token(secret))
			if f.Token([]byte("another")) != "" {
				t.Error("with another secret the page would show a link that leads nowhere")
			}
		}
		if slices.Contains(tokens, "") || tokens[0] == tokens[1] {
			t.Fatalf("the links are %q", tokens)
		}
		if _, err := FindFeed(t.Context(), d, tokens[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("the first link still works: %v", err)
		}
		f, err := FindFeed(t.Context(), d, tokens[1])
		if err != nil || f.MerchantID != 3 || f.Locale != "en" || !f.LastUsedAt.IsZero() {
			t.Fatalf("the second link leads to %+v, %v", f, err)
		}
		if err := UseFeed(t.Context(), d, noon.Add(time.Hour), f); err != nil {
			t.Fatal(err)
		}
		page, err := ReadRemindersPage(t.Context(), d, 3, noon)
		if err != nil || !page.Feed.LastUsedAt.Equal(noon.Add(time.Hour)) || page.Feed.Token(secret) != tokens[1] {
			t.Errorf("the page shows %+v, %v", page.Feed, err)
		}
		for range 2 {
			if err := EndFeed(t.Context(), d, noon, who); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := FindFeed(t.Context(), d, tokens[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("the ended link still works: %v", err)
		}
	})
}
