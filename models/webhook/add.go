package webhook

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// Wanted is what an endpoint is made of.
type Wanted struct {
	URL         string
	Description string
	Kinds       []Kind // none: all
}

// The longest texts, in characters.
const (
	MaxURL         = 500
	MaxDescription = 100
)

// Add makes an endpoint and returns its id and its secret, which can't be had
// again. It is told of what happens from now on. It returns fault.Invalid for the
// fields "url", "description" and "kinds", and fault.Conflict where there are too
// many.
func (h *Hooks) Add(ctx context.Context, by By, w Wanted) (endpointID, secret string, err error) {
	if err := h.check(&w); err != nil {
		return "", "", err
	}
	now := h.clock.Now()
	endpointID = id.New("we", now)
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "webhook endpoints"); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from webhook_endpoints`).Scan(&n); err != nil {
			return err
		}
		if n >= MaxEndpoints {
			return fault.New(fault.Conflict, "webhooks.many", "n", MaxEndpoints)
		}
		_, err := tx.Exec(ctx, `insert into webhook_endpoints (id, url, description, kinds, created_at, created_by, disabled_why) values ($1, $2, $3, $4, $5, $6, '')`,
			endpointID, w.URL, w.Description, joinKinds(w.Kinds), now, by.Name)
		if err != nil {
			return err
		}
		if secret, err = h.addSecret(ctx, tx, now, endpointID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "add", endpointID, w.details()))
	})
	return endpointID, secret, err
}

// Change changes where an endpoint is and what it is told of. It returns the
// faults of Add, and fault.NotFound.
func (h *Hooks) Change(ctx context.Context, by By, endpointID string, w Wanted) error {
	now := h.clock.Now()
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := hold(ctx, tx, endpointID); err != nil {
			return err
		}
		if err := h.check(&w); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update webhook_endpoints set url = $2, description = $3, kinds = $4, rests_until = null where id = $1`,
			endpointID, w.URL, w.Description, joinKinds(w.Kinds))
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "change", endpointID, w.details()))
	})
}

// details are for the record: an address may hold what is nobody else's
// business, so that its host alone is named.
func (w *Wanted) details() map[string]any {
	u, err := url.Parse(w.URL)
	if err != nil {
		return nil
	}
	return map[string]any{"host": u.Host, "kinds": joinKinds(w.Kinds)}
}

// check looks at what an endpoint is to be made of, and puts it in order.
func (h *Hooks) check(w *Wanted) error {
	var wrong fault.Fields
	w.URL, w.Description = strings.TrimSpace(w.URL), strings.TrimSpace(w.Description)
	if key := h.wrongURL(w.URL); key != "" {
		wrong.Add("url", key, "n", MaxURL)
	}
	switch {
	case w.Description == "":
		wrong.Add("description", "webhooks.description_missing")
	case utf8.RuneCountInString(w.Description) > MaxDescription:
		wrong.Add("description", "webhooks.description_long", "n", MaxDescription)
	case !isLine(w.Description):
		wrong.Add("description", "webhooks.description_wrong")
	}
	if slices.ContainsFunc(w.Kinds, func(k Kind) bool { return !k.Known() }) {
		wrong.Add("kinds", "webhooks.kinds_wrong")
	}
	if len(w.Kinds) > 0 {
		var chosen []Kind
		for _, k := range Kinds {
			if slices.Contains(w.Kinds, k) {
				chosen = append(chosen, k)
			}
		}
		w.Kinds = chosen
	}
	return wrong.Err()
}

func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// wrongURL returns the key of what is wrong with an address, or nothing. Where a
// name leads to is found out, and checked, at each try.
func (h *Hooks) wrongURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "webhooks.url_missing"
	case utf8.RuneCountInString(text) > MaxURL:
		return "webhooks.url_long"
	case err != nil, !isLine(text), u.Hostname() == "", u.User != nil, u.Fragment != "", u.Scheme != "https" && u.Scheme != "http":
		return "webhooks.url_wrong"
	}
	may, ours := h.mayReach(u.Hostname())
	switch {
	case !may:
		return "webhooks.url_private"
	case u.Scheme == "http" && !ours:
		return "webhooks.url_tls"
	}
	return ""
}

// mayReach reports whether messages may go to a host, as far as its name tells,
// and whether it is known to be of our own network.
func (h *Hooks) mayReach(host string) (may, ours bool) {
	if strings.EqualFold(host, "localhost") {
		return h.reachable(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return true, false
	}
	return h.reachable(address)
}
