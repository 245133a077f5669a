package browsertest

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// View is how a reader looks at the pages of a tab.
type View struct {
	name          string
	width, height int64 // CSS pixels
	phone         bool
	scriptOff     bool
	language      string
}

// The two sizes that every page is looked at in.
var (
	// Wide is a desktop window, 1280 pixels wide.
	Wide = View{name: "wide", width: 1280, height: 900}
	// Phone is a small phone, 360 pixels wide, with touch.
	Phone = View{name: "phone", width: 360, height: 740, phone: true}
)

// WithoutScript is the same view where scripts don't run.
func (v View) WithoutScript() View {
	v.scriptOff = true
	return v
}

// In is the same view for a reader whose browser asks for a language, such as
// "en".
func (v View) In(language string) View {
	v.language = language
	return v
}

// String names the view, as in "phone-en-noscript".
func (v View) String() string {
	s := v.name
	if v.language != "" {
		s += "-" + v.language
	}
	if v.scriptOff {
		s += "-noscript"
	}
	return s
}

// apply makes the tab of ctx look as the view says.
func (v View) apply(ctx context.Context) error {
	options := []chromedp.EmulateViewportOption{}
	if v.phone {
		options = append(options, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(v.width, v.height, options...)); err != nil {
		return fmt.Errorf("set the size: %w", err)
	}
	// Without motion a page looks the same at every moment.
	still := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, still); err != nil {
		return fmt.Errorf("ask for no motion: %w", err)
	}
	// The tab that was opened last has the browser's focus, and in any other nothing
	// is drawn as focused: tests that run beside each other would take it away.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		return fmt.Errorf("keep the focus: %w", err)
	}
	if v.language != "" {
		headers := network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": v.language}}
		if _, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, headers); err != nil {
			return fmt.Errorf("set the language: %w", err)
		}
	}
	return setScript(ctx, !v.scriptOff)
}

// setScript lets the page's own scripts run, or not.
func setScript(ctx context.Context, on bool) error {
	off := emulation.SetScriptExecutionDisabledParams{Value: !on}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
		return fmt.Errorf("switch scripts: %w", err)
	}
	return nil
}
