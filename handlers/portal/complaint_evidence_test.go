package portal

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
)

// lineOfRef is the merchant's line that came from a deduction.
func (s *merchantSite) lineOfRef(t *testing.T, ref string) (id string) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), `select id from deductions where ref = $1`, ref).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTheEvidenceOfACaseSaysWhatTheDeductionsPageSays(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		for _, one := range []struct {
			merchant, ref  string
			says, not, old []string // old: what the first form doesn't say
		}{
			{"M1002", "D820000032929-sim_data-3", []string{"1月22日该结给你 ¥5,106.68，扣掉它，到账 ¥5,070.68。", "2026年1月22日，到账 ¥5,070.68"},
				[]string{"没查到是从哪一天的结算里扣的", "没查到提前的提醒"}, []string{"没查到是从哪一天的结算里扣的", "没查到提前的提醒"}},
			{"M1001", "X820000020734-gone", []string{"在 8月1日已经归还，10月12日不该再收。"}, []string{"已经停用"}, []string{"已经归还"}},
		} {
			c := s.as(t, one.merchant, account.Owner)
			line := s.lineOfRef(t, one.ref)
			c.Get("/deductions/" + line).Says(one.says[0])
			number := filed(t, c.Get(complainAddress(complaint.OfDeduction, line)).Form(complainPath).Set(reasonField, "too_much").Submit())
			c.Get(caseAddress(number) + "/evidence/1").Is(http.StatusOK).Says(one.says...).SaysNot(one.not...)
			s.ageEvidence(t, number)
			c.Get(caseAddress(number) + "/evidence/2").Is(http.StatusOK).SaysNot(one.old...)
		}
	})
}

// ageEvidence adds to a case the evidence that it has, in the form that it was
// written in first.
func (s *merchantSite) ageEvidence(t *testing.T, number string) {
	t.Helper()
	var text string
	var facts map[string]any
	err := s.db.QueryRow(t.Context(), `select e.facts from case_evidence e join cases c on c.id = e.case_id where c.number = $1`, number).Scan(&text)
	if err == nil {
		err = json.Unmarshal([]byte(text), &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	facts["format"] = 1
	delete(facts, "terminal")
	delete(facts["line"].(map[string]any), "kind")
	old, err := json.Marshal(facts)
	if err == nil {
		err = s.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `
				insert into case_evidence (case_id, number, merchant_id, at, hash, facts)
				select e.case_id, 2, e.merchant_id, e.at, e.hash, $2 from case_evidence e join cases c on c.id = e.case_id where c.number = $1`, number, string(old))
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
