package webtest

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shop is a small portal: it counts visits in a cookie and shows what a form
// sent.
func shop() http.Handler {
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, title, content string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="w"><title>%s</title></head><body><main><h1>%s</h1>%s</main></body></html>`, title, title, content)
	}
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-seen", Value: "yes", Path: "/", Secure: true, HttpOnly: true})
		write(w, "Form", `<form id="main" method="post" action="/form?x=1" enctype="multipart/form-data">
			<input type="hidden" name="csrf" value="token">
			<label>名字<input name="name" value="周"></label><label>只读<input name="fixed" value="f" readonly></label><label>停用<input name="off" value="o" disabled></label>
			<label><input type="radio" name="way" value="sms" checked>短信</label><label><input type="radio" name="way" value="mail">邮件</label>
			<label><input type="checkbox" name="box" value="1" checked>一</label><label><input type="checkbox" name="box" value="2">二</label>
			<label>项<select name="item"><option value="a">甲</option><option value="b" selected>乙</option></select></label>
			<label>话<textarea name="text">
旧</textarea></label><label>文件<input type="file" name="file"></label>
			<button type="submit" name="do" value="save">存</button><button type="submit" name="do" value="drop">丢</button></form>
			<form action="/list"><label>找<input name="q"></label><button type="submit" form="main" name="do" value="late">晚</button><button type="submit">找</button></form>
			<form method="post" action="/switch"><input type="hidden" name="csrf" value="t"><input type="hidden" name="merchant" value="8"><button type="submit">茶馆</button></form>
			<form method="post" action="/switch"><input type="hidden" name="csrf" value="t"><input type="hidden" name="merchant" value="9"><button type="submit">面馆</button></form>
			<form method="post" action="/logout"><input type="hidden" name="csrf" value="t"><button type="submit">退出</button></form>
			<form method="post" action="/logout"><input type="hidden" name="csrf" value="t"><button type="submit">退出</button></form>
			<a href="list?q=9">看<b>全部</b></a>`)
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		file := ""
		if f, header, err := r.FormFile("file"); err == nil {
			content, _ := io.ReadAll(f)
			file = header.Filename + "=" + string(content)
		}
		write(w, "Sent", "<p>"+html.EscapeString(fmt.Sprintln(r.PostForm["name"], r.PostForm["fixed"], r.PostForm["off"], r.PostForm["way"], r.PostForm["box"],
			r.PostForm["item"], r.PostForm["text"], r.PostForm["do"], file, r.PostForm["csrf"], r.Header.Get("Origin"), r.URL.RawQuery))+"</p>")
	})
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, r *http.Request) {
		seen := "no"
		if _, err := r.Cookie("__Host-seen"); err == nil {
			seen = "yes"
		}
		write(w, "List", "<p>q="+html.EscapeString(r.FormValue("q"))+" seen="+seen+" "+r.Header.Get("Accept-Language")+" "+r.RemoteAddr+"</p>")
	})
	mux.HandleFunc("POST /switch", func(w http.ResponseWriter, r *http.Request) {
		write(w, "Switched", "<p>to "+html.EscapeString(r.FormValue("merchant"))+"</p>")
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, _ *http.Request) { write(w, "Out", "<p>out</p>") })
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/list?q=away", http.StatusSeeOther) })
	return mux
}

func TestAFormIsSentAsTheReaderFilledItIn(t *testing.T) {
	f := New(t, shop(), nil).Get("/form").Is(200).Form("/form")
	if got := f.Value("item"); got != "b" {
		t.Errorf("the item chosen is %q, want b", got)
	}
	sent := f.Set("name", "林").Set("way", "mail").Untick("box", "1").Tick("box", "2").Set("item", "a").
		Attach("file", "a.txt", []byte("内容")).Press("丢")
	sent.Says("[林] [f] [] [mail] [2] [a] [旧] [drop] a.txt=内容 [token] https://portal.test x=1")
}

func TestAButtonElsewhereOnThePageMayBelongToTheForm(t *testing.T) {
	New(t, shop(), nil).Get("/form").FormByID("main").Press("晚").Says("[late]")
}

func TestOfSeveralFormsTheOneThatHoldsAValueIsSent(t *testing.T) {
	New(t, shop(), nil).Get("/form").FormWith("/switch", "merchant", "9").Submit().Says("to 9")
	New(t, shop(), nil).Get("/form").Form("/logout").Submit().Says("out")
}

func TestAFilterGoesIntoTheAddressAndCookiesStay(t *testing.T) {
	c := New(t, shop(), nil).Speak("en").From("192.0.2.9")
	list := c.Get("/form").Form("/list").Set("q", "流量 1").Submit()
	list.Is(200).Says("q=流量 1 seen=yes en 192.0.2.9:1234").SaysNot("seen=no")
	if got := c.Cookie("__Host-seen"); got != "yes" {
		t.Errorf("the cookie is %q", got)
	}
	if list.Title() != "List" || list.Lang() != "zh-CN" || len(list.All("h1")) != 1 || list.ByID("none") != nil {
		t.Errorf("title %q, language %q", list.Title(), list.Lang())
	}
}

func TestALinkAndARedirectAreFollowed(t *testing.T) {
	c := New(t, shop(), nil)
	c.Get("/form").Click("看全部").Says("q=9")
	c.Get("/away").LeadsTo("/list?q=away").Follow().Says("q=away")
}

// failing records that a test failed, in place of the test it is given to.
type failing struct {
	testing.TB
	said []string
}

func (f *failing) Helper() {}

func (f *failing) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

func (f *failing) Fatal(args ...any) { f.Fatalf("%v", args) }

// failure returns what a test says that fails in do.
func failure(t *testing.T, do func(c *Client)) string {
	t.Helper()
	f := &failing{TB: t}
	func() {
		defer func() {
			if value := recover(); value != nil && value != any(f) {
				panic(value)
			}
		}()
		do(New(f, shop(), nil))
	}()
	return strings.Join(f.said, "\n")
}

func TestWhatAReaderCouldNotDoFailsTheTest(t *testing.T) {
	for want, do := range map[string]func(c *Client){
		`no field "none"`:          func(c *Client) { c.Get("/form").Form("/form").Set("none", "x") },
		`no field "csrf"`:          func(c *Client) { c.Get("/form").Form("/form").Set("csrf", "x") },
		`no field "fixed"`:         func(c *Client) { c.Get("/form").Form("/form").Set("fixed", "x") },
		`no field "off"`:           func(c *Client) { c.Get("/form").Form("/form").Set("off", "x") },
		`no field "way" takes "x"`: func(c *Client) { c.Get("/form").Form("/form").Set("way", "x") },
		`no field "item"`:          func(c *Client) { c.Get("/form").Form("/form").Set("item", "c") },
		`no box "box" with "3"`:    func(c *Client) { c.Get("/form").Form("/form").Tick("box", "3") },
		`no field "name" takes`:    func(c *Client) { c.Get("/form").Form("/form").Attach("name", "x", nil) },
		`no button "买"`:            func(c *Client) { c.Get("/form").Form("/form").Press("买") },
		`0 forms`:                  func(c *Client) { c.Get("/form").Form("/none") },
		`2 forms`:                  func(c *Client) { c.Get("/form").Form("/switch") },
		`with merchant "7"`:        func(c *Client) { c.Get("/form").FormWith("/switch", "merchant", "7") },
		`no form with the id`:      func(c *Client) { c.Get("/form").FormByID("none") },
		`no link "x"`:              func(c *Client) { c.Get("/form").Click("x") },
		`got 200, want 404`:        func(c *Client) { c.Get("/form").Is(404) },
		`leads nowhere`:            func(c *Client) { c.Get("/form").Follow() },
		`want 303 to "/x"`:         func(c *Client) { c.Get("/away").LeadsTo("/x") },
		`does not say "x"`:         func(c *Client) { c.Get("/list").Says("x") },
		`says "seen"`:              func(c *Client) { c.Get("/list").SaysNot("seen") },
		`is no path`:               func(c *Client) { c.Get("list") },
	} {
		if got := failure(t, do); !strings.Contains(got, want) {
			t.Errorf("got %q, want it to contain %q", got, want)
		}
	}
}

func TestEveryPageThatComesIsChecked(t *testing.T) {
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<p style="x">`)
	})
	f := &failing{TB: t}
	New(f, broken, nil).Get("/")
	if got := strings.Join(f.said, "\n"); !strings.Contains(got, "style attribute") || !strings.Contains(got, "doctype") || !strings.Contains(got, "404") {
		t.Errorf("got %q", got)
	}
}

func TestAGoldenFileHoldsTheAnswerToCompareWith(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "golden.txt")
	t.Setenv(updateVar, "1")
	Golden(t, file, "one\n")
	if err := os.Unsetenv(updateVar); err != nil {
		t.Fatal(err)
	}
	Golden(t, file, "one\n")
	f := &failing{TB: t}
	Golden(f, file, "two\n")
	if len(f.said) != 1 || !strings.Contains(f.said[0], updateVar) {
		t.Errorf("got %q, want one failure that says how to update", f.said)
	}
}
