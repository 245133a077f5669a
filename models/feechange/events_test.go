package feechange

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/webhook"
)

func TestTheCoreSystemIsAskedOnceToGiveBackWhatAnEndedServiceLeavesUnused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, "")
		on := end(t, d)
		for range 2 {
			if _, err := CarryOutEndings(t.Context(), d, on.At(1, 0)); err != nil {
				t.Fatal(err)
			}
		}
		all, _, err := webhook.Read(t.Context(), d, on.At(2, 0), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(e webhook.Told) bool { return e.Kind != webhook.RefundApproved })
		if len(all) != 2 {
			t.Fatalf("got %+v; want one for each terminal", all)
		}
		for i, sn := range []string{counter, till} {
			for _, want := range []string{`"merchant_ref":"M1"`, `"sn":"` + sn + `"`, `"ref":"D`, `"cycle":2`, `"reason":"service_ended"`, `"ended_on":"2026-12-23"`, `"amount_fen":681`} {
				if got := string(all[i].Data); !strings.Contains(got, want) {
					t.Errorf("event %d is %s; want %s in it", i, got, want)
				}
			}
		}
	})
}

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
