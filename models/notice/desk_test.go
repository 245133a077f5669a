package notice_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

var deskNow = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// atDesk writes a merchant's letter with two copies, and a code to somebody.
func atDesk(t *testing.T, d *db.DB) {
	t.Helper()
	for _, statement := range []string{
		`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', '老街面馆', '周老板', '+8613812346621', '', '2025-01-10', $1)`,
		`insert into staff (id, login, name, password_hash, created_at) values ('st_1', 'lin', '林', 'x', $1)`,
		`insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step, handled_at, handled_by, remark)
			values ('l_1', 1, 'upcoming', '2026-11-30', 3600, $1, 'unreached', 'wechat sms', 2, $1, 'st_1', '说了')`,
		`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, body, content_hash, code, created_at, not_after, state, next_at, reason, failed_at)
			values ('m_1', 'upcoming', 'sms', 1, 'l_1', '+8613812346621', 'zh-CN', '会扣', 'aa', 'ABCDEFGH23', $1, $1, 'failed', $1, 'recipient', $1)`,
		`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, subject, body, content_hash, created_at, not_after, state, next_at, accepted_at)
			values ('m_2', 'upcoming', 'inbox', 1, 'l_1', '', 'zh-CN', '会扣', '会扣', 'bb', $1, $1, 'accepted', $1, $1)`,
		`insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at, accepted_at)
			values ('m_3', 'sign_in_code', 'sms', '+8613900001188', 'zh-CN', '', $1, $1, 'accepted', $1, $1)`,
		`insert into notices (merchant_id, kind, plan_id, cycle, lead_days, round, due_on, amount_fen, version, not_before, planned_at, letter_id)
			values (1, 'upcoming', 7, 2, 7, 1, '2026-11-30', 3600, 1, $1, $1, 'l_1')`,
	} {
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement, deskNow); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMessagesAreFoundByWhatStaffKnowOfThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		atDesk(t, d)
		for name, c := range map[string]struct {
			q    outbox.Query
			want string
		}{
			"merchant":         {outbox.Query{MerchantRef: "M1"}, "m_2 M1 老街面馆, m_1 M1 老街面馆"},
			"unknown merchant": {outbox.Query{MerchantRef: "M9"}, ""},
			"tail":             {outbox.Query{Tail: "1188"}, "m_3  "},
			"code":             {outbox.Query{Name: notice.ParseName(" abcd-efgh 23 ")}, "m_1 M1 老街面馆"},
			"id":               {outbox.Query{Name: notice.ParseName("M_2")}, "m_2 M1 老街面馆"},
			"failed":           {outbox.Query{States: []outbox.State{outbox.Failed, outbox.Dead}}, "m_1 M1 老街面馆"},
			"all":              {outbox.Query{}, "m_3  , m_2 M1 老街面馆, m_1 M1 老街面馆"},
		} {
			found, err := notice.SearchMessages(t.Context(), d, c.q, outbox.Place{}, 10)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, f := range found {
				if i > 0 {
					got += ", "
				}
				got += fmt.Sprintf("%s %s %s", f.ID, f.MerchantRef, f.Merchant)
			}
			if got != c.want {
				t.Errorf("by %s: got %q, want %q", name, got, c.want)
			}
		}
		part, err := notice.SearchMessages(t.Context(), d, outbox.Query{}, outbox.Place{CreatedAt: deskNow, ID: "m_2"}, 10)
		if err != nil || len(part) != 1 || part[0].ID != "m_1" {
			t.Errorf("after m_2: got %+v, %v", part, err)
		}
	})
}

func TestACaseOfAMessageHoldsItsLetterWithAllThatBelongsToIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		atDesk(t, d)
		ctx, counter := db.Count(t.Context())
		c, err := notice.ReadCase(ctx, d, "m_1")
		if err != nil {
			t.Fatal(err)
		}
		if d.Dialect == db.Postgres && counter.RoundTrips() != 1 {
			t.Errorf("took %d round trips, want 1", counter.RoundTrips())
		}
		if c.ID != "m_1" || c.MerchantRef != "M1" || len(c.Copies) != 2 || c.Lines != 1 || len(c.About) != 1 || c.About[0].PlanID != 7 || c.About[0].Amount != 3600 {
			t.Errorf("got %+v", c)
		}
		if l := c.Letter; l == nil || l.State != "unreached" || l.Channels.String() != "wechat sms" || l.HandledBy != "林" || l.Remark != "说了" || !l.HandledAt.Equal(deskNow) {
			t.Errorf("got letter %+v", l)
		}
		alone, err := notice.ReadCase(t.Context(), d, "m_3")
		if err != nil || alone.Letter != nil || alone.Merchant != "" || len(alone.Copies) != 0 || alone.Lines != 0 {
			t.Errorf("got %+v, %v; want a message of no letter", alone, err)
		}
		if _, err := notice.ReadCase(t.Context(), d, "m_9"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}
