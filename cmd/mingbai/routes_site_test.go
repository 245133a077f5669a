package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/webtest"
)

// UPDATE_GOLDEN=1 writes the list anew: read what changed, it is who may do
// what.
func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	s := openSite(t, db.SQLite, overTLS)
	var list strings.Builder
	for _, r := range s.server.Router().Routes() {
		list.WriteString(r.String() + "\n")
		if !isForPrograms(r) {
			readerOf(t, r)
		}
	}
	webtest.Golden(t, "testdata/routes.golden", list.String())
}

func TestWhatOnlyTheDemoHasIsNotServedElsewhere(t *testing.T) {
	s := openSite(t, db.SQLite, overTLS)
	jobs, err := event.Open(t.Context(), s.db, event.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer jobs.Close()
	real, err := newApp(context.Background(), s.config, parts{db: s.db, clock: siteClock, jobs: jobs, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	served := real.server.Router().Routes()
	for _, r := range s.server.Router().Routes() {
		if got := slices.Contains(served, r); got == (isDemo(r) > 0) {
			t.Errorf("%s: served outside the demo: %v", r, got)
		}
	}
}

func TestTheDemoSaysAtTheDeskWhatItDoesOtherwise(t *testing.T) {
	s := openSite(t, db.SQLite, overTLS)
	c := s.as(deskRole(staff.Operator), s.shop(mine))
	c.get("/admin").Says("第二种登录方式")
	c.get("/admin/channels").Says("演示里的消息不会真的发出去").Click("看发出去的消息").Is(http.StatusOK)
}
