package components

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/mingbai/mingbai/views/components/viewtest"
)

func TestTheDrawnCodeHasEveryModuleInItsPlace(t *testing.T) {
	const text = "otpauth://totp/Mingbai:lin@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Mingbai"
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	html := viewtest.Render(t, QR{Text: text, Label: "code"})
	drawn := map[string]bool{}
	_, black, _ := strings.Cut(html, `fill="#000"`)
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(black, -1) {
		x, _ := strconv.Atoi(run[1])
		n, _ := strconv.Atoi(run[3])
		for i := range n {
			drawn[fmt.Sprintf("%d %s", x+i, run[2])] = true
		}
	}
	size, want := code.Bounds().Dx(), 0
	for y := range size {
		for x := range size {
			is := code.At(x, y) == color.Black
			if is {
				want++
			}
			if got := drawn[fmt.Sprintf("%d %d", x+qrMargin, y+qrMargin)]; got != is {
				t.Fatalf("module %d, %d is black: %t, want %t", x, y, got, is)
			}
		}
	}
	if len(drawn) != want || want < size {
		t.Errorf("%d modules are black, want %d", len(drawn), want)
	}
}

func TestATextThatFitsNoCodeIsAnError(t *testing.T) {
	err := QR{Text: strings.Repeat("x", 5000)}.Render(t.Context(), &strings.Builder{})
	if err == nil {
		t.Error("got a code, want an error")
	}
}
