package public

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// FromOutside answers who comes by an address that left the portal: in a message,
// on a receipt, in a calendar program.
type FromOutside struct {
	DB     *db.DB
	Clock  clock.Clock
	Plans  *disclosure.Catalogue
	Policy func() fee.Policy
	AsOf   func() time.Time // when the core system's data last came in; zero: never
	Guard  *guard.Guard     // tells who is signed in on pages for anyone
	Secret []byte           // at least 32 bytes, the same on all servers
	Origin string           // of the site, without a slash at its end
}

// Routes registers the addresses.
func (h *FromOutside) Routes(r *server.Router) {
	check := guard.Public("whoever holds a receipt may check it")
	r.Get("/s/:code", guard.Can(account.SeeFees), h.ShortLink)
	r.Get("/receipts", check, h.ReceiptSearch)
	r.Get("/receipts/:code", check, h.Receipt)
	r.Post("/receipts/:code", check, h.CompareReceipt)
	r.Get("/calendar/:file", guard.Program("the address itself is the calendar's secret"), h.Calendar)
	r.Get("/unsubscribe/:token", guard.Public("whoever gets mails may end them, by the address alone"), h.Unsubscribing)
	r.Post("/unsubscribe/:token", guard.Program("mail programs end mails with one click, by the address alone"), h.Unsubscribe)
}

// frame returns what the layout of a page needs that no search engine is to
// list. It takes up the flash: call it once, when the page is sure to come.
func (h *FromOutside) frame(c echo.Context, titleKey string) page.Page {
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	hide(c)
	return guard.Page(c, titleKey)
}

// hide keeps an answer out of search engines and caches.
func hide(c echo.Context) {
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set(echo.HeaderCacheControl, "no-store")
}
