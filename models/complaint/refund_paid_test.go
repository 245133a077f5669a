package complaint

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/models/worktime"
)

// giveBack says that money of a deduction was given back.
func (w *world) giveBack(ref, refundID string, amount money.Fen) error {
	return w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		return w.GiveBackIn(w.t.Context(), tx, GivenBack{LineID: w.lines[ref], RefundID: refundID, Amount: amount, Actor: audit.Actor{Kind: audit.API, ID: "k_1"}})
	})
}

// refunded decides a case and approves refunds of the amounts.
func (w *world) refunded(number string, amounts ...money.Fen) (ids []string) {
	w.t.Helper()
	var sum money.Fen
	for _, a := range amounts {
		sum = sum.Plus(a)
	}
	w.decide(wang, number, Upheld, sum)
	for _, a := range amounts {
		w.clock.Advance(time.Second)
		id, err := w.ProposeRefund(w.t.Context(), wang, number, a)
		w.must(err)
		ids = append(ids, id)
	}
	return ids
}

// wantPaid fails the test unless so much of each refund was paid.
func (w *world) wantPaid(ids []string, want ...money.Fen) {
	w.t.Helper()
	for i, id := range ids {
		var state RefundState
		var amount, paid money.Fen
		w.must(w.d.QueryRow(w.t.Context(), `select state, amount_fen, paid_fen from refund_proposals where id = $1`, id).Scan(&state, &amount, &paid))
		if paid != want[i] || (state == RefundPaid) != (paid == amount) {
			w.t.Errorf("refund %d: got %v of %v, %s; want %v", i, paid, amount, state, want[i])
		}
	}
}

func TestMoneyGivenBackCountsTowardsTheRefundThatItFits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.giveBack(twice, "", 100)) // nothing was approved: it is nobody's refund
		ids := w.refunded(number, 1000, 600, 2000)
		w.must(w.giveBack(lawful, "", 600)) // of another deduction
		w.wantPaid(ids, 0, 0, 0)
		w.must(w.giveBack(twice, "", 600))
		w.wantPaid(ids, 0, 600, 0)
		w.must(w.giveBack(twice, "", 1300))
		w.wantPaid(ids, 1000, 600, 300)
		w.wantState(number, worktime.RefundPending)
		w.wantFault(w.giveBack(twice, ids[2], 1701), fault.Invalid, "more than is left of the one that is named")
		w.wantFault(w.giveBack(twice, ids[1], 1), fault.Invalid, "one that is paid")
		w.wantFault(w.giveBack(lawful, ids[2], 1), fault.Invalid, "one of another deduction")
		w.must(w.giveBack(twice, ids[2], 1700))
		w.wantPaid(ids, 1000, 600, 2000)
		w.wantState(number, worktime.Closed)
	})
}

func TestMoreThanWasApprovedPaysAllThatIsOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		ids := w.refunded(number, 1000, 600)
		w.wantFault(w.giveBack(twice, "rp_none", 0), fault.Invalid, "one that is not there")
		w.must(w.giveBack(twice, "", 3600))
		w.wantPaid(ids, 1000, 600)
		w.wantState(number, worktime.Closed)
	})
}

func TestAllOfADeductionPaysAllThatIsOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.refunded(w.file(twice), 1000, 600)
		w.must(w.giveBack(twice, ids[0], 0))
		w.wantPaid(ids, 1000, 600)
	})
}

func TestARefundIsSentOnceAnEndpointHasTakenItsEvent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.refunded(w.file(twice), 1000, 600)
		exec := func(query string, args ...any) {
			t.Helper()
			w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), query, args...)
				return err
			}))
		}
		exec(`insert into webhook_endpoints (id, url, description, kinds, created_at, created_by, disabled_why) values ('we_1', 'https://core.example', 'core', '', $1, 'Li', '')`, w.clock.Now())
		sent := func(want int) {
			t.Helper()
			if n, err := w.SendTold(t.Context()); err != nil || n != want {
				t.Fatalf("%d are sent, %v; want %d", n, err, want)
			}
		}
		sent(0)
		if _, err := webhook.Arrange(t.Context(), w.d, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
		sent(0)
		exec(`update webhook_deliveries set state = 'dead'`)
		sent(0)
		exec(`update webhook_deliveries set state = 'delivered' where place = (select place from api_events where data like '%'||$1||'%')`, ids[1])
		w.clock.Advance(time.Hour)
		sent(1)
		sent(0)
		var first, second RefundState
		w.must(w.d.QueryRow(t.Context(), `select a.state, b.state from refund_proposals a, refund_proposals b where a.id = $1 and b.id = $2`, ids[0], ids[1]).Scan(&first, &second))
		if first != RefundApproved || second != RefundSent {
			t.Errorf("got %s and %s; want the second one alone to be sent", first, second)
		}
	})
}

func TestAComplaintIsPublishedFromItsOpeningToItsRefund(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		refund := w.refunded(number, 3600)[0]
		all, _, err := webhook.Read(t.Context(), w.d, w.clock.Now(), "", 100)
		w.must(err)
		var kinds []webhook.Kind
		for _, e := range all {
			kinds = append(kinds, e.Kind)
		}
		if want := []webhook.Kind{webhook.ComplaintOpened, webhook.ComplaintDecided, webhook.RefundApproved}; !slices.Equal(kinds, want) {
			t.Fatalf("got %v, want %v", kinds, want)
		}
		var got map[string]any
		w.must(json.Unmarshal(all[2].Data, &got))
		for name, want := range map[string]any{
			"merchant_ref": "M1", "sn": counter, "plan": "sim-annual-36", "case": number, "ref": twice, "deduction": w.lines[twice], "refund": refund, "amount_fen": 3600.0,
		} {
			if got[name] != want {
				t.Errorf("%s: got %v, want %v in %s", name, got[name], want, all[2].Data)
			}
		}
	})
}
