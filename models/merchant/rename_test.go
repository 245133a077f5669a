package merchant

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

func TestAMerchantNamesItsOwnTerminalAndNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
		by := audit.Actor{Kind: audit.User, ID: "u_1"}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, s := range []string{
				`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
				`insert into shops (id, merchant_id, name) values (1, 3, '总店')`,
				`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
					values (7, 3, 1, '820000018093', '前台', '', '', '', '', '', '2025-01-01 00:00:00+00:00')`,
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
		if err := Rename(t.Context(), d, at, by, 4, "820000018093", "门口"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another merchant is told %v; want not found", err)
		}
		for _, bad := range []string{"", "   ", strings.Repeat("门", 21), "门\n口", "门\u202e口"} {
			if err := Rename(t.Context(), d, at, by, 3, "820000018093", bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q is taken: %v", bad, err)
			}
		}
		if err := Rename(t.Context(), d, at, by, 3, "820000018093", " 门口 POS "); err != nil {
			t.Fatal(err)
		}
		var name string
		var entries int
		if err := d.QueryRow(t.Context(), `select own_alias from terminals where id = 7`).Scan(&name); err != nil || name != "门口 POS" {
			t.Errorf("it is called %q, %v", name, err)
		}
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'terminal.rename'`).Scan(&entries); err != nil || entries != 1 {
			t.Errorf("%d entries of the record, %v; want 1", entries, err)
		}
	})
}
