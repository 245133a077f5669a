package merchant

import (
	"context"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

const standing = `select coalesce(cast(reported_gone_on as text), '-') || ' ' || coalesce(cast(inactive_from as text), '-') || ' ' || coalesce(inactive_reason, '-') from terminals`

// gone runs a step of somebody's transaction.
func gone(t *testing.T, d *db.DB, step func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := intake.Begin(t.Context(), tx); err != nil {
			return err
		}
		return step(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReportAndItsAnswerOutlastACoreSystemThatHasNotHeardOfThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := date.MustParse("2026-11-22").At(8, 0)
		row := TerminalRow{SN: "820000018093", MerchantRef: "M1", Alias: "前台"}
		intaketest.File(t, d, at, StageMerchants, TakeMerchants, Row{Ref: "M1", Name: "老街面馆", OpenedOn: date.MustParse("2024-06-24")})
		takeAgain := func(row TerminalRow) {
			t.Helper()
			_, problems := intaketest.File(t, d, at, StageTerminals, TakeTerminals, row)
			intaketest.WantProblems(t, problems)
		}
		takeAgain(row)
		on := date.MustParse("2026-11-20")
		gone(t, d, func(ctx context.Context, tx *db.Tx) error { return ReportGoneIn(ctx, tx, 1, on, at) })
		row.Alias = "收银台"
		takeAgain(row)
		intaketest.WantTexts(t, d, standing, "2026-11-20 - -")

		gone(t, d, func(ctx context.Context, tx *db.Tx) error { return ConfirmGoneIn(ctx, tx, 1, on, Returned, at) })
		row.Alias = "前台"
		takeAgain(row)
		intaketest.WantTexts(t, d, standing, "- 2026-11-20 returned")

		row.InactiveFrom, row.InactiveReason = date.MustParse("2026-11-25"), Unbound
		takeAgain(row)
		intaketest.WantTexts(t, d, standing, "- 2026-11-20 returned")

		row.InactiveFrom = date.MustParse("2026-11-10")
		takeAgain(row)
		intaketest.WantTexts(t, d, standing, "- 2026-11-10 unbound")
	})
}

func TestAReportThatIsDeniedLeavesNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := date.MustParse("2026-11-22").At(8, 0)
		intaketest.File(t, d, at, StageMerchants, TakeMerchants, Row{Ref: "M1", Name: "老街面馆", OpenedOn: date.MustParse("2024-06-24")})
		intaketest.File(t, d, at, StageTerminals, TakeTerminals, TerminalRow{SN: "820000018093", MerchantRef: "M1"})
		gone(t, d, func(ctx context.Context, tx *db.Tx) error {
			return ReportGoneIn(ctx, tx, 1, date.MustParse("2026-11-20"), at)
		})
		gone(t, d, func(ctx context.Context, tx *db.Tx) error { return DenyGoneIn(ctx, tx, 1, at) })
		intaketest.WantTexts(t, d, standing, "- - -")
	})
}
