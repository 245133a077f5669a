package staff

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// passkeyScript loads the script that talks to passkeys. It is a file of this
// site's own, as the content security policy asks.
func passkeyScript(p page.Page) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		m := markup.To(w)
		m.Raw(`<script defer`)
		m.Attr("src", p.Static("js/passkey.js"))
		m.Raw(`></script>`)
		return m.Err()
	})
}
