package portal

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/web/i18n"
)

// asOf says up to when the figures of a page are known.
func asOf(p *i18n.Printer, known, now time.Time) string {
	switch {
	case known.IsZero():
		return p.T("portal.as_of.never")
	case date.Of(known) == date.Of(now):
		return p.T("portal.as_of.today", "time", p.Time(known))
	default:
		return p.T("portal.as_of.since", "moment", p.ShortDateTime(known))
	}
}
