package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// guestbook is a site that takes a name by a form, and greets with it on the
// next page.
func guestbook(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>Guests</title><script src="/app.js" defer></script></head><body>%s</body></html>`, body)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		write(w, `<h1>Who</h1><form method="post"><input id="name" name="name" value="old"><button>Go</button></form>`+
			`<p class="later" hidden>later</p><p id="script">off</p><p id="language">`+r.Header.Get("Accept-Language")+`</p>`)
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "name", Value: r.FormValue("name")})
		http.Redirect(w, r, "/hello", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if c, err := r.Cookie("name"); err == nil {
			name = c.Value
		}
		write(w, "<h1>Hello "+name+"</h1>")
	})
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = io.WriteString(w, `const p = document.querySelector("#script"); if (p) p.textContent = "on"; // `+strings.Repeat("x", 5000))
	})
	mux.HandleFunc("GET /gone", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		write(w, "<h1>Not found</h1>")
	})
	mux.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		write(w, "<h1>Broken</h1>")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestATabFillsAFormAndFollowsItsAnswer(t *testing.T) {
	url := guestbook(t)
	b := Start(t)
	for _, press := range []func(*Tab){
		func(tab *Tab) { tab.Click("button") },
		func(tab *Tab) { tab.Press("\r") },
	} {
		for _, view := range []View{Wide, Phone.WithoutScript()} {
			tab := b.Tab(t, view)
			tab.Open(url + "/")
			tab.Fill("#name", "Zhou")
			press(tab)
			if got, want := tab.Text("h1"), "Hello Zhou"; got != want {
				t.Errorf("%s: got %q, want %q", view, got, want)
			}
			if got, want := tab.URL(), url+"/hello"; got != want {
				t.Errorf("%s: got address %s, want %s", view, got, want)
			}
			if got := tab.HTML(); !strings.HasPrefix(got, "<!DOCTYPE html>") || !strings.Contains(got, "Hello Zhou") {
				t.Errorf("%s: got %q, want the page as it was sent", view, got)
			}
		}
	}
}

func TestEachTabHasCookiesOfItsOwn(t *testing.T) {
	url := guestbook(t)
	b := Start(t)
	first, second := b.Tab(t, Wide), b.Tab(t, Wide)
	first.Open(url + "/")
	first.Click("button")
	second.Open(url + "/hello")
	if got, want := first.Text("h1")+", "+second.Text("h1"), "Hello old, Hello nobody"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATabBesideAnotherHasItsCookiesAndEachGoesBackByItself(t *testing.T) {
	url := guestbook(t)
	first := Start(t).Tab(t, Phone.WithoutScript())
	first.Open(url + "/")
	first.Click("button")
	beside := first.Beside()
	beside.Open(url + "/hello")
	first.Back()
	if got, want := beside.Text("h1")+", "+first.URL(), "Hello old, "+url+"/"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFormIsSentTwiceAtOnce(t *testing.T) {
	var sent atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sent.Add(1)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!DOCTYPE html><link rel="icon" href="data:,"><p>`+strings.ReplaceAll(r.FormValue("words"), "\r\n", "|")+`</p><form method="post"><textarea name="words"></textarea><button>Go</button></form>`)
	}))
	t.Cleanup(s.Close)
	b := Start(t)
	for _, view := range []View{Wide, Phone.WithoutScript()} {
		sent.Store(0)
		tab := b.Tab(t, view)
		tab.Open(s.URL)
		tab.Write("textarea", "one\n")
		tab.Write("textarea", "two")
		tab.Twice("button")
		if got, want := tab.Text("p"), "one|two"; got != want {
			t.Errorf("%s: got %q, want %q", view, got, want)
		}
		if got := sent.Load(); got != 2 {
			t.Errorf("%s: got the form %d times, want 2", view, got)
		}
	}
}

func TestAViewDecidesScriptLanguageAndWidth(t *testing.T) {
	url := guestbook(t)
	b := Start(t)
	tests := []struct {
		view                   View
		name, script, language string
	}{
		{Wide, "wide", "on", ""},
		{Wide.WithoutScript(), "wide-noscript", "off", ""},
		{Phone.In("en"), "phone-en", "on", "en"},
		{Phone.In("zh-CN").WithoutScript(), "phone-zh-CN-noscript", "off", "zh-CN"},
	}
	for _, tt := range tests {
		tab := b.Tab(t, tt.view)
		tab.Open(url + "/")
		if got := tt.view.String(); got != tt.name {
			t.Errorf("got name %q, want %q", got, tt.name)
		}
		if got := tab.Text("#script"); got != tt.script {
			t.Errorf("%s: got scripts %s, want %s", tt.view, got, tt.script)
		}
		if got := tab.Text("#language"); tt.language != "" && got != tt.language {
			t.Errorf("%s: got language %q, want %q", tt.view, got, tt.language)
		}
		if !tab.Has("h1") || tab.Has(".later") || tab.Has(".none") {
			t.Errorf("%s: got h1 %t, hidden %t, missing %t, want true, false, false", tt.view, tab.Has("h1"), tab.Has(".later"), tab.Has(".none"))
		}
	}
}

func TestScriptsStayOffAfterAxeHasRun(t *testing.T) {
	tab := Start(t).Tab(t, Wide.WithoutScript())
	url := guestbook(t)
	tab.Open(url + "/")
	if got := tab.AxeViolations(); len(got) == 0 {
		t.Error("got no violation, want one for the field without a label")
	}
	tab.Open(url + "/")
	if got := tab.Text("#script"); got != "off" {
		t.Errorf("got scripts %s, want off", got)
	}
}

func TestWeightCountsEveryByteOfAFirstVisit(t *testing.T) {
	url := guestbook(t)
	b := Start(t)
	first := b.Tab(t, Wide)
	first.Open(url + "/hello")
	heavy := first.Weight()
	// The script alone has 5,000 characters; headers and the page stay below 1,500.
	if heavy < 5000 || heavy > 6500 {
		t.Errorf("got %d bytes on the first visit, want 5000 to 6500", heavy)
	}
	first.Open(url + "/hello")
	if got := first.Weight(); got <= 0 || got > 1500 {
		t.Errorf("got %d bytes where the script is cached, want at most 1500", got)
	}
	second := b.Tab(t, Wide)
	second.Open(url + "/hello")
	if got := second.Weight(); got != heavy {
		t.Errorf("got %d bytes in another tab, want %d as in the first", got, heavy)
	}
}

func TestAPageThatSaysNotFoundIsNoFailedRequestButAFaultOfTheServerIs(t *testing.T) {
	url := guestbook(t)
	tab := Start(t).Tab(t, Wide)
	tab.OpenStatus(url+"/gone", http.StatusNotFound)
	if got := tab.FailedRequests(); len(got) != 0 {
		t.Errorf("got %q for a page that is not found, want none", got)
	}
	tab.OpenStatus(url+"/broken", http.StatusInternalServerError)
	if got := tab.FailedRequests(); len(got) != 1 || !strings.Contains(got[0], "/broken was answered with 500") {
		t.Errorf("got %q, want the one that was answered with 500", got)
	}
}

// A spy is a test that keeps its errors.
type spy struct {
	testing.TB
	errors []string
}

func (s *spy) Errorf(format string, args ...any) {
	s.errors = append(s.errors, fmt.Sprintf(format, args...))
}

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	panic(s)
}

func TestCheckReportsWhereAndWhatIsWrong(t *testing.T) {
	url := guestbook(t)
	s := &spy{TB: t}
	tab := Start(t).Tab(t, Phone)
	tab.t = s
	tab.Open(url + "/")
	tab.Check()
	all := strings.Join(s.errors, "\n")
	for _, want := range []string{url + "/ (phone): axe finds barriers", "label (critical)", "targets are hard to hit"} {
		if !strings.Contains(all, want) {
			t.Errorf("got %q, want it to hold %q", all, want)
		}
	}
}

func TestAPageWithTheWrongStatusEndsTheTest(t *testing.T) {
	url := guestbook(t)
	b := Start(t)
	for _, open := range []func(*Tab){
		func(tab *Tab) { tab.Open(url + "/gone") },
		func(tab *Tab) { tab.OpenStatus(url+"/hello", http.StatusNotFound) },
	} {
		s := &spy{TB: t}
		func() {
			tab := b.Tab(t, Wide)
			tab.t = s
			defer func() { _ = recover() }()
			open(tab)
		}()
		if len(s.errors) != 1 || !strings.Contains(s.errors[0], "got status") {
			t.Errorf("got %q, want one error about the status", s.errors)
		}
	}
}

func TestScreenshotsShowTheWholePageInTheFolderThatIsAskedFor(t *testing.T) {
	url := guestbook(t)
	tab := Start(t).Tab(t, Phone)
	tab.Open(url + "/")

	t.Setenv(ScreenshotDir, "")
	tab.Screenshot("guests")

	dir := filepath.Join(t.TempDir(), "pictures")
	t.Setenv(ScreenshotDir, dir)
	tab.Screenshot("guests")
	picture, err := os.ReadFile(filepath.Join(dir, "guests-phone.png"))
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil || image.Width%360 != 0 {
		t.Errorf("got a picture %d wide (%v), want a multiple of 360", image.Width, err)
	}
}
