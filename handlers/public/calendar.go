package public

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	calendarSuffix = ".ics"
	calendarKind   = "text/calendar; charset=utf-8"
	// calendarEvery is how often programs are asked to look again: what is to come
	// changes with the core system's deliveries, once or twice a day.
	calendarEvery = "PT6H"
)

// calendarAlarms are how long before the day's beginning a program rings: at ten
// in the morning a week and a day ahead.
var calendarAlarms = []string{"-P6DT14H", "-PT14H"}

// Calendar answers GET /calendar/{token}.ics: what is to be charged in the next
// twelve months, for a calendar program. It names no merchant.
func (h *FromOutside) Calendar(c echo.Context) error {
	hide(c)
	token, ok := strings.CutSuffix(c.Param("file"), calendarSuffix)
	if !ok {
		return fault.New(fault.NotFound, "reminders.calendar.not_found")
	}
	ctx := c.Request().Context()
	feed, err := notice.FindFeed(ctx, h.DB, token)
	if err != nil {
		return err
	}
	today := clock.Today(h.Clock)
	year, err := deduction.ReadComingYear(ctx, h.DB, h.Plans.Plans(), h.Policy(), feed.MerchantID, today)
	if err != nil {
		return err
	}
	if c.Request().Method != http.MethodHead {
		if err := notice.UseFeed(ctx, h.DB, h.Clock.Now(), feed); err != nil {
			return err
		}
	}
	p := i18n.For(i18n.Locale(feed.Locale))
	w := calendarWriter{
		p: p, plans: h.Plans.Plans(), today: today, secret: h.Secret, home: h.Origin + "/home", name: page.New(c).Brand.Name,
		changed: changedAt(h.AsOf(), today),
	}
	body := w.write(year)
	return serveUnchanging(c, calendarKind, body, w.changed)
}

// changedAt is the last moment at which what is to come can have become another:
// the day's beginning, or when data came in.
func changedAt(asOf time.Time, today date.Date) time.Time {
	changed := today.Start()
	if asOf.After(changed) {
		changed = asOf
	}
	return changed.UTC().Truncate(time.Second)
}

// serveUnchanging answers with a file, or says that it is the one that the caller
// has.
func serveUnchanging(c echo.Context, kind string, body []byte, changed time.Time) error {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	header := c.Response().Header()
	header.Set("Etag", tag)
	header.Set(echo.HeaderLastModified, changed.Format(http.TimeFormat))
	header.Set(echo.HeaderCacheControl, "private, no-cache") // may be kept, and is asked for again
	asked := c.Request().Header
	if known := asked.Get("If-None-Match"); known != "" {
		if strings.Contains(known, tag) {
			return c.NoContent(http.StatusNotModified)
		}
	} else if since, err := http.ParseTime(asked.Get(echo.HeaderIfModifiedSince)); err == nil && !changed.After(since) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, kind, body)
}

// calendarWriter writes charges to come as RFC 5545 has it.
type calendarWriter struct {
	p       *i18n.Printer
	plans   *disclosure.Plans
	today   date.Date
	secret  []byte
	home    string
	name    string // of the acquirer
	changed time.Time
}

func (w *calendarWriter) write(year *deduction.ComingYear) []byte {
	cal := ics.NewCalendarFor("Mingbai")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(w.p.T("reminders.calendar.name", "acquirer", w.name))
	cal.SetDescription(w.p.T("reminders.calendar.description"))
	cal.SetXWRTimezone("Asia/Shanghai")
	cal.SetRefreshInterval(calendarEvery)
	cal.SetXPublishedTTL(calendarEvery)
	for i := range year.Charges {
		w.event(cal, &year.Charges[i])
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// event puts a charge on its day, or on today where its day is past and it is
// still open.
func (w *calendarWriter) event(cal *ics.Calendar, c *deduction.Coming) {
	plan := w.plans.ByID(c.PlanID)
	if plan == nil {
		return // published a moment ago; the next look finds it
	}
	p, fee, tail := w.p, explain.ItemName(w.p, plan.Fee.Item), w.p.Tail(c.Terminal.SN)
	day, text := c.DueOn, p.T("reminders.calendar.event_text", "day", c.DueOn, "amount", c.Amount, "fee", plan.Name(string(p.Locale())), "tail", tail)
	if day < w.today {
		day, text = w.today, p.T("reminders.calendar.event_text_open", "day", c.DueOn, "amount", c.Amount, "fee", plan.Name(string(p.Locale())), "tail", tail)
	}
	e := cal.AddEvent(w.uid(c))
	e.SetDtStampTime(w.changed)
	e.SetProperty(ics.ComponentPropertyDtStart, compactDay(day), ics.WithValue("DATE"))
	e.SetProperty(ics.ComponentPropertyDtEnd, compactDay(day.AddDays(1)), ics.WithValue("DATE"))
	e.SetSummary(p.T("reminders.calendar.event", "amount", c.Amount, "fee", fee, "tail", tail))
	e.SetDescription(text + "\n" + p.T("reminders.calendar.where"))
	e.SetURL(w.home)
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.SetClass(ics.ClassificationPrivate)
	for _, before := range calendarAlarms {
		alarm := e.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetTrigger(before)
		alarm.SetDescription(p.T("reminders.calendar.event", "amount", c.Amount, "fee", fee, "tail", tail))
	}
}

// uid names a charge for ever, whatever its day and amount become, and tells
// nobody which terminal it is about.
func (w *calendarWriter) uid(c *deduction.Coming) string {
	mac := hmac.New(sha256.New, w.secret)
	fmt.Fprintf(mac, "calendar event %s %d %d", c.Terminal.SN, c.PlanID, c.Cycle)
	return hex.EncodeToString(mac.Sum(nil)[:16]) + "@mingbai"
}

// compactDay writes a date as iCalendar has it.
func compactDay(d date.Date) string {
	year, month, day := d.Civil()
	return strconv.Itoa(year*10000 + int(month)*100 + day)
}
