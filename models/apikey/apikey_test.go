package apikey_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

var (
	now = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	by  = apikey.By{Actor: audit.Actor{Kind: audit.Staff, ID: "st_1"}, Name: "Lin"}
)

func add(t *testing.T, d *db.DB, scopes ...apikey.Scope) (keyID, secret string) {
	t.Helper()
	keyID, secret, err := apikey.Add(t.Context(), d, now, by, apikey.NewKey{Name: "core", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return keyID, secret
}

// finds reports whether a secret lets anyone in at a moment.
func finds(t *testing.T, d *db.DB, at time.Time, secret string) bool {
	t.Helper()
	_, err := apikey.Find(t.Context(), d, at, secret)
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil
}

func TestAKeyLetsInWhoShowsItsSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, secret, err := apikey.Add(t.Context(), d, now, by, apikey.NewKey{
			Name: " billing ", Scopes: []apikey.Scope{apikey.UsageWrite, apikey.TerminalsWrite}, Networks: []string{"10.1.2.3", "2001:db8::/32", "192.0.2.77/24"},
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := apikey.Find(t.Context(), d, now, secret)
		if err != nil {
			t.Fatal(err)
		}
		if c.KeyID != id || c.Name != "billing" || !slices.Equal(c.Scopes, []apikey.Scope{apikey.TerminalsWrite, apikey.UsageWrite}) {
			t.Errorf("got %+v", c)
		}
		if !c.May(apikey.UsageWrite) || c.May(apikey.ImportsWrite) {
			t.Errorf("it may %v", c.Scopes)
		}
		for address, want := range map[string]bool{
			"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.1.2.4": false, "2001:db8::7": true, "192.0.2.9": true, "192.0.3.9": false,
		} {
			if got := c.From(netip.MustParseAddr(address)); got != want {
				t.Errorf("from %s: got %v, want %v", address, got, want)
			}
		}
		if !strings.HasPrefix(secret, apikey.SecretPrefix) || len(secret) != 56 {
			t.Errorf("the secret is %q", secret)
		}
		for _, wrong := range []string{"", "mbk_", secret + "a", secret[:len(secret)-1], "mbk_" + strings.Repeat("a", 52), strings.ToUpper(secret)} {
			if finds(t, d, now, wrong) {
				t.Errorf("%q lets in", wrong)
			}
		}
	})
}

func TestNoSecretIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, secret := add(t, d, apikey.UsageWrite)
		var found int
		err := d.QueryRow(t.Context(), `select (select count(*) from api_keys where name like $1 or scopes like $1)
			+ (select count(*) from api_key_secrets where hint like $1) + (select count(*) from audit_entries where cast(details as text) like $1)`,
			"%"+secret[4:20]+"%").Scan(&found)
		if err != nil || found != 0 {
			t.Errorf("got %d rows with it, %v", found, err)
		}
	})
}

func TestAKeyNeedsANameAScopeAndRightNetworks(t *testing.T) {
	d := dbtest.SQLite(t)
	good := apikey.NewKey{Name: "core", Scopes: []apikey.Scope{apikey.UsageWrite}}
	for want, spoil := range map[string]func(*apikey.NewKey){
		"name keys.name_missing":      func(n *apikey.NewKey) { n.Name = "  " },
		"name keys.name_long":         func(n *apikey.NewKey) { n.Name = strings.Repeat("九", apikey.MaxName+1) },
		"name keys.name_wrong":        func(n *apikey.NewKey) { n.Name = "a\x00b" },
		"scopes keys.scopes_missing":  func(n *apikey.NewKey) { n.Scopes = nil },
		"scopes keys.scope_unknown":   func(n *apikey.NewKey) { n.Scopes = append(n.Scopes, "all") },
		"networks keys.network_wrong": func(n *apikey.NewKey) { n.Networks = []string{"10.0.0.0/33"} },
		"networks keys.networks_many": func(n *apikey.NewKey) { n.Networks = slices.Repeat([]string{"10.0.0.1"}, apikey.MaxNetworks+1) },
	} {
		n := good
		spoil(&n)
		_, _, err := apikey.Add(t.Context(), d, now, by, n)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 || f.Fields[0].Name+" "+f.Fields[0].Key != strings.TrimSpace(want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestWhileAKeyIsRotatedItsLastTwoSecretsCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, first := add(t, d, apikey.UsageWrite)
		rotate := func(at time.Time, overlap time.Duration) string {
			secret, err := apikey.Rotate(t.Context(), d, at, by, id, overlap)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		second := rotate(now.Add(time.Hour), 24*time.Hour)
		if at := now.Add(24 * time.Hour); !finds(t, d, at, first) || !finds(t, d, at, second) {
			t.Error("one of the two does not count")
		}
		if at := now.Add(25 * time.Hour); finds(t, d, at, first) || !finds(t, d, at, second) {
			t.Error("after the overlap the new one alone should count")
		}
		third := rotate(now.Add(2*time.Hour), 24*time.Hour)
		if at := now.Add(3 * time.Hour); finds(t, d, at, first) || !finds(t, d, at, second) || !finds(t, d, at, third) {
			t.Error("of three the newest two should count")
		}
		k, err := apikey.Get(t.Context(), d, now.Add(3*time.Hour), id)
		if err != nil || len(k.Secrets) != 2 || !strings.HasPrefix(third, k.Secrets[0].Hint) || !k.Secrets[0].EndsAt.IsZero() || k.Secrets[1].EndsAt.IsZero() {
			t.Errorf("got %+v, %v", k, err)
		}
		fourth := rotate(now.Add(4*time.Hour), 0)
		if at := now.Add(4 * time.Hour); finds(t, d, at, third) || !finds(t, d, at, fourth) {
			t.Error("without an overlap the new one alone should count")
		}
	})
}

func TestARevokedKeyLetsNobodyInAndIsNotRotated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, secret := add(t, d, apikey.UsageWrite)
		if err := apikey.Revoke(t.Context(), d, now, by, id); err != nil {
			t.Fatal(err)
		}
		if finds(t, d, now, secret) {
			t.Error("it lets in")
		}
		if _, err := apikey.Rotate(t.Context(), d, now, by, id, 0); !fault.Is(err, fault.Conflict) {
			t.Errorf("rotating: got %v", err)
		}
		if err := apikey.Revoke(t.Context(), d, now, by, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("again: got %v", err)
		}
		if err := apikey.Revoke(t.Context(), d, now, by, "k_none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of no key: got %v", err)
		}
		var entries int
		err := d.QueryRow(t.Context(), `select count(*) from audit_entries where subject = $1 and actor_id = 'st_1' and action in ('key.add', 'key.revoke')`, id).Scan(&entries)
		if err != nil || entries != 2 {
			t.Errorf("got %d audit entries, %v; want 2", entries, err)
		}
	})
}

func TestKeysAreListedNewestFirstPageByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ids []string
		for i := range 5 {
			id, _, err := apikey.Add(t.Context(), d, now.Add(time.Duration(i)*time.Second), by, apikey.NewKey{Name: fmt.Sprint("key ", i), Scopes: apikey.Scopes})
			if err != nil {
				t.Fatal(err)
			}
			ids = append([]string{id}, ids...)
		}
		var got []string
		for after, more := "", true; more; {
			var page []apikey.Key
			var err error
			if page, more, err = apikey.List(t.Context(), d, now.Add(time.Minute), after, 2); err != nil {
				t.Fatal(err)
			}
			for i := range page {
				got, after = append(got, page[i].ID), page[i].ID
			}
		}
		if !slices.Equal(got, ids) {
			t.Errorf("got %v, want %v", got, ids)
		}
	})
}

func TestARequestHasItsEffectOnceHoweverManyComeAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, _ := add(t, d, apikey.UsageWrite)
		// Two, as if there were two servers.
		servers := []*apikey.Once{apikey.NewOnce(d, nil), apikey.NewOnce(d, nil)}
		request := apikey.Request{KeyID: id, IdempotencyKey: "one", Fingerprint: []byte("a")}
		var wait sync.WaitGroup
		var mu sync.Mutex
		again := 0
		for i := range 60 {
			wait.Go(func() {
				a, err := servers[i%2].Do(t.Context(), now, request, func(tx *db.Tx) (apikey.Answer, error) {
					_, err := tx.Exec(t.Context(), `insert into settings (key, value, updated_at, updated_by) values ($1, '1', $2, 'x')`, fmt.Sprint("effect ", i), now)
					return apikey.Answer{Status: 202, Location: "/there", Body: fmt.Appendf(nil, `{"by":%d}`, i)}, err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil || a.Status != 202 || a.Location != "/there" {
					t.Errorf("got %+v, %v", a, err)
				}
				if a.Again {
					again++
				}
			})
		}
		wait.Wait()
		var effects int
		if err := d.QueryRow(t.Context(), `select count(*) from settings where key like 'effect %'`).Scan(&effects); err != nil || effects != 1 || again != 59 {
			t.Errorf("got %d effects and %d repeated answers, %v; want 1 and 59", effects, again, err)
		}
	})
}

func TestTheSameKeyWithAnotherRequestIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, _ := add(t, d, apikey.UsageWrite)
		other, _ := add(t, d, apikey.UsageWrite)
		once := apikey.NewOnce(d, nil)
		do := func(at time.Time, keyID, fingerprint string, fails error) (apikey.Answer, error) {
			return once.Do(t.Context(), at, apikey.Request{KeyID: keyID, IdempotencyKey: "one", Fingerprint: []byte(fingerprint)}, func(*db.Tx) (apikey.Answer, error) {
				return apikey.Answer{Status: 200, Body: []byte(`"` + fingerprint + `"`)}, fails
			})
		}
		broken := errors.New("broken")
		if _, err := do(now, id, "z", broken); !errors.Is(err, broken) {
			t.Errorf("an effect that fails: got %v", err)
		}
		if a, err := do(now, id, "a", nil); err != nil || a.Again || string(a.Body) != `"a"` {
			t.Errorf("after one that failed: got %+v, %v", a, err)
		}
		if _, err := do(now, id, "b", nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("another request: got %v", err)
		}
		if a, err := do(now, other, "b", nil); err != nil || a.Again {
			t.Errorf("of another system: got %+v, %v", a, err)
		}
		if a, err := do(now.Add(apikey.AnswersLast-time.Second), id, "a", nil); err != nil || !a.Again {
			t.Errorf("within its time: got %+v, %v", a, err)
		}
		if a, err := do(now.Add(apikey.AnswersLast), id, "b", nil); err != nil || a.Again {
			t.Errorf("after its time: got %+v, %v", a, err)
		}
	})
}

func TestRequestsAreKeptAndForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id, _ := add(t, d, apikey.UsageWrite)
		var sent []apikey.Logged
		for i := range 5 {
			sent = append(sent, apikey.Logged{
				KeyID: id, At: now.Add(time.Duration(i) * time.Second), Method: "PUT", Route: "/api/v1/x/:id", Status: 200 + i,
				Took: 1500 * time.Microsecond, Problem: "", RequestID: fmt.Sprint("r", i),
			})
		}
		if err := apikey.Keep(t.Context(), d, sent); err != nil {
			t.Fatal(err)
		}
		page, more, err := apikey.Requests(t.Context(), d, id, "", 3)
		if err != nil || len(page) != 3 || !more || page[0].Status != 204 || page[0].Took != 1500*time.Microsecond || page[0].RequestID != "r4" {
			t.Errorf("got %+v, %v, %v", page, more, err)
		}
		page, more, err = apikey.Requests(t.Context(), d, id, page[2].ID, 3)
		if err != nil || len(page) != 2 || more || page[1].Status != 200 {
			t.Errorf("then got %+v, %v, %v", page, more, err)
		}
		used := func() time.Time {
			k, err := apikey.Get(t.Context(), d, now, id)
			if err != nil {
				t.Fatal(err)
			}
			return k.LastUsedAt
		}
		if got, want := used(), now.Add(4*time.Second); !got.Equal(want) {
			t.Errorf("used last at %v, want %v", got, want)
		}
		later := apikey.Logged{KeyID: id, At: now.Add(time.Minute), Method: "GET", Route: "/", Status: 200}
		if err := apikey.Keep(t.Context(), d, []apikey.Logged{later}); err != nil {
			t.Fatal(err)
		}
		if got, want := used(), now.Add(4*time.Second); !got.Equal(want) {
			t.Errorf("within a minute: used last at %v, want %v still", got, want)
		}
		if n, err := apikey.Forget(t.Context(), d, now.Add(apikey.RequestsLast+2*time.Second)); err != nil || n != 3 {
			t.Errorf("forgot %d, %v; want 3", n, err)
		}
	})
}
