package account

import "testing"

func TestTheFirstOwnerOfAMerchantIsThePersonAtItsPhone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if got := w.count(`select count(*) from users`); got != 2 {
			t.Errorf("there are %d users, want one for each phone: 2", got)
		}
		if got := w.count(`select count(*) from memberships m join users u on u.id = m.user_id where u.phone = $1 and m.role = 'owner'`, zhou); got != 2 {
			t.Errorf("the user of two merchants owns %d", got)
		}
		var name string
		if err := w.d.QueryRow(t.Context(), `select name from users where phone = $1`, li).Scan(&name); err != nil || name != "李老板" {
			t.Errorf("the owner is called %q, %v; want the merchant's contact", name, err)
		}
		if got := w.count(`select count(*) from audit_entries where action = 'membership.first_owners'`); got != 1 {
			t.Errorf("the record has %d entries, want 1", got)
		}
	})
}

func TestAnotherImportMakesNoOtherOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ensureOwners(0)
		w.exec(`update memberships set ended_at = $1 where merchant_id = 3`, monday)
		w.ensureOwners(0)
		// nor does a phone that the core system still has after its user left it
		w.exec(`update users set phone = '+8613100000001' where phone = $1`, zhou)
		w.ensureOwners(0)
		if got := w.count(`select count(*) from memberships where ended_at is null`); got != 2 {
			t.Errorf("%d memberships are live, want 2", got)
		}
	})
}

func TestAPhoneThatGetsNoMessagesMakesNoUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.merchant(4, "北桥五金", "孙老板", "")
		w.merchant(5, "百味早餐", "赵老板", "0571-87654321")
		w.merchant(6, "临江茶行", "林老板", "没有")
		w.ensureOwners(0)
		// a later import brings one
		w.exec(`update merchants set phone = '13300004517' where id = 4`)
		w.ensureOwners(1)
	})
}

func TestManyMerchantsGetTheirOwnersInBatches(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.exec(`
			insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
			with recursive n(i) as (select 100 union all select i + 1 from n where i < 11099)
			select i, 'N' || i, 'N', 'N', cast(13500000000 + (i / 2) as text), '', '2024-01-01', $1 from n`, monday)
		w.ensureOwners(11000)
		if got := w.count(`select count(*) from users`); got != 2+5500 {
			t.Errorf("there are %d users, want one for every two merchants", got)
		}
	})
}
