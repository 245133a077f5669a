package main

import (
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// newAccounts returns the use cases of merchants' accounts, with all that follows
// where somebody may not see one any more.
func newAccounts(c config, d *db.DB, at clock.Clock, jobs event.Queue, brand func(i18n.Locale) page.Brand) (*account.Accounts, error) {
	return account.New(account.Options{
		DB: d, Clock: at, Jobs: jobs, Words: signin.Words(brand), Secret: []byte(c.Secret), Given: c.given(),
		Leaving: notice.EndLink, Erasing: complaint.ForgetNumbers,
	})
}
