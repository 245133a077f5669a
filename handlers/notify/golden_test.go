package notify

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
)

var update = flag.Bool("update", false, "write what is said now into the golden files")

var channels = []notice.Channel{notice.SMS, notice.WeChat, notice.Inbox, notice.Email}

// words are a writer with everything at hand.
func words() *Words {
	operator := setting.DefaultOperator
	operator.Hotline = "400-820-0000"
	return New(Options{
		Operator: func(context.Context) (setting.Operator, error) { return operator, nil },
		Plan:     plans, Base: "https://mingbai.example.com",
	})
}

// to is who an example goes to.
func to(channel notice.Channel, locale string) notice.Recipient {
	r := notice.Recipient{Channel: channel, Locale: locale, Address: "+8613812346621"}
	if channel == notice.Email {
		r.Unsubscribe = "https://mingbai.example.com/unsubscribe/T0KEN"
	}
	return r
}

const exampleCode = "K7QW2MXH9TRB4DNC"

func TestNoticesReadAsTheyDid(t *testing.T) {
	w := words()
	kept := map[string]bool{}
	for _, x := range examples() {
		file := filepath.Join("testdata", x.name+".golden")
		kept[file] = true
		t.Run(x.name, func(t *testing.T) {
			var got strings.Builder
			for _, locale := range []string{"zh-CN", "en"} {
				for _, channel := range channels {
					c, err := w.Render(&x.letter, to(channel, locale), exampleCode)
					if err != nil {
						t.Fatal(err)
					}
					fmt.Fprintf(&got, "# %s %s\n%s\n", channel, locale, laidOut(&c))
				}
			}
			compare(t, file, got.String())
		})
	}
	for _, channel := range channels {
		file := filepath.Join("testdata", "test_"+string(channel)+".golden")
		kept[file] = true
		var got strings.Builder
		for _, locale := range []string{"zh-CN", "en"} {
			c, err := w.Test(to(channel, locale), exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "# %s %s\n%s\n", channel, locale, laidOut(&c))
			if channel == notice.SMS || channel == notice.Email {
				c, err = w.Confirm("周记小吃店", to(channel, locale), "482913")
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "# confirm %s %s\n%s\n", channel, locale, laidOut(&c))
			}
		}
		compare(t, file, got.String())
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !kept[file] {
			t.Errorf("%s belongs to no example: take it out", file)
		}
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; read the new words aloud, then run go test -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// laidOut writes a content as text.
func laidOut(c *notice.Content) string {
	var b strings.Builder
	fmt.Fprintf(&b, "template: %s\n", c.Template)
	if c.Subject != "" {
		fmt.Fprintf(&b, "subject: %s\n", c.Subject)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		fmt.Fprintf(&b, "field %s: %s\n", name, c.Fields[name])
	}
	b.WriteString("\n" + c.Body + "\n")
	if c.HTML != "" {
		b.WriteString("\n" + strings.ReplaceAll(c.HTML, "><", ">\n<") + "\n")
	}
	return b.String()
}
