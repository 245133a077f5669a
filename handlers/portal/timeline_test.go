package portal

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestATimelineRingsOnceForWhatWentToSeveralPeople(t *testing.T) {
	on := date.MustParse("2026-11-22")
	notice := func(cycle int, at time.Time, channel string) fee.Notice {
		return fee.Notice{Cycle: cycle, Amount: 3600, DeliveredAt: at.UTC(), Channel: channel}
	}
	line := timeline{p: i18n.For(i18n.ZhCN), fee: &deduction.TerminalFee{Notices: []fee.Notice{
		notice(3, on.At(0, 5), "sms"), notice(3, on.At(10, 6), "sms"), notice(3, on.At(10, 6), "email"), notice(2, on.At(10, 6), "sms"), notice(3, on.AddDays(1).At(0, 5), "sms"),
	}}}
	line.addNotices()
	var got []string
	for _, b := range line.out.Bells {
		got = append(got, b.When.Text+b.What)
	}
	if len(got) != 4 {
		t.Errorf("rings are %q; want those of the two text messages about cycle 3 on 22 November once", got)
	}
}
