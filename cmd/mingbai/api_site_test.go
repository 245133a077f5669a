package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

// leaveKey makes a key that nobody uses.
func (s *site) leaveKey() {
	s.t.Helper()
	by := apikey.By{Actor: operatorHere(), Name: "test"}
	if _, _, err := apikey.Add(s.t.Context(), s.db, s.at.Now(), by, apikey.NewKey{Name: "kept", Scopes: apikey.Scopes}); err != nil {
		s.t.Fatal(err)
	}
}

// system is another system with a key that may do all.
type system struct {
	*site
	key string
}

func (s *site) system() *system {
	s.t.Helper()
	by := apikey.By{Actor: operatorHere(), Name: "test"}
	_, secret, err := apikey.Add(s.t.Context(), s.db, s.at.Now(), by, apikey.NewKey{Name: "core", Scopes: apikey.Scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return &system{s, secret}
}

// ask sends a request with the key.
func (c *system) ask(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, overTLS+path, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	return w
}

// work takes in what was sent, and judges it.
func (c *system) work() {
	c.t.Helper()
	words := map[string]ingest.Translate{}
	for _, l := range i18n.Locales {
		words[string(l)] = i18n.For(l).T
	}
	var id string
	if err := c.db.QueryRow(c.t.Context(), `select max(id) from uploads`).Scan(&id); err != nil {
		c.t.Fatal(err)
	}
	if _, err := ingest.TakeUpload(c.t.Context(), c.db, c.at, id, words, false); err != nil {
		c.t.Fatal(err)
	}
	if _, err := ingest.Judge(c.t.Context(), c.db, c.at, nil); err != nil {
		c.t.Fatal(err)
	}
}

func TestEveryExampleOfTheAPIWorks(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		c := s.system()
		upload := ""
		for _, op := range s.api.Operations() {
			path := op.Example.Path
			if op.ID == "getImport" {
				path = upload
			}
			if op.ID == "payRefund" {
				path = "/refunds/" + s.openRefund() + "/paid"
			}
			media := op.Example.Media
			if media == "" {
				media = "application/json"
			}
			w := c.ask(op.Method, api.Prefix+path, op.Example.Body, http.Header{"Content-Type": {media}, "Idempotency-Key": {op.ID}})
			if want := cmp.Or(op.Status, http.StatusOK); w.Code != want {
				t.Errorf("%s: got %d, want %d: %s", op.ID, w.Code, want, w.Body)
			}
			if at := w.Header().Get("Location"); op.ID == "sendFile" {
				upload = strings.TrimPrefix(at, api.Prefix)
				c.work()
			}
		}
	})
}

// openRefund finds a refund that is approved and not paid.
func (s *site) openRefund() (id string) {
	s.t.Helper()
	if err := s.db.QueryRow(s.t.Context(), `select min(id) from refund_proposals where state in ('approved', 'sent')`).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestTheAPIKnowsNobodyByACookie(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	m := s.shop(mine)
	for _, v := range []visitor{merchantRole(account.Owner), deskRole(staff.Operator)} {
		var cookies []string
		for _, k := range v.enter(s, m) {
			cookies = append(cookies, k.Name+"="+k.Value)
		}
		for _, op := range s.api.Operations() {
			r := httptest.NewRequest(op.Method, overTLS+api.Prefix+op.Example.Path, strings.NewReader(op.Example.Body))
			r.Header.Set("Cookie", strings.Join(cookies, "; "))
			w := httptest.NewRecorder()
			s.server.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s as %s: got %d, %v", op.ID, v.name, w.Code, w.Header())
			}
			for _, fault := range careless(w.Code, w.Header(), true) {
				t.Errorf("%s: %s", op.ID, fault)
			}
		}
	}
}

// step is a command of a guide and the answer that follows it.
type step struct {
	method, path, body string
	header             http.Header
	answer             string // JSON; empty: the guide shows none
}

// guideSteps reads the curl commands of a guide, each with the JSON after it.
func guideSteps(t *testing.T, path string) (steps []step) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	var block []string
	language, inside := "", false
	for lines.Scan() {
		fence, isFence := strings.CutPrefix(lines.Text(), "```")
		switch {
		case !isFence && inside:
			block = append(block, lines.Text())
		case isFence && !inside:
			language, inside, block = fence, true, nil
		case isFence:
			inside = false
			content := strings.Join(block, "\n")
			switch {
			case language == "sh" && strings.HasPrefix(content, "curl "):
				steps = append(steps, readCurl(t, content))
			case language == "json" && len(steps) > 0 && steps[len(steps)-1].answer == "":
				steps[len(steps)-1].answer = content
			}
		}
	}
	return steps
}

// word is one word of a command: quoted in whole, or as it stands.
var word = regexp.MustCompile(`'([^']*)'|"([^"]*)"|([^\s'"\\]+)`)

func readCurl(t *testing.T, command string) step {
	t.Helper()
	s := step{method: http.MethodGet, header: http.Header{}}
	var words []string
	end := -1
	for _, at := range word.FindAllStringSubmatchIndex(command, -1) {
		text := ""
		for part := 2; part < len(at); part += 2 {
			if at[part] >= 0 {
				text += command[at[part]:at[part+1]]
			}
		}
		if at[0] == end { // a shell puts together what nothing parts
			words[len(words)-1] += text
		} else {
			words = append(words, text)
		}
		end = at[1]
	}
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-X":
			i++
			s.method = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			s.header.Set(name, value)
		case "--data", "--data-binary":
			i++
			s.body = words[i]
		default:
			path, ok := strings.CutPrefix(words[i], "$API")
			if !ok {
				t.Fatalf("the guide asks with %q, which this test does not know: %s", words[i], command)
			}
			s.path = path
		}
	}
	if got := s.header.Get("Authorization"); got != "Bearer $KEY" {
		t.Errorf("a command shows the key as %q: %s", got, command)
	}
	s.header.Del("Authorization")
	return s
}

// sameAsShown compares an answer with the one that the guide shows, in which …
// stands for any text.
func sameAsShown(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for name := range w {
			if _, ok := g[name]; !ok || !sameAsShown(g[name], w[name]) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !sameAsShown(g[i], w[i]) {
				return false
			}
		}
		return true
	case string:
		text, ok := got.(string)
		return ok && (text == w || w == "…" && text != "")
	}
	return got == want
}

// promised is the status of the answer to a step: what a problem shown as the
// answer names, else how the operation asked for says that all went well.
func (s *site) promised(asked step) int {
	s.t.Helper()
	var shown struct{ Status int }
	if json.Unmarshal([]byte(asked.answer), &shown) == nil && shown.Status != 0 {
		return shown.Status
	}
	path, _, _ := strings.Cut(asked.path, "?")
	for _, op := range s.api.Operations() {
		pattern := "^" + braces.ReplaceAllString(op.Path, "[^/]+") + "$"
		if op.Method == asked.method && regexp.MustCompile(pattern).MatchString(path) {
			return cmp.Or(op.Status, http.StatusOK)
		}
	}
	s.t.Fatalf("the guide asks %s %s, which the API does not have", asked.method, asked.path)
	return 0
}

func TestTheGuideForIntegratorsWorksAsItSays(t *testing.T) {
	s := openSite(t, db.SQLite, overTLS)
	c := s.system()
	steps := guideSteps(t, "../../docs/integrating.md")
	if len(steps) < 10 {
		t.Fatalf("got %d commands", len(steps))
	}
	upload, token := "", ""
	for _, step := range steps {
		values := strings.NewReplacer("$ID", upload, "$TOKEN", token, "$ON", date.Of(s.at.Now()).AddDays(30).String())
		w := c.ask(step.method, api.Prefix+values.Replace(step.path), values.Replace(step.body), step.header)
		var permitted struct{ Token string }
		if json.Unmarshal(w.Body.Bytes(), &permitted) == nil && permitted.Token != "" {
			token = permitted.Token
		}
		if step.method == http.MethodPost && strings.HasPrefix(step.path, "/imports/") {
			upload = strings.TrimPrefix(w.Header().Get("Location"), api.Prefix+"/imports/")
			c.work()
		}
		if want := s.promised(step); w.Code != want {
			t.Errorf("%s %s: got %d, want %d: %s", step.method, step.path, w.Code, want, w.Body)
		}
		if step.answer == "" {
			continue
		}
		var got, want any
		if err := json.Unmarshal([]byte(step.answer), &want); err != nil {
			t.Fatalf("the guide's answer to %s: %v", step.path, err)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !sameAsShown(got, want) {
			t.Errorf("%s %s: got %d: %s\nthe guide shows %s", step.method, step.path, w.Code, w.Body, step.answer)
		}
	}
}

func TestAKeyIsMadeListedReplacedAndEndedAtTheCommandLine(t *testing.T) {
	url := dbtest.SQLiteURL(t)
	run := func(args ...string) (string, error) {
		t.Helper()
		t.Setenv("MINGBAI_DATABASE", url)
		var said bytes.Buffer
		c := keyCommand()
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetOut(&said)
		c.SetErr(&said)
		c.SetArgs(args)
		err := c.ExecuteContext(t.Context())
		return said.String(), err
	}
	must := func(args ...string) string {
		t.Helper()
		said, err := run(args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return said
	}
	secret, number := regexp.MustCompile(`\n    (mbk_[a-z2-7]{52})\n`), regexp.MustCompile(`k_[a-z0-9]{26}`)
	first := must("add", "core", "--scope", "usage:write", "--scope", "terminals:read", "--network", "10.1.2.0/24")
	id := number.FindString(first)
	must("add", "all of it", "--scope", "all")
	for want, args := range map[string][]string{
		"Tick what":    {"add", "core"},
		"no address":   {"add", "core", "--scope", "all", "--network", "x"},
		"can't find":   {"revoke", "k_none"},
		"which system": {"add", " ", "--scope", "all"},
	} {
		if said, err := run(args...); err == nil || !strings.Contains(err.Error(), want) || said != "" {
			t.Errorf("%q says %q and fails with %v, want %q", args, said, err, want)
		}
	}
	second := must("rotate", id, "--overlap", "1h")
	d := dbtest.Open(t, url)
	for _, said := range []string{first, second} {
		found := secret.FindStringSubmatch(said)
		if found == nil {
			t.Fatalf("no key in %q", said)
		}
		if _, err := apikey.Find(t.Context(), d, time.Now(), found[1]); err != nil {
			t.Errorf("one of the two does not count: %v", err)
		}
	}
	if list := must("list"); !strings.Contains(list, "two count") || !strings.Contains(list, "terminals:read") || strings.Contains(list, "mbk_") {
		t.Errorf("the list is %s", list)
	}
	must("revoke", id)
	if list := must("list"); !strings.Contains(list, "revoked") || !strings.Contains(list, "all of it") {
		t.Errorf("the list is %s", list)
	}
}
