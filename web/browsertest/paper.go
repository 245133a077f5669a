package browsertest

import (
	"context"
	"regexp"

	"github.com/chromedp/cdproto/emulation"
	pages "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A4, in inches, as the browser asks for it.
const (
	paperWidth  = 8.27
	paperHeight = 11.69
)

// aPage is how a PDF begins each of its pages.
var aPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// PaperPages is on how many sheets of A4 the page prints, with the margins that
// it asks for itself.
func (tab *Tab) PaperPages() int {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	printed, err := chromedp.Call(ctx, pages.PrintToPDF, pages.PrintToPDFParams{
		PaperWidth: paperWidth, PaperHeight: paperHeight, PreferCSSPageSize: new(true),
	})
	tab.must("print the page", err)
	return len(aPage.FindAll(printed.Data, -1))
}

// OnPaper shows the page as it prints, until the tab is closed.
func (tab *Tab) OnPaper() {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	tab.must("look as on paper", err)
	tab.Settle()
}
