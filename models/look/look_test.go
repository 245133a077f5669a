package look_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	lin    = staff.Actor{ID: "st_1", SessionID: "sf_1", Name: "林", Roles: []staff.Role{staff.Support}}
	writer = staff.Actor{ID: "st_2", Name: "钱", Roles: []staff.Role{staff.Compliance}}
	runner = staff.Actor{ID: "st_3", Name: "孙", Roles: []staff.Role{staff.Operator}}
)

func furnish(t *testing.T, d *db.DB) (*look.Looks, *clock.Set) {
	t.Helper()
	intaketest.Exec(t, d,
		`insert into staff (id, login, name, password_hash, created_at) values ('st_1', 'lin', '林', '', '2026-01-01 00:00:00+00:00')`,
		`insert into merchants (ref, name, contact, phone, email, opened_on, updated_at) values
			('M1', '老街面馆', '周老板', '13800006621', '', '2024-01-02', '2026-01-01 00:00:00+00:00'), ('M2', '老街茶铺', '', '', '', '2024-01-02', '2026-01-01 00:00:00+00:00'),
			('M3', '青禾水果', '', '', '', '2024-01-02', '2026-01-01 00:00:00+00:00')`,
		`insert into shops (merchant_id, name) select id, '总店' from merchants where ref = 'M3'`,
		`insert into terminals (merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
			select m.id, s.id, 'SN-7', '摊位', '', '', '', '', '', '2026-01-01 00:00:00+00:00' from merchants m join shops s on s.merchant_id = m.id`,
		`insert into users (id, phone, name, created_at) values ('u_1', '+8613900001188', '李四', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_1', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M2'`)
	at := clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))
	return look.New(d, at), at
}

func TestMerchantsAreFoundByNumberNameTerminalAndAWholePhone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		for text, want := range map[string]string{
			"": "M1 M2 M3", "M1": "M1", " M1 ": "M1", "M": "", "老街": "M1 M2", "街": "", "SN-7": "M3", "SN": "",
			"13800006621": "M1", "+86 138 0000 6621": "M1", "13900001188": "M2", "1188": "", "6621": "", "%": "",
		} {
			l, err := look.Find(t.Context(), d, lin, text, "")
			if err != nil {
				t.Fatal(err)
			}
			var refs []string
			for _, m := range l.Rows {
				refs = append(refs, m.Ref)
			}
			if got := strings.Join(refs, " "); got != want {
				t.Errorf("%q finds %q, want %q", text, got, want)
			}
		}
		if l, err := look.Find(t.Context(), d, lin, "", "M2"); err != nil || len(l.Rows) != 1 || l.After != "" {
			t.Errorf("after M2: got %+v, %v", l, err)
		}
		if _, err := look.Find(t.Context(), d, runner, "", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an operator: got %v", err)
		}
		m, err := look.ReadMerchant(t.Context(), d, lin, "M2")
		if err != nil || m.Name != "老街茶铺" || len(m.People) != 2 {
			t.Errorf("got %+v, %v", m, err)
		}
		if _, err := look.ReadMerchant(t.Context(), d, lin, "M9"); !fault.Is(err, fault.NotFound) {
			t.Errorf("one that is not there: got %v", err)
		}
	})
}

func TestALongListOfMerchantsIsReadPartByPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		var values []string
		for i := range 120 {
			values = append(values, "('X"+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10))+"', '店', '', '', '', '2024-01-02', '2026-01-01 00:00:00+00:00')")
		}
		intaketest.Exec(t, d, `insert into merchants (ref, name, contact, phone, email, opened_on, updated_at) values `+strings.Join(values, ", "))
		seen, after := 0, ""
		for parts := 1; ; parts++ {
			l, err := look.Find(t.Context(), d, lin, "", after)
			if err != nil {
				t.Fatal(err)
			}
			seen += len(l.Rows)
			if after = l.After; after == "" {
				if parts != 3 || seen != 123 {
					t.Errorf("%d were seen in %d parts, want 123 in 3", seen, parts)
				}
				return
			}
		}
	})
}

func TestALookIsForAReasonEndsAndIsOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k, at := furnish(t, d)
		one, two := []byte("one"), []byte("two")
		for _, c := range []struct {
			by          staff.Actor
			ref, reason string
			want        fault.Kind
		}{{writer, "M1", "来电", fault.Forbidden}, {lin, "M9", "来电", fault.NotFound}, {lin, "M1", " ", fault.Invalid}, {lin, "M1", strings.Repeat("因", 501), fault.Invalid}} {
			if err := k.Begin(t.Context(), c.by, c.ref, c.reason, one); !fault.Is(err, c.want) {
				t.Errorf("%s at %s: got %v, want %s", c.by.Name, c.ref, err, c.want)
			}
		}
		for _, token := range [][]byte{one, two} {
			if err := k.Begin(t.Context(), lin, "M1", "来电", token); err != nil {
				t.Fatal(err)
			}
		}
		l, ok, err := k.Find(t.Context(), one)
		if err != nil || !ok || l.Ref != "M1" || l.Merchant != "老街面馆" || l.SessionID != "sf_1" || l.Until.Sub(at.Now()) != look.Lasts {
			t.Fatalf("got %+v, %t, %v", l, ok, err)
		}
		for _, path := range []string{"/home", "/deductions"} {
			if err := k.Note(t.Context(), lin, l, path); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // ended twice, it ends once
			if err := k.End(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok, err := k.Find(t.Context(), one); ok || err != nil {
			t.Errorf("it goes on after its end: %t, %v", ok, err)
		}
		at.Advance(look.Lasts)
		if _, ok, err := k.Find(t.Context(), two); ok || err != nil {
			t.Errorf("it goes on after half an hour: %t, %v", ok, err)
		}
		at.Advance(time.Hour)
		if err := k.End(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, `select action || ' ' || count(*) from audit_entries where actor_id = 'st_1' group by action order by action`, "look.begin 2", "look.end 2", "look.page 2")
		intaketest.WantTexts(t, d, `select case when ended_at = until then 'by itself' else 'before' end from merchant_looks order by ended_at`, "before", "by itself")
	})
}

func TestPeopleAreReadWholeOnlyForAReasonOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k, _ := furnish(t, d)
		if _, err := k.Unmask(t.Context(), lin, "M2", " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: got %v", err)
		}
		if err := look.MayUnmask(t.Context(), d, writer, "M2"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("compliance: got %v", err)
		}
		intaketest.WantTexts(t, d, `select action from audit_entries`)
		all, err := k.Unmask(t.Context(), lin, "M2", "回电")
		if err != nil || len(all) != 2 || all[1].Phone != "+8613900001188" {
			t.Errorf("got %+v, %v", all, err)
		}
		intaketest.WantTexts(t, d, `select action || ' ' || actor_id || ' ' || subject from audit_entries`, "merchant.unmask st_1 M2")
	})
}

func TestALookThatIsEndedByTwoAtOnceIsOnRecordOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		looks, _ := furnish(t, d)
		if err := looks.Begin(t.Context(), lin, "M1", "they called", []byte("token")); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `update merchant_looks set reason = reason`); err != nil {
				return err
			}
			for range 2 {
				all.Go(func() {
					if err := looks.End(t.Context(), []byte("token")); err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // both have found it, if the database lets them
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all.Wait()
		intaketest.WantTexts(t, d, `select count(*) || '' from audit_entries where action = 'look.end'`, "1")
	})
}
