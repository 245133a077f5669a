package webhook_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/webhook"
)

func TestAnEndpointNeedsARightAddressAndADescription(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	good := webhook.Wanted{URL: "https://core.example.com/hook?x=1", Description: "core"}
	for _, c := range []struct{ url, description, want string }{
		{"", "a", "url webhooks.url_missing"},
		{"https://a.example/" + strings.Repeat("x", 500), "a", "url webhooks.url_long"},
		{"core.example.com", "a", "url webhooks.url_wrong"},
		{"ftp://core.example.com", "a", "url webhooks.url_wrong"},
		{"https://u:p@core.example.com", "a", "url webhooks.url_wrong"},
		{"https://core.example.com/#x", "a", "url webhooks.url_wrong"},
		{"https://", "a", "url webhooks.url_wrong"},
		{"https://10.0.0.1/x", "a", "url webhooks.url_private"},
		{"https://[::ffff:10.0.0.1]/x", "a", "url webhooks.url_private"},
		{"http://core.example.com", "a", "url webhooks.url_tls"},
		{good.URL, "", "description webhooks.description_missing"},
		{good.URL, strings.Repeat("九", 101), "description webhooks.description_long"},
		{good.URL, "a\x00", "description webhooks.description_wrong"},
	} {
		_, _, err := h.Add(t.Context(), by, webhook.Wanted{URL: c.url, Description: c.description})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 || f.Fields[0].Name+" "+f.Fields[0].Key != c.want {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	for _, url := range []string{good.URL, "http://127.0.0.1:9/x", "http://localhost:9/x"} {
		if _, _, err := h.Add(t.Context(), by, webhook.Wanted{URL: url, Description: "a"}); err != nil {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

func TestAnEndpointIsChangedEndedAndLetInAgainOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		w := webhook.Wanted{URL: "https://new.example.com", Description: "new", Kinds: []webhook.Kind{webhook.NoticeFailed, webhook.DeductionHeld}}
		for _, err := range []error{h.Change(t.Context(), by, id, w), h.Disable(t.Context(), by, id), h.Enable(t.Context(), by, id), h.Try(t.Context(), by, id)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for name, err := range map[string]error{"ended": h.Disable(t.Context(), by, "we_none"), "let in": h.Enable(t.Context(), by, "we_none"), "changed": h.Change(t.Context(), by, "we_none", w)} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("one that is not there is %s: %v", name, err)
			}
		}
		if err := h.Enable(t.Context(), by, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("let in twice: got %v", err)
		}
		all, err := webhook.List(t.Context(), d)
		if err != nil || len(all) != 1 || all[0].URL != w.URL || len(all[0].Kinds) != 2 || all[0].Kinds[0] != webhook.DeductionHeld {
			t.Errorf("got %+v, %v", all, err)
		}
		var n int
		err = d.QueryRow(t.Context(), `select count(*) from audit_entries where subject = $1 and actor_id = 'st_1' and cast(details as text) not like '%hook%'`, id).Scan(&n)
		if err != nil || n != 5 {
			t.Errorf("got %d entries, %v; want 5", n, err)
		}
	})
}
