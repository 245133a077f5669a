package topup

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

var (
	now  = date.MustParse("2026-11-22").At(10, 0).UTC()
	page = audit.Actor{Kind: audit.API, ID: "payment-page"}
)

const kept = `select t.sn || ' ' || p.payment_ref || ' ' || p.amount_fen from top_ups p join terminals t on t.id = p.terminal_id and t.merchant_id = p.merchant_id order by p.paid_at`

func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	opened := date.MustParse("2025-01-10")
	intaketest.File(t, d, now, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: opened}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: opened})
	intaketest.File(t, d, now, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: "8201", MerchantRef: "M1", Alias: "前台", ICCID: "8986", Carrier: "中国移动"}, merchant.TerminalRow{SN: "8301", MerchantRef: "M2"})
}

func TestAPaymentIsKeptOnceHoweverOftenItIsReported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		first := Paid{Ref: "P-1", SN: "8201", Amount: 3000, At: now.Add(-time.Minute)}
		var together sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			together.Go(func() {
				var err error
				if ids[i], err = Record(t.Context(), d, now, page, first); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		for _, one := range ids {
			if one != ids[0] || one == "" {
				t.Errorf("got the ids %q, want the same for all", ids)
			}
		}
		later := Paid{Ref: "P-2", SN: "8201", Amount: 500, At: now}
		if _, err := Record(t.Context(), d, now, page, later); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			paid Paid
			want fault.Kind
		}{
			"another amount":   {Paid{"P-1", "8201", 3001, first.At}, fault.Conflict},
			"another terminal": {Paid{"P-1", "8301", 3000, first.At}, fault.Conflict},
			"another moment":   {Paid{"P-1", "8201", 3000, now}, fault.Conflict},
			"no terminal":      {Paid{"P-3", "9999", 3000, now}, fault.NotFound},
		} {
			_, err := Record(t.Context(), d, now, page, c.paid)
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != c.want {
				t.Errorf("%s: got %v, want %s", name, err, c.want)
			}
		}
		intaketest.WantTexts(t, d, kept, "8201 P-1 3000", "8201 P-2 500")
		intaketest.WantTexts(t, d, `select count(*) || ' ' || min(actor_id) from audit_entries where action = 'top_up.record'`, "2 payment-page")

		intaketest.WantTexts(t, d, `select kind || ' ' || amount_fen from notices order by amount_fen`, "top_up 500", "top_up 3000")
		p, err := Read(t.Context(), d, 1, "8201")
		if err != nil || p.Alias != "前台" || p.ICCID != "8986" || p.Carrier != "中国移动" || len(p.Paid) != 2 || p.Paid[0] != later || p.Paid[1] != first {
			t.Errorf("got %+v, %v", p, err)
		}
		_, err = Read(t.Context(), d, 2, "8201")
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.NotFound {
			t.Errorf("another merchant's: got %v", err)
		}
	})
}
