// Package layout holds the frame around every page: what stands above, below
// and beside its content, for merchants, for everybody, on paper and for errors.
package layout

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/page"
)

// The addresses that the frame's own forms post to.
const (
	SignOutAction = "/logout"           // ends this session
	SwitchAction  = "/account/merchant" // opens the account of another merchant
	SignInPath    = "/login"
	HomePath      = "/home"
)

// SwitchField is the field in which SwitchAction gets the merchant's id.
const SwitchField = "merchant"

// tabsShown is how many pages stand at the thumb on a phone; the others are
// below "more".
const tabsShown = 3

// htmxConfig tells HTMX to run no code from the page and to keep no page of a
// merchant in the browser's storage. An answer that refuses a form takes the
// form's place; any other error goes to the alerts.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"historyCacheSize":0,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},` +
	`{"code":"[45]..","swap":true,"error":true,"target":"#` + page.AlertsID + `","swapOverride":"innerHTML"}]}`

// mark is the product's sign. It stands in the page itself, which spares a
// request.
var mark = func() string {
	svg, err := static.Files.ReadFile("icons/mark.svg")
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.Replace(strings.TrimSpace(string(svg)), "<svg ", `<svg aria-hidden="true" `, 1)
}()

// title is the page's title in the browser.
func title(p page.Page) string {
	if p.Title == "" {
		return p.T.T("layout.product")
	}
	return p.T.T("layout.title", "page", p.Title)
}

// tabs are the pages at the thumb, rest those below "more".
func tabs(p page.Page) []page.Link { return p.Nav[:min(len(p.Nav), tabsShown)] }

func rest(p page.Page) []page.Link { return p.Nav[min(len(p.Nav), tabsShown):] }

func isAnyCurrent(links []page.Link) bool {
	for _, l := range links {
		if l.Current {
			return true
		}
	}
	return false
}

// verdict is how a message's tone looks.
func verdict(tone page.Tone) components.Verdict {
	switch tone {
	case page.ToneOK:
		return components.OK
	case page.ToneBad:
		return components.Bad
	default:
		return components.Info
	}
}

// toneWord says a message's tone to those who don't see its sign.
func toneWord(p page.Page, tone page.Tone) string {
	switch tone {
	case page.ToneOK:
		return p.T.T("layout.tone.ok")
	case page.ToneBad:
		return p.T.T("layout.tone.bad")
	default:
		return p.T.T("layout.tone.info")
	}
}

// telephone is the address that a phone dials.
func telephone(number string) templ.SafeURL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
	return templ.URL("tel:" + digits)
}

// isSignIn reports whether the page is the one where one signs in.
func isSignIn(p page.Page) bool {
	path, _, _ := strings.Cut(p.Path, "?")
	return path == SignInPath || strings.HasPrefix(path, SignInPath+"/")
}
