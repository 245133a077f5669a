package notice

import (
	"errors"
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

func TestWhoHadAMerchantsOldNumberReadsAlongNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		agent, owner := s.someone("agent", 1, account.Owner), s.someone("owner", 1, account.Owner)
		elsewhere := account.Who{UserID: "agent", MerchantID: 2}
		s.exec(`insert into memberships (user_id, merchant_id, role, created_at) values ('agent', 2, 'owner', $1)`, sunday.At(9, 0).UTC())
		k := s.desk()
		add := func(who account.Who, address string, confirm bool) string {
			t.Helper()
			recipientID, err := k.Add(t.Context(), who, Email, address, "")
			if err == nil && confirm {
				err = k.Confirm(t.Context(), who, recipientID, k.codes[len(k.codes)-1])
			}
			if err != nil {
				t.Fatal(err)
			}
			return recipientID
		}
		add(agent, "agent@example.com", true)
		waits := add(agent, "waits@example.com", false)
		code := k.codes[len(k.codes)-1]
		add(owner, "owner@example.com", true)
		add(elsewhere, "agent@example.com", true)
		var tokens []string
		for _, who := range []account.Who{agent, elsewhere} {
			f, err := MakeFeed(t.Context(), d, k.clock.Now(), who, k.Secret, "en")
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, f.Token(k.Secret))
		}
		_, scene, err := k.Scene(t.Context(), agent)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			return EndFormer(t.Context(), tx, account.HandedOver{MerchantID: 1, FormerID: "agent", At: k.clock.Now(), By: staff.Actor{ID: "st_2"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		extras, err := GetExtras(t.Context(), d, 1)
		if err != nil || len(extras) != 1 || extras[0].Address != "owner@example.com" {
			t.Errorf("left are %+v, %v", extras, err)
		}
		if extras, err := GetExtras(t.Context(), d, 2); err != nil || len(extras) != 1 {
			t.Errorf("the other merchant has %+v, %v", extras, err)
		}
		if err := k.Confirm(t.Context(), owner, waits, code); !fault.Is(errors.Unwrap(err), fault.NotFound) && !fault.Is(err, fault.NotFound) {
			t.Errorf("the code of an address that ended: %v", err)
		}
		if bound, err := BindWeChat(t.Context(), d, k.clock.Now(), scene, "openid"); err != nil || bound {
			t.Errorf("the code to scan still serves: %t, %v", bound, err)
		}
		var found []bool
		for _, token := range tokens {
			_, err := FindFeed(t.Context(), d, token)
			found = append(found, err == nil)
		}
		if !slices.Equal(found, []bool{false, true}) {
			t.Errorf("the calendar links serve: %v, want that of the other merchant alone", found)
		}
		var n int
		err = d.QueryRow(t.Context(), `select count(*) from audit_entries where actor_id = 'st_2' and merchant_id = 1 and action in ('recipient.end', 'calendar.end')`).Scan(&n)
		if err != nil || n != 4 {
			t.Errorf("%d entries are on record, %v; want 4", n, err)
		}
	})
}

func TestACalendarLinkEndsWithWhoeverSawIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		owner, k := s.someone("owner", 1, account.Owner), s.desk()
		made := func() string {
			t.Helper()
			f, err := MakeFeed(t.Context(), d, k.clock.Now(), owner, k.Secret, "en")
			if err != nil {
				t.Fatal(err)
			}
			return f.Token(k.Secret)
		}
		before := made()
		by := audit.Actor{Kind: audit.User, ID: "owner"}
		for range 2 { // once more there is nothing to end, and nothing to record
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return EndLink(t.Context(), tx, account.Left{MerchantID: 1, At: k.clock.Now(), By: by})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		after := made()
		if _, err := FindFeed(t.Context(), d, before); !fault.Is(err, fault.NotFound) {
			t.Errorf("the link that ended: %v", err)
		}
		if f, err := FindFeed(t.Context(), d, after); err != nil || f.MerchantID != 1 {
			t.Errorf("the next one leads to %+v, %v", f, err)
		}
		var n int
		err := d.QueryRow(t.Context(), `select count(*) from audit_entries where actor_id = 'owner' and merchant_id = 1 and action = 'calendar.end'`).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%d entries are on record, %v; want 1", n, err)
		}
	})
}
