package notice

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// noon is when these tests take place.
var noon = date.MustParse("2026-11-22").At(12, 0).UTC()

// twoMerchants puts down whose letters the tests read.
func twoMerchants(t *testing.T, d *db.DB) {
	t.Helper()
	plant(t, d,
		`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values
			(3, 'M3', '老街面馆', '周老板', '13800006621', '', '2024-12-01', '2025-01-01 00:00:00+00:00'),
			(4, 'M4', '新街面馆', '吴老板', '13800006622', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
		`insert into shops (id, merchant_id, name) values (1, 3, '总店')`,
		`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			values (7, 3, 1, '820000018093', '前台', 'K9', '', '2025-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`,
	)
}

// noQueue takes jobs and forgets them.
type noQueue struct{}

func (noQueue) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

func plant(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// post puts a letter with one line and its copies down, and returns its id.
func post(t *testing.T, d *db.DB, merchantID int64, n int, kind Kind, at time.Time, channels ...Channel) string {
	t.Helper()
	letter := fmt.Sprintf("l_%d_%03d", merchantID, n)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step)
			values ($1, $2, $3, '2026-12-03', 3600, $4, 'open', '', 0)`, letter, merchantID, string(kind), at)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, due_on, amount_fen, not_before, planned_at, letter_id)
			values ($1, $2, $3, 1, $4, 7, 1, '', '2026-12-03', 3600, $5, $5, $6)`, merchantID, string(kind), merchantID+4, n, at, letter)
		if err != nil {
			return err
		}
		var all []outbox.New
		for _, c := range channels {
			m := outbox.New{
				ID: fmt.Sprintf("m_%d_%03d_%s", merchantID, n, c), Kind: outbox.Kind(kind), Channel: string(c), MerchantID: merchantID, LetterID: letter,
				Locale: "zh-CN", Text: fmt.Sprintf("12月3日会扣 ¥36.00\n第 %d 封", n), Template: "upcoming@0", Code: outbox.NewCode(), CreatedAt: at,
			}
			if c == Inbox {
				m.Subject = "12月3日会扣 ¥36.00"
			} else {
				m.To = "+8613800006621"
			}
			all = append(all, m)
		}
		_, err = outbox.QueueAll(t.Context(), tx, noQueue{}, all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return letter
}

func readInbox(t *testing.T, d *db.DB, merchantID int64, event Event, at InboxPlace) *InboxPage {
	t.Helper()
	page, err := ReadInboxPage(t.Context(), d, merchantID, event, at)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func idsOf(page *InboxPage) (ids []string) {
	for i := range page.Sent {
		ids = append(ids, page.Sent[i].ID)
	}
	return ids
}

func TestTheInboxHoldsEveryLetterOnceTheNewestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		var want []string
		for n := range InboxPageSize + 7 {
			want = append(want, post(t, d, 3, n, Upcoming, noon.Add(time.Duration(n/3)*time.Minute), SMS, Inbox))
		}
		post(t, d, 4, 1, Upcoming, noon, Inbox)
		slices.Reverse(want)
		first := readInbox(t, d, 3, "", InboxPlace{})
		if !slices.Equal(idsOf(first), want[:InboxPageSize]) || first.Newer || !first.Older || first.Unread != len(want) || !first.Any {
			t.Errorf("the first part is %v, newer %t, older %t, %d unread", idsOf(first), first.Newer, first.Older, first.Unread)
		}
		for _, s := range first.Sent {
			if len(s.Copies) != 2 || s.Copies[0].Channel != Inbox || s.Copies[1].Channel != SMS || s.Total != 3600 || !s.IsUnread() {
				t.Fatalf("a letter is %+v; want the copy in the portal before the text message", s)
			}
		}
		place, ok := ParseOlder(OlderThan(&first.Sent[InboxPageSize-1]).Mark())
		second := readInbox(t, d, 3, "", place)
		if !ok || !slices.Equal(idsOf(second), want[InboxPageSize:]) || !second.Newer || second.Older {
			t.Errorf("the second part is %v, newer %t, older %t", idsOf(second), second.Newer, second.Older)
		}
		place, ok = ParseNewer(NewerThan(&second.Sent[0]).Mark())
		if back := readInbox(t, d, 3, "", place); !ok || !slices.Equal(idsOf(back), want[:InboxPageSize]) || back.Newer || !back.Older {
			t.Errorf("back at %v, newer %t, older %t", idsOf(back), back.Newer, back.Older)
		}
	})
}

func TestTheInboxIsFilteredByWhatItIsAbout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		post(t, d, 3, 1, Upcoming, noon, Inbox)
		changed := post(t, d, 3, 2, Changed, noon.Add(time.Minute), Inbox)
		refunded := post(t, d, 3, 3, Refunded, noon.Add(2*time.Minute), Inbox)
		if got := idsOf(readInbox(t, d, 3, EventTaken, InboxPlace{})); !slices.Equal(got, []string{refunded}) {
			t.Errorf("of money taken and given back there is %v", got)
		}
		if got := idsOf(readInbox(t, d, 3, EventUpcoming, InboxPlace{})); len(got) != 2 || got[0] != changed {
			t.Errorf("of charges to come there is %v", got)
		}
		if page := readInbox(t, d, 3, EventSecurity, InboxPlace{}); len(page.Sent) != 0 || !page.Any || page.Newer || page.Older {
			t.Errorf("of security there is %+v", page)
		}
		if page := readInbox(t, d, 4, "", InboxPlace{}); page.Any || page.Unread != 0 {
			t.Errorf("who was sent nothing has %+v", page)
		}
	})
}

func TestAMessageThatBelongsToNoLetterIsListedAndACodeIsNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		letter := post(t, d, 3, 1, Upcoming, noon, Inbox)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := outbox.QueueAll(t.Context(), tx, noQueue{}, []outbox.New{
				{ID: "m_test", Kind: TestMessage, Channel: outbox.SMS, MerchantID: 3, To: "+8613800006621", Locale: "zh-CN", Text: "测试", Code: "T", CreatedAt: noon.Add(time.Minute)},
				{ID: "m_code", Kind: outbox.RecipientCode, Channel: outbox.SMS, MerchantID: 3, To: "+8613800006621", Locale: "zh-CN", Text: "123456", CreatedAt: noon.Add(2 * time.Minute)},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		page := readInbox(t, d, 3, "", InboxPlace{})
		if got := idsOf(page); !slices.Equal(got, []string{"m_test", letter}) {
			t.Errorf("listed are %v", got)
		}
		if alone, err := ReadLetterPage(t.Context(), d, 3, "m_test"); err != nil || alone.Copies[0].Body != "测试" || alone.IsUnread() {
			t.Errorf("the test is %+v, %v", alone, err)
		}
		for _, id := range []string{"m_code", "m_3_001_inbox", "l_4_001", ""} {
			if _, err := ReadLetterPage(t.Context(), d, 3, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v; want that it is not there", id, err)
			}
		}
	})
}

func TestOpeningALetterReadsItOnceAndSayingSoIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		id := post(t, d, 3, 1, Upcoming, noon, SMS, Inbox)
		if _, err := ReadLetterPage(t.Context(), d, 4, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another merchant gets %v", err)
		}
		for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(2 * time.Hour)} {
			page, err := ReadLetterPage(t.Context(), d, 3, id)
			if err != nil {
				t.Fatal(err)
			}
			if err := See(t.Context(), d, at, 3, &page.Sent); err != nil {
				t.Fatal(err)
			}
			if page.IsUnread() || page.Copies[1].ReadAt != (time.Time{}) {
				t.Errorf("after it was opened the copies are %+v", page.Copies)
			}
		}
		who := account.Who{UserID: "u_1", MerchantID: 3}
		for range 2 {
			if err := Acknowledge(t.Context(), d, noon.Add(3*time.Hour), who, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := Acknowledge(t.Context(), d, noon, account.Who{UserID: "u_2", MerchantID: 4}, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another merchant acknowledges: %v", err)
		}
		page, err := ReadLetterPage(t.Context(), d, 3, id)
		if err != nil {
			t.Fatal(err)
		}
		c := page.Inbox()
		if !c.ReadAt.Equal(noon.Add(time.Hour)) || !c.AcknowledgedAt.Equal(noon.Add(3*time.Hour)) || c.State != outbox.Acknowledged {
			t.Errorf("the copy in the portal is %+v", c)
		}
		if len(page.About) != 1 || page.About[0].SN != "820000018093" || page.About[0].Alias != "前台" || page.Lines != 1 {
			t.Errorf("it is about %+v", page.About)
		}
		if unread := readInbox(t, d, 3, "", InboxPlace{}).Unread; unread != 0 {
			t.Errorf("%d are unread", unread)
		}
	})
}

func TestACodeOpensOnlyItsMerchantsLetterAndIsReadBySo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		twoMerchants(t, d)
		id := post(t, d, 3, 1, Upcoming, noon, SMS, Inbox)
		plant(t, d, `update messages set state = 'accepted', accepted_at = created_at where channel = 'sms'`)
		page, err := ReadLetterPage(t.Context(), d, 3, id)
		if err != nil {
			t.Fatal(err)
		}
		code := page.Copies[1].Code
		opened, err := OpenCode(t.Context(), d, noon.Add(time.Hour), 3, code[:4]+" "+code[4:])
		if err != nil || opened.ID != id || !opened.Copies[1].ReadAt.Equal(noon.Add(time.Hour)) || !opened.IsUnread() {
			t.Errorf("the code opens %+v, %v; want the letter, its text message read", opened, err)
		}
		for merchant, c := range map[int64]string{4: code, 3: "WRONG"} {
			if _, err := OpenCode(t.Context(), d, noon, merchant, c); !fault.Is(err, fault.NotFound) {
				t.Errorf("merchant %d opens %s: %v", merchant, c, err)
			}
		}
	})
}
