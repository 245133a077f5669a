package page

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"compress/gzip"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/i18n"
)

// keptView counts how often it was rendered, in a page with two forms.
func keptView(made *int) func(Page) templ.Component {
	return func(p Page) templ.Component {
		return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			*made++
			user := ""
			if p.User != nil {
				user = p.User.Name
			}
			token := templ.EscapeString(p.CSRF)
			_, err := fmt.Fprintf(w, `<html lang=%q><p>%s %s %s</p><input value="%s"><p>%s</p><input value="%s"></html>`,
				p.Lang(), p.Brand.Name, user, p.RequestID, token, strings.Repeat("the same again ", 200), token)
			return err
		})
	}
}

// keptAnswer is the page as a browser reads it.
func keptAnswer(t *testing.T, k *Kept, p Page, target, encoding string, made *int) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	if err := k.Render(echo.New().NewContext(r, w), p, keptView(made)); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Header().Get("Content-Length"), fmt.Sprint(w.Body.Len()); got != want {
		t.Errorf("got the length %s, want %s", got, want)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("a page with a token may be stored")
	}
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAKeptPageIsTheSameButForTheTokenHoweverItIsSent(t *testing.T) {
	var k Kept
	made := 0
	for _, token := range []string{"abcdefghijklmnopqrstuvwxyz012345", "", `"><script>`, strings.Repeat("x", 9000)} {
		for _, encoding := range []string{"gzip", "identity"} {
			p := Page{T: i18n.For(i18n.ZhCN), CSRF: token, Brand: Brand{Name: "A"}, RequestID: "id"}
			var want strings.Builder
			other := 0
			p.RequestID = ""
			if err := keptView(&other)(p).Render(t.Context(), &want); err != nil {
				t.Fatal(err)
			}
			p.RequestID = "id"
			if got := keptAnswer(t, &k, p, "/", encoding, &made); got != want.String() {
				t.Errorf("%q by %s: got %.200s, want %.200s", token, encoding, got, want.String())
			}
		}
	}
	if made != 1 {
		t.Errorf("the page was made %d times, want once", made)
	}
}

func TestWhatMayBePersonalIsNotKept(t *testing.T) {
	var k Kept
	made := 0
	plain := Page{T: i18n.For(i18n.ZhCN), CSRF: "t"}
	signedIn, flashed, english, renamed := plain, plain, plain, plain
	signedIn.User, flashed.Flash = &User{Name: "周"}, &Flash{Text: "done"}
	english.T, renamed.Brand = i18n.For(i18n.En), Brand{Name: "B"}
	for i, each := range []struct {
		page   Page
		target string
	}{{plain, "/"}, {signedIn, "/"}, {signedIn, "/"}, {flashed, "/"}, {plain, "/?q=1"}, {english, "/"}, {renamed, "/"}} {
		keptAnswer(t, &k, each.page, each.target, "gzip", &made)
		if made != i+1 {
			t.Errorf("page %d was kept from one before", i)
		}
	}
	if got := keptAnswer(t, &k, plain, "/", "gzip", &made); strings.Contains(got, "周") || made != 7 {
		t.Errorf("a reader who is not signed in got %s", got)
	}
}

func TestFewPagesAreKeptHoweverOftenTheBrandChanges(t *testing.T) {
	var k Kept
	made := 0
	for n := range 3 * mostKept {
		p := Page{T: i18n.For(i18n.ZhCN), Brand: Brand{Name: strconv.Itoa(n)}}
		if _, err := k.get(t.Context(), p, keptView(&made)); err != nil {
			t.Fatal(err)
		}
	}
	if made != 3*mostKept || len(k.of) > mostKept {
		t.Errorf("%d pages were made and %d kept, want %d and at most %d", made, len(k.of), 3*mostKept, mostKept)
	}
}
