package setting_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
)

func TestWhoeverSetsAProfileAfterAnotherIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		seen, err := setting.ReadProfile(t.Context(), d)
		if err != nil || seen.IsSet {
			t.Fatalf("got %+v, %v; want none set", seen, err)
		}
		set(t, d, named("甲方"))
		if err := setting.SetOperator(t.Context(), d, by, "", now, seen.State, named("乙方")); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v, want a conflict", err)
		}
		set(t, d, named("甲方")) // as it is
		set(t, d, named("乙方"))
		got, err := setting.ReadProfile(t.Context(), d)
		if err != nil || !got.IsSet || got.By != "st_1" || !got.At.Equal(now) || got.Operator != named("乙方") {
			t.Errorf("got %+v, %v", got, err)
		}
		var details []string
		err = d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var text string
				err := rows.Scan(&text)
				details = append(details, text)
				return err
			})
		}, "select details from audit_entries where action = 'setting.operator'")
		slices.SortFunc(details, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		if err != nil || len(details) != 2 || strings.Contains(details[0], `"was"`) || !strings.Contains(details[1], "甲方") || !strings.Contains(details[1], "乙方") {
			t.Errorf("got %q, %v; want the second with what was before", details, err)
		}
	})
}

func TestAProfileUnderWhichNobodyCanWriteIsRefusedAtItsFields(t *testing.T) {
	whole := named("甲方")
	for _, c := range []struct {
		change func(o *setting.Operator)
		field  string
		key    string
	}{
		{func(*setting.Operator) {}, "", ""},
		{func(o *setting.Operator) { o.Hotline, o.Colour = "", "" }, "", ""},
		{func(o *setting.Operator) { o.Name.ZhCN = "" }, setting.NameZhField, "admin_operator.fault.needed"},
		{func(o *setting.Operator) { o.Name.En = strings.Repeat("a", 61) }, setting.NameEnField, "admin_operator.fault.length"},
		{func(o *setting.Operator) { o.Name.En = "123" }, setting.NameEnField, "admin_operator.fault.sign"},
		{func(o *setting.Operator) { o.ShortName.ZhCN = "甲" }, setting.ShortZhField, "admin_operator.fault.length"},
		{func(o *setting.Operator) { o.ShortName.ZhCN = strings.Repeat("甲", 13) }, setting.ShortZhField, "admin_operator.fault.length"},
		{func(o *setting.Operator) { o.ShortName.ZhCN = "【甲】" }, setting.ShortZhField, "admin_operator.fault.sign"},
		{func(o *setting.Operator) { o.ShortName.ZhCN = "甲\u202e乙" }, setting.ShortZhField, "admin_operator.fault.sign"},
		{func(o *setting.Operator) { o.ShortName.En = "Café" }, setting.ShortEnField, "admin_operator.fault.latin"},
		{func(o *setting.Operator) { o.Colour = "green" }, setting.ColourField, "admin_operator.fault.colour"},
		{func(o *setting.Operator) { o.Colour = "#0a5c4" }, setting.ColourField, "admin_operator.fault.colour"},
		{func(o *setting.Operator) { o.Colour = "#777777" }, setting.ColourField, "admin_operator.fault.contrast"}, // 4.48
		{func(o *setting.Operator) { o.Colour = "#767676" }, "", ""},                                               // 4.54
	} {
		o := whole
		c.change(&o)
		err := o.Check()
		if c.field == "" {
			if err != nil {
				t.Errorf("%+v: got %v", o, err)
			}
			continue
		}
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || len(f.Fields) != 1 || f.Fields[0].Name != c.field || f.Fields[0].Key != c.key {
			t.Errorf("%+v: got %v, want %s of %s", o, err, c.key, c.field)
		}
	}
}

func TestAHotlineIsANumberThatCanBeDialled(t *testing.T) {
	for number, right := range map[string]bool{
		"95516": true, "400-820-0000": true, "（021）6380 0000": true, "+86 21 6380 0000": true, "４００８２００００００": true, "10-0": false,
		"1234": false, "400--820": false, "call us": false, "400-820-0000-": false, "1234567890123456": false, "(021 63800000": false, "+": false,
	} {
		o := named("甲方")
		o.Hotline = number
		if err := o.Tidy().Check(); (err == nil) != right {
			t.Errorf("%q: got %v", number, err)
		}
	}
}

func TestWhateverColourIsTakenCanBeRead(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 20_000 {
		colour := fmt.Sprintf("#%06x", random.IntN(1<<24))
		contrast, ok := setting.OnWhite(colour)
		shades, dark := setting.ShadesOf(colour)
		if !ok || dark != (contrast >= setting.LeastContrast) {
			t.Fatalf("%s: got %v with a contrast of %.2f", colour, dark, contrast)
		}
		if !dark {
			continue
		}
		taken++
		for _, c := range []struct{ front, back string }{
			{shades.Fill, "#ffffff"}, {shades.Fill, "#efede7"}, {shades.Fill, shades.Soft}, {shades.Ink, shades.Soft}, {shades.Ink, "#ffffff"}, {"#55606e", shades.Soft},
		} {
			front, _ := setting.OnWhite(c.front)
			back, _ := setting.OnWhite(c.back)
			if front/back < setting.LeastContrast {
				t.Errorf("%s gives %s on %s: a contrast of %.2f", colour, c.front, c.back, front/back)
			}
		}
	}
	if taken < 1000 {
		t.Errorf("only %d colours were tried", taken)
	}
	if dark := "#0d6b58"; func() string { s, _ := setting.ShadesOf(dark); return s.Fill }() != dark {
		t.Errorf("%s was changed without need", dark)
	}
	for _, none := range []string{"", "#fff", "0d6b58", "#0D6B58", "#0d6b5g", "#0d6b58;}"} {
		if s, ok := setting.ShadesOf(none); ok {
			t.Errorf("%q: got %+v", none, s)
		}
	}
}

func picture(t *testing.T, side int, noise bool) []byte {
	t.Helper()
	drawn, random := image.NewNRGBA(image.Rect(0, 0, side, side)), rand.New(rand.NewPCG(1, 2))
	for i := range side * side {
		shade := color.NRGBA{10, 92, 74, 255}
		if noise {
			shade = color.NRGBA{byte(random.UintN(256)), byte(random.UintN(256)), byte(random.UintN(256)), 255}
		}
		drawn.SetNRGBA(i%side, i/side, shade)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestALogoIsAPictureThatIsDrawnAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put := func(content []byte) error { return setting.SetLogo(t.Context(), d, by, "", now, content) }
		mark := picture(t, 32, false)
		if err := setting.RemoveLogo(t.Context(), d, by, "", now); !fault.Is(err, fault.Conflict) {
			t.Errorf("out of no profile: got %v", err)
		}
		if err := put(mark); !fault.Is(err, fault.Conflict) {
			t.Errorf("without a profile: got %v", err)
		}
		set(t, d, named("甲方"))
		for name, content := range map[string][]byte{
			"admin_operator.fault.logo":       []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
			"admin_operator.fault.logo_large": picture(t, 400, true),
		} {
			f, ok := errors.AsType[*fault.Error](put(content))
			if !ok || len(f.Fields) != 1 || f.Fields[0].Name != setting.LogoField || f.Fields[0].Key != name {
				t.Errorf("got %v, want %s", f, name)
			}
		}
		if err := put([]byte("%PDF-1.4\n")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a paper: got %v", err)
		}
		if err := put(slices.Concat(mark, []byte("<script>"))); err != nil {
			t.Fatal(err)
		}
		set(t, d, named("乙方")) // leaves the logo
		o, err := setting.GetOperator(t.Context(), d)
		if err != nil || !strings.HasSuffix(o.Logo, ".png") || o.Name.ZhCN != "乙方有限公司" {
			t.Fatalf("got %+v, %v", o, err)
		}
		logo, err := setting.ReadLogo(t.Context(), d, o.Logo)
		if err != nil || logo.Type != "image/png" || bytes.Contains(logo.Content, []byte("script")) {
			t.Errorf("got %d bytes of %q, %v", len(logo.Content), logo.Type, err)
		}
		if err := put(nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("no picture: got %v", err)
		}
		if err := setting.RemoveLogo(t.Context(), d, by, "", now); err != nil {
			t.Fatal(err)
		}
		if o, err := setting.GetOperator(t.Context(), d); err != nil || o.Logo != "" {
			t.Errorf("got %q, %v; want none", o.Logo, err)
		}
		if _, err := setting.ReadLogo(t.Context(), d, "../operator"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheExampleIsAProfileThatCouldBeSet(t *testing.T) {
	if err := setting.DefaultOperator.Check(); err != nil {
		text, _ := json.Marshal(setting.DefaultOperator)
		t.Errorf("%s: %v", text, err)
	}
}
