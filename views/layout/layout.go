// Package layout holds the frame around every page: what stands above, below
// and beside its content, for merchants, for everybody, on paper and for errors.
package layout

import (
	"strings"

	"github.com/mingbai/mingbai/static"
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
