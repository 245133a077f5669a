package evidence

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestOfEveryColumnInAPackItIsSaidHowItStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := date.MustParse("2026-11-23")
		m := &Matter{Wanted: Wanted{Kind: OfMerchant, From: day, To: day}, MerchantID: 7, CaseID: "c_1", LineID: "d_1"}
		for _, one := range slices.Concat(aboutLines, aboutCases, aboutMerchants) {
			if err := one.write(t.Context(), d, m, new(bytes.Buffer)); err != nil {
				t.Error(err)
			}
		}
		odd := dump{"merchants", "select contact from merchants where id = @merchant"}
		if err := odd.write(t.Context(), d, m, new(bytes.Buffer)); err == nil {
			t.Error("a column that nobody spoke of is written")
		}
	})
}

func TestAPackNamesNobodyInFull(t *testing.T) {
	for _, column := range []string{"owner_name", "staff_name", "proposed_name", "second_name", "asked_name", "answered_by", "name"} {
		if got := plain(column, "何小美"); got != "何**" {
			t.Errorf("%s stands as %v, want the first character alone", column, got)
		}
	}
	if got := plain("recipient", []byte("+8613812346621")); got != "****6621" {
		t.Errorf("a phone number stands as %v", got)
	}
	if got := plain("remark", "何小美"); got != "何小美" {
		t.Errorf("a remark stands as %v, want it as it was written", got)
	}
}
