package page

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
)

const flashCookie = "flash"

// flashLasts is how long a flash waits for the page that shows it.
const flashLasts = 5 * time.Minute

// flashes carries a message across a redirect in a signed cookie. It holds a
// key and values, not a sentence, so that a reader who switches the language on
// the way reads it in the new one.
type flashes struct{ codec *securecookie.SecureCookie }

func newFlashes(secret []byte) flashes {
	key, err := hkdf.Key(sha256.New, secret, nil, "flash", sha256.Size)
	if err != nil {
		panic(err) // a length that SHA-256 can't give, which this is not
	}
	codec := securecookie.New(key, nil)
	codec.MaxAge(int(flashLasts / time.Second))
	codec.SetSerializer(securecookie.JSONEncoder{})
	return flashes{codec}
}

// carried is a flash on its way.
type carried struct {
	Tone Tone       `json:"t"`
	Key  string     `json:"k"`
	Args [][]string `json:"a,omitempty"` // name, kind and text of each value
}

// SetFlash leaves a message for the next whole page: its tone, key and the
// values of its placeholders, as i18n.Printer.T takes them. It needs the site's
// middleware, and goes with a redirect.
func SetFlash(c echo.Context, tone Tone, key string, args ...any) {
	site, ok := c.Get(siteKey).(*Site)
	if !ok {
		panic("page: SetFlash without the site's middleware")
	}
	f := carried{Tone: tone, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		kind, text := pack(args[i+1])
		f.Args = append(f.Args, []string{fmt.Sprint(args[i]), kind, text})
	}
	value, err := site.flashes.codec.Encode(flashCookie, f)
	if err != nil {
		slog.Error("a flash does not fit its cookie", "key", key, "error", err) // the step itself is done
		return
	}
	site.Cookies.Set(c.Response(), flashCookie, value, flashLasts)
}

// take returns the flash that waits, in the language of this request, and takes
// it away. A cookie that we did not sign counts as none.
func (f flashes) take(c echo.Context, cookies cookie.Site) *Flash {
	value := cookies.Get(c.Request(), flashCookie)
	if value == "" {
		return nil
	}
	cookies.Clear(c.Response(), flashCookie)
	var got carried
	if f.codec.Decode(flashCookie, value, &got) != nil {
		return nil
	}
	p := Printer(c)
	if !p.Has(got.Key) {
		return nil // left by another version of the program
	}
	var args []any
	for _, a := range got.Args {
		if len(a) == 3 {
			args = append(args, a[0], unpack(a[1], a[2]))
		}
	}
	return &Flash{Tone: got.Tone, Text: p.T(got.Key, args...)}
}

// pack writes a value and its kind, so that the page that shows it can still
// write it in the reader's language.
func pack(value any) (kind, text string) {
	switch v := value.(type) {
	case string:
		return "text", v
	case int:
		return "count", strconv.Itoa(v)
	case int64:
		return "count", strconv.FormatInt(v, 10)
	case i18n.Yuan:
		return "yuan", v.Yuan()
	case i18n.Civil:
		year, month, day := v.Civil()
		return "date", fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	case time.Time:
		return "moment", v.UTC().Format(time.RFC3339)
	case time.Duration:
		return "span", v.String()
	}
	panic(fmt.Sprintf("page: a flash can't carry a %T", value))
}

func unpack(kind, text string) any {
	switch kind {
	case "count":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case "yuan":
		return yuan(text)
	case "date":
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return date(t)
		}
	case "moment":
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t
		}
	case "span":
		if d, err := time.ParseDuration(text); err == nil {
			return d
		}
	}
	return text
}

// yuan and date are amounts and dates as they come out of a cookie.
type (
	yuan string
	date time.Time
)

func (y yuan) Yuan() string { return string(y) }

func (d date) Civil() (int, time.Month, int) { return time.Time(d).Date() }
