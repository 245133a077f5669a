package complaint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// told takes in that the counter's fee from a day on was announced by text message
// at moments.
func (w *world) told(from date.Date, at ...date.Date) {
	w.t.Helper()
	w.must(w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		var terminalID, planID int64
		err := tx.QueryRow(w.t.Context(), `select t.id, p.id from terminals t, plans p where t.sn = $1 and p.code = 'sim-annual-36'`, counter).Scan(&terminalID, &planID)
		if err != nil {
			return err
		}
		var all []deduction.Told
		for _, day := range at {
			all = append(all, deduction.Told{
				MerchantID: w.zhou.MerchantID, TerminalID: terminalID, PlanID: planID, PeriodFrom: from, Amount: 3600, Channel: "sms", DeliveredAt: day.At(10, 0).UTC(),
			})
		}
		_, err = deduction.TakeTold(w.t.Context(), tx, w.clock.Now(), all)
		return err
	}))
	if _, err := deduction.JudgePending(w.t.Context(), w.d, w.clock, fee.DefaultPolicy, nil); err != nil {
		w.t.Fatal(err)
	}
}

// known returns what was kept of a case's subject when it was filed.
func (w *world) known(number string) Known {
	w.t.Helper()
	e, err := ReadEvidence(w.t.Context(), w.d, 0, number, 1)
	w.must(err)
	k, err := e.Known()
	w.must(err)
	return k
}

func TestEvidenceHoldsTheNoticesThatCameBeforeTheDeductionWhoeverSentThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := anchor.AddMonths(12)
		w.told(second, second.AddDays(-7), second.AddDays(-1), second.AddDays(30))
		w.told(anchor, anchor.AddDays(-7)) // of another cycle
		k := w.known(w.file("D2"))
		var got []string
		for _, told := range k.Told {
			got = append(got, told.Channel+" "+date.Of(told.At).String())
		}
		if want := []string{"sms " + second.AddDays(-7).String(), "sms " + second.AddDays(-1).String()}; !slices.Equal(got, want) || k.Untold() {
			t.Errorf("got %v, untold %t; want %v", got, k.Untold(), want)
		}
		e, err := fee.Explain(k.Case)
		w.must(err)
		if told := k.ToldOf(e.Facts.Notice); told == nil || date.Of(told.At) != second.AddDays(-1) {
			t.Errorf("the notice that counts came as %+v", told)
		}
	})
}

func TestEvidenceHoldsWhatBecameOfTheTerminal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		intaketest.Exec(t, w.d, fmt.Sprintf(`update terminals set inactive_from = '%s', inactive_reason = 'returned' where sn = '%s'`, anchor.AddDays(30), counter))
		k := w.known(w.file("D2"))
		if k.InactiveReason != "returned" || k.Kind != deduction.KindDeduction {
			t.Errorf("a %s of a terminal that was %q; want a deduction of one that was returned", k.Kind, k.InactiveReason)
		}
	})
}

func TestEvidenceInItsFirstFormSaysNothingOfNoticesThatCameAfterTheDeduction(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := anchor.AddMonths(12)
		w.told(second, second.AddDays(-1))
		e, err := ReadEvidence(t.Context(), w.d, 0, w.file("D2"), 1)
		w.must(err)
		var facts map[string]any
		w.must(json.Unmarshal(e.Facts, &facts))
		facts["format"] = 1
		facts["notices"] = []map[string]string{{"letter": "l_1", "channel": "inbox", "at": second.AddDays(20).At(9, 0).UTC().Format("2006-01-02T15:04:05Z")}}
		delete(facts, "terminal")
		if e.Facts, err = json.Marshal(facts); err != nil {
			t.Fatal(err)
		}
		k, err := e.Known()
		w.must(err)
		if len(k.Told) != 1 || k.Told[0].Channel != "sms" || k.InactiveReason != "" {
			t.Errorf("it holds %+v of a terminal that was %q; want the text message of the day before alone", k.Told, k.InactiveReason)
		}
	})
}

func TestEvidenceNamesNobodysNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e, err := ReadEvidence(t.Context(), w.d, 0, w.file(twice), 1)
		w.must(err)
		if strings.Contains(string(e.Facts), "138000") || strings.Contains(string(e.Facts), "周老板") {
			t.Errorf("the evidence is %s", e.Facts)
		}
	})
}
