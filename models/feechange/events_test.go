package feechange

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/webhook"
)

func TestOtherSystemsAreToldOfAnswersTerminalByTerminal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, " 太贵了 ")
		accept(t, d, "M1", morning.Add(time.Minute), counter)
		all, _, err := webhook.Read(t.Context(), d, morning, "", 10)
		if err != nil || len(all) != 3 {
			t.Fatalf("got %+v, %v", all, err)
		}
		for i, want := range []webhook.Kind{webhook.FeeChangeObjected, webhook.FeeChangeObjected, webhook.FeeChangeAccepted} {
			if all[i].Kind != want || !strings.Contains(string(all[i].Data), `"version":2`) || strings.Contains(string(all[i].Data), "太贵了") {
				t.Errorf("event %d: got %s %s, want %s", i, all[i].Kind, all[i].Data, want)
			}
		}
		if got := string(all[2].Data); !strings.Contains(got, `"sn":"`+counter+`"`) || !strings.Contains(got, `"merchant_ref":"M1"`) {
			t.Errorf("got %s", got)
		}
	})
}
