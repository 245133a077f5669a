package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/webhook"
)

func TestTheStartSaysThatTheSecretIsAnother(t *testing.T) {
	d := dbtest.SQLite(t)
	c := config{URL: overTLS, Secret: strings.Repeat("s", 32)}
	said := func() string {
		t.Helper()
		var log bytes.Buffer
		if err := warnOfSecret(t.Context(), c, d, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	if got := said(); got != "" {
		t.Errorf("with nothing sealed the log says %q", got)
	}
	hooks, err := newWebhooks(c, d, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := hooks.Add(t.Context(), webhook.By{Actor: operatorHere()}, webhook.Wanted{URL: "https://core.example.com/hook", Description: "core", Kinds: []webhook.Kind{webhook.RefundApproved}}); err != nil {
		t.Fatal(err)
	}
	keeper, err := setting.NewChannelKeeper(d, []byte(c.Secret))
	if err != nil {
		t.Fatal(err)
	}
	mail := setting.Email{Host: "mail.example.com", Port: 465, From: "a@example.com", User: "a", Password: "secret", Security: setting.Securities[0]}
	if err := keeper.Set(t.Context(), operatorHere(), "", clock.System{}.Now(), &mail); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), "insert into staff (id, login, name, password_hash, created_at) values ('st_1', 'lin', '林', '', $1)", clock.System{}.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "insert into staff_totps (id, staff_id, name, secret, last_step, added_at) values ('tf_1', 'st_1', 'phone', $1, 0, $2)",
			[]byte("sealed with another secret"), clock.System{}.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said(), "mingbai staff reset"; !strings.Contains(got, want) || !strings.Contains(got, "apps=1") {
		t.Errorf("the log says %q, want %q in it", got, want)
	} else if strings.Contains(got, "endpoints=") || strings.Contains(got, "channels=") {
		t.Errorf("of what can be read the log says %q", got)
	}
	c.Secret = strings.Repeat("o", 32)
	if got := said(); !strings.Contains(got, "endpoints=1") || !strings.Contains(got, "channels=[email]") {
		t.Errorf("with another secret the log says %q", got)
	}
}

func TestACallThatIsAnsweredWhileTheServerEndsIsNoted(t *testing.T) {
	d, log := dbtest.SQLite(t), slog.New(slog.DiscardHandler)
	c := siteConfig(inTheClear, t.TempDir())
	c.Drain = time.Second
	jobs, err := event.Open(t.Context(), d, event.Config{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jobs.Close)
	a, err := newApp(t.Context(), c, parts{db: d, clock: clock.System{}, jobs: jobs, log: log})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := apikey.Add(t.Context(), d, clock.System{}.Now(), apikey.By{Actor: operatorHere(), Name: "test"}, apikey.NewKey{Name: "core", Scopes: apikey.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen(config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.serve(ctx, l, log) }()
	end()
	time.Sleep(c.Drain / 2) // what notes calls would have ended by now
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.portal.Addr().String()+api.Prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var n int
	if err := d.QueryRow(t.Context(), `select count(*) from api_requests`).Scan(&n); err != nil || n != 1 {
		t.Errorf("of a call answered with %d there are %d notes, %v", answer.StatusCode, n, err)
	}
}
