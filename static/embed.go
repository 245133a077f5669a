// Package static holds the files that go to the browser as they are: the style
// sheet, HTMX, our one script and the icons.
package static

import "embed"

// Files are the static files by their name, such as "css/app.css". The licence
// of HTMX goes out beside it.
//
//go:embed css icons js vendor/htmx.min.js vendor/htmx.LICENSE
var Files embed.FS
