package portal

import (
	"slices"
	"sync"

	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// guidesShown is how many guides a page leads to.
const guidesShown = 3

// guideLinks lead from a fee, and from the rules that a deduction broke, to the
// guides that help most. Where no guides are at hand there are none.
func (h *Portal) guideLinks(p *i18n.Printer, item fee.Item, broke fee.Codes) []page.Link {
	if h.Guides == nil {
		return nil
	}
	return h.guided.get(p, h.Guides.Guides(), item, broke)
}

// terminalGuides lead to one guide for each fee of a terminal, as far as there
// is room.
func (h *Portal) terminalGuides(p *i18n.Printer, fees []deduction.TerminalFee) (links []page.Link) {
	for i := range fees {
		for _, l := range h.guideLinks(p, fees[i].Plan.Fee.Item, 0) {
			if len(links) == guidesShown {
				return links
			}
			if !slices.Contains(links, l) {
				links = append(links, l)
				break
			}
		}
	}
	return links
}

// guideCache remembers which guides help with what: few questions are asked
// again and again, and the guides change seldom.
type guideCache struct {
	mu     sync.RWMutex
	guides *guide.Guides // what is remembered is about these
	links  map[guideQuestion][]page.Link
}

type guideQuestion struct {
	locale i18n.Locale
	item   fee.Item
	broke  fee.Codes
}

// guideAnswers bounds what is remembered; there are not so many ways in which a
// deduction goes wrong.
const guideAnswers = 2000

func (c *guideCache) get(p *i18n.Printer, guides *guide.Guides, item fee.Item, broke fee.Codes) []page.Link {
	asked := guideQuestion{p.Locale(), item, broke}
	c.mu.RLock()
	links, known := c.links[asked]
	known = known && c.guides == guides
	c.mu.RUnlock()
	if known {
		return links
	}
	links = nil
	for _, g := range guides.For(item, broke, guidesShown) {
		links = append(links, page.Link{Label: g.Content.In(string(asked.locale)).Title, Href: "/guides/" + g.Slug})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guides != guides || len(c.links) >= guideAnswers {
		c.guides, c.links = guides, map[guideQuestion][]page.Link{}
	}
	c.links[asked] = links
	return links
}
