package notice

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/webhook"
)

// wantEvents fails the test unless other systems were told so, in order.
func (w *way) wantEvents(want ...string) {
	w.t.Helper()
	all, _, err := webhook.Read(w.t.Context(), w.d, w.clock.Now(), "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		var data struct {
			Letter, Kind, Channel, Item string
			Amount                      int64     `json:"amount_fen"`
			At                          time.Time `json:"delivered_at"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			w.t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s %s %d %s", e.Kind, data.Letter, data.Kind, data.Amount, data.Channel)
		if !data.At.IsZero() {
			text += data.At.Format(" 15:04")
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("others were told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestOthersAreToldOfAnnouncementsWhenTheyCount(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, taken)
		w.follow()
		w.wantEvents()
		w.report("l_1", SMS, true)
		w.follow()
		w.count(1)
		at := w.clock.Now().Format(" 15:04")
		one := "notice.delivered l_1 upcoming 3600 sms" + at
		w.wantEvents(one, one) // of two terminals
		w.count(0)
		w.wantEvents(one, one)
	})
}

func TestOthersAreToldOfNoticesThatReachNobody(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, refused)
		w.follow()
		one := "notice.failed l_1 upcoming 3600 "
		w.wantEvents(one, one)
	})
}

func TestOthersAreToldOfOtherNoticesOnceTheyArrive(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Taken, SMS)
		w.letter("l_2", Security, SMS)
		w.deliver(SMS, taken)
		w.report("l_1", SMS, true)
		w.report("l_2", SMS, true)
		w.follow()
		w.follow()
		one := "notice.delivered l_1 taken 3600 sms" + w.clock.Now().Format(" 15:04")
		w.wantEvents(one, one)
	})
}
