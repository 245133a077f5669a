package notify

import (
	"maps"
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestEveryLetterFillsThePlacesThatAreNamedForItsKind(t *testing.T) {
	w := words()
	for _, x := range examples() {
		for _, channel := range []notice.Channel{notice.SMS, notice.WeChat} {
			c, err := w.Render(&x.letter, to(channel, "zh-CN"), exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			got, want := slices.Sorted(maps.Keys(c.Fields)), Places(x.letter.Kind, channel)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s by %s: got %v, want %v", x.name, channel, got, want)
			}
		}
	}
}

func TestPlacesHaveNamesWhereTheyNeedOne(t *testing.T) {
	p := i18n.For(i18n.ZhCN)
	if got := PlaceName(p, "amount"); got != "金额" {
		t.Errorf("got %q", got)
	}
	if got := PlaceName(p, "operator"); got != "" {
		t.Errorf("got %q", got)
	}
}
