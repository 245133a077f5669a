package figures

import (
	"testing"

	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestFiguresFromBeforeWorkingTimeSayThatTheyCountHours(t *testing.T) {
	for days, want := range map[int]string{0: "Within 3 days (72 hours)", report.AnsweredWithin: "Within 3 working days"} {
		w := words{p: i18n.For(i18n.En), f: &report.Figures{Gone: report.GoneFigures{WorkingDays: days}}}
		if got := w.gone().Table.Rows[0].Cells[0].Text; got != want {
			t.Errorf("%d working days: got %q, want %q", days, got, want)
		}
	}
}
