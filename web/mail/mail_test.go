package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/mingbai/mingbai/web/delivery"
)

var announced = Letter{
	ID: "m_01jd", To: "merchant@shop.example", Subject: "12月3日将扣款 ¥1,204.50，请确认余额充足，以免影响终端使用",
	Text: "您好：\n.这一行以点开头\n¥1,204.50", HTML: "<p>您好：<b>¥1,204.50</b></p>", Language: "zh-CN",
	Unsubscribe: "https://pay.example/stop?code=abc",
}

func TestALetterArrivesWholeOverEachKindOfLine(t *testing.T) {
	for _, security := range []Security{StartTLS, TLS, None} {
		r := serve(t, security)
		receipt, err := r.client(t).Send(t.Context(), announced)
		if err != nil {
			t.Errorf("%s: %v", security, err)
			continue
		}
		if want := "m_01jd@pay.example"; receipt.ProviderID != want {
			t.Errorf("%s: got %q, want %q", security, receipt.ProviderID, want)
		}
		if len(r.letters) != 1 || r.signIns != 1 || r.senders[0] != "notices@pay.example" || r.recipients[0] != "merchant@shop.example" {
			t.Errorf("%s: the server has %d letters from %v to %v after %d sign-ins", security, len(r.letters), r.senders, r.recipients, r.signIns)
		}
		if r.encrypted[0] != (security != None) {
			t.Errorf("%s: encrypted: %v", security, r.encrypted[0])
		}
		if last := r.names[len(r.names)-1]; last != "pay.example" {
			t.Errorf("%s: we are %q", security, last)
		}
	}
}

// read takes a letter apart with the standard library, which did not write it.
func read(t *testing.T, raw []byte) (netmail.Header, map[string]string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	decoded := func(r io.Reader, encoding string) string {
		if encoding != "base64" {
			t.Errorf("a part is in %q", encoding)
		}
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if kind != "multipart/alternative" {
		parts[kind] = decoded(m.Body, m.Header.Get("Content-Transfer-Encoding"))
		return m.Header, parts
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(params["charset"], "utf-8") {
			t.Errorf("a part is %q: %v", p.Header.Get("Content-Type"), err)
		}
		parts[kind] = decoded(p, p.Header.Get("Content-Transfer-Encoding"))
	}
}

func TestALetterReadsAsItWasWritten(t *testing.T) {
	r := serve(t, StartTLS)
	if _, err := r.client(t).Send(t.Context(), announced); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(r.letters[0]), "\r\n") {
		if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("a line is not for SMTP: %q", line)
		}
	}
	header, parts := read(t, r.letters[0])
	decode := func(name string) string {
		text, err := new(mime.WordDecoder).DecodeHeader(header.Get(name))
		if err != nil {
			t.Error(err)
		}
		return text
	}
	for name, want := range map[string]string{
		"Subject": announced.Subject, "From": "示例支付 <notices@pay.example>", "To": "<merchant@shop.example>",
		"Message-Id": "<m_01jd@pay.example>", "Date": "Wed, 26 Nov 2025 04:00:00 +0000", "Content-Language": "zh-CN",
		"List-Unsubscribe": "<https://pay.example/stop?code=abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": "auto-generated", "Mime-Version": "1.0", "User-Agent": "", "X-Mailer": "",
	} {
		if got := strings.ReplaceAll(decode(name), `"`, ""); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	text := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n")
	if len(parts) != 2 || text != announced.Text || parts["text/html"] != announced.HTML {
		t.Errorf("the parts are %q", parts)
	}
}

func TestAPlainLetterHasOnePartAndNothingToUnsubscribe(t *testing.T) {
	r := serve(t, StartTLS)
	l := announced
	l.HTML, l.Unsubscribe, l.Language = "", "", ""
	if _, err := r.client(t).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	header, parts := read(t, r.letters[0])
	if len(parts) != 1 || parts["text/plain"] == "" {
		t.Errorf("the parts are %q", parts)
	}
	for _, name := range []string{"List-Unsubscribe", "List-Unsubscribe-Post", "Content-Language"} {
		if header.Get(name) != "" {
			t.Errorf("%s is %q", name, header.Get(name))
		}
	}
}

func TestTwoTriesOfALetterBearOneMessageID(t *testing.T) {
	r := serve(t, StartTLS)
	c := r.client(t)
	for range 2 {
		if _, err := c.Send(t.Context(), announced); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := read(t, r.letters[0])
	second, _ := read(t, r.letters[1])
	if first.Get("Message-Id") != second.Get("Message-Id") {
		t.Errorf("got %q and %q", first.Get("Message-Id"), second.Get("Message-Id"))
	}
}

// judged checks a failure, and that it tells nothing it must not.
func judged(t *testing.T, about string, err error) *delivery.Failure {
	t.Helper()
	f, ok := errors.AsType[*delivery.Failure](err)
	if !ok {
		t.Errorf("%s: got %v, want a failure", about, err)
		return &delivery.Failure{}
	}
	if f.Channel != "mail" || f.Cause == nil {
		t.Errorf("%s: got %+v", about, f)
	}
	for _, private := range []string{"merchant", "shop.example", "sesame", "1,204", "您好"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("%s: the error says %q", about, err)
		}
	}
	return f
}

func TestTheServersReplyIsToldAtEachStep(t *testing.T) {
	for _, c := range []struct {
		stage     string
		set       func(*post, error)
		permanent delivery.Reason // of a reply 550
	}{
		{stageHello, func(p *post, err error) { p.hello = err }, delivery.Settings},
		{stageSign, func(p *post, err error) { p.auth = err }, delivery.Settings},
		{stageSender, func(p *post, err error) { p.sender = err }, delivery.Settings},
		{stageRecipient, func(p *post, err error) { p.recipient = err }, delivery.Recipient},
		{stageTaken, func(p *post, err error) { p.data = err }, delivery.Content},
	} {
		for _, reply := range []struct {
			code     int
			enhanced smtp.EnhancedCode
			text     string
		}{
			{421, smtp.EnhancedCode{4, 3, 2}, "4.3.2"}, {451, smtp.EnhancedCode{4, 7, 1}, "4.7.1"},
			{550, smtp.EnhancedCode{5, 1, 1}, "5.1.1"}, {554, smtp.NoEnhancedCode, ""},
		} {
			about := fmt.Sprintf("%d at %s", reply.code, c.stage)
			r := serve(t, TLS)
			r.set(func(p *post) { c.set(p, answer(reply.code, reply.enhanced)) })
			batch := r.client(t).Batch()
			defer batch.Close()
			_, err := batch.Send(t.Context(), announced)
			f := judged(t, about, err)
			want := c.permanent
			if reply.code < 500 {
				want = delivery.Busy
			}
			if f.Permanent != (reply.code >= 500) || f.Status != reply.code || f.Code != reply.text || f.Stage != c.stage || f.Reason != want || f.Unsure {
				t.Errorf("%s: got %+v, want reason %q", about, f, want)
			}
			// The next letter is not the worse for it.
			r.set(func(p *post) { c.set(p, nil) })
			if _, err := batch.Send(t.Context(), announced); err != nil {
				t.Errorf("after %s: %v", about, err)
			}
			if len(r.letters) != 1 {
				t.Errorf("after %s: the server has %d letters, want 1", about, len(r.letters))
			}
		}
	}
}

func TestWhatWeMayNotDoIsNotTheRecipientsFault(t *testing.T) {
	r := serve(t, TLS)
	r.set(func(p *post) { p.recipient = answer(550, smtp.EnhancedCode{5, 7, 1}) })
	_, err := r.client(t).Send(t.Context(), announced)
	if f := judged(t, "5.7.1", err); !f.Permanent || f.Reason != delivery.Other {
		t.Errorf("got %+v", f)
	}
}

// What a real server can't be made to say is said by somebody in between.
func TestAReplyAStallAndACutAreToldAtEveryStep(t *testing.T) {
	for cue, stage := range map[string]string{
		"": stageGreeting, "EHLO": stageHello, "AUTH": stageSign, "MAIL": stageSender, "RCPT": stageRecipient, "DATA": stageData, ".": stageTaken,
	} {
		for _, c := range []struct {
			name              string
			mischief          func(net.Conn)
			permanent, unsure bool
			status            int
		}{
			{"421", says("421 4.3.2 merchant@shop.example, come again"), false, false, 421},
			{"451", says("451 sesame"), false, false, 451},
			{"550", says("550-5.7.1 merchant@shop.example\r\n550 5.7.1 sesame"), true, false, 550},
			{"a stall", stalls, false, stage == stageTaken, 0},
			{"a cut", cuts, false, stage == stageTaken, 0},
			{"nonsense", says("merchant@shop.example has sesame"), false, stage == stageTaken, 0},
		} {
			if stage == stageHello && c.name != "a stall" && c.name != "a cut" {
				continue // EHLO alone refused leads to HELO, which is tested above with both refused
			}
			about := c.name + " at " + stage
			r := serve(t, None)
			(&meddler{cue: cue, mischief: c.mischief}).between(t, r)
			client := r.client(t, func(s *Server) { s.StepTimeout, s.TakeTimeout = 150*time.Millisecond, 150*time.Millisecond })
			begun := time.Now()
			_, err := client.Send(t.Context(), announced)
			f := judged(t, about, err)
			if f.Permanent != c.permanent || f.Unsure != c.unsure || f.Status != c.status || f.Stage != stage {
				t.Errorf("%s: got %+v", about, f)
			}
			if c.status == 0 && f.Reason != delivery.Unreachable {
				t.Errorf("%s: the reason is %q", about, f.Reason)
			}
			if c.name == "a stall" && !errors.Is(err, errStalled) {
				t.Errorf("%s: got %v", about, err)
			}
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("%s took %v", about, took)
			}
			if len(r.letters) != 0 {
				t.Errorf("%s: the server has a letter", about)
			}
		}
	}
}

func TestAServerThatRefusesToEncryptHearsNothing(t *testing.T) {
	// It does not offer STARTTLS.
	plain := serve(t, None)
	// It offers it, and then won't.
	won := serve(t, StartTLS)
	(&meddler{cue: "STARTTLS", mischief: says("454 4.7.0 TLS not available")}).between(t, won)
	never := serve(t, StartTLS)
	(&meddler{cue: "STARTTLS", mischief: says("502 5.5.1 not implemented")}).between(t, never)
	// It says yes and goes on in the clear.
	pretended := serve(t, StartTLS)
	(&meddler{cue: "STARTTLS", mischief: says("220 go ahead")}).between(t, pretended)
	stalled := serve(t, StartTLS)
	(&meddler{cue: "STARTTLS", mischief: stalls}).between(t, stalled)
	for name, c := range map[string]struct {
		r         *running
		permanent bool
		status    int
		reason    delivery.Reason
	}{
		"not offered": {plain, false, 0, delivery.Settings}, "refused for now": {won, false, 454, delivery.Busy},
		"refused": {never, true, 502, delivery.Settings}, "pretended": {pretended, false, 0, delivery.Settings}, "stalled": {stalled, false, 0, delivery.Unreachable},
	} {
		client := c.r.client(t, func(s *Server) {
			s.Host, s.Security, s.StepTimeout = "mail.example.com", StartTLS, 300*time.Millisecond
		})
		_, err := client.Send(t.Context(), announced)
		f := judged(t, name, err)
		if f.Stage != stageTLS || f.Permanent != c.permanent || f.Status != c.status || f.Reason != c.reason {
			t.Errorf("%s: got %+v", name, f)
		}
		if c.r.signIns != 0 || len(c.r.senders) != 0 {
			t.Errorf("%s: the server was told something", name)
		}
	}
}

func TestACertificateMustBeBelievedAndForTheServersName(t *testing.T) {
	for _, security := range []Security{StartTLS, TLS} {
		r := serve(t, security)
		for name, change := range map[string]func(*Server){
			"another name":       func(s *Server) { s.Host = "other.example.com" },
			"nobody believes it": func(s *Server) { s.Roots = others },
		} {
			_, err := r.client(t, change).Send(t.Context(), announced)
			f := judged(t, name, err)
			if f.Stage != stageTLS || f.Permanent || f.Reason != delivery.Settings || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("%s, %s: got %+v", security, name, f)
			}
		}
		if r.signIns != 0 || len(r.senders) != 0 {
			t.Errorf("%s: the server was told something", security)
		}
	}
}

func TestAServerWithoutTLSAtItsPortIsNamed(t *testing.T) {
	r := serve(t, None)
	_, err := r.client(t, func(s *Server) { s.Host, s.Security = "mail.example.com", TLS }).Send(t.Context(), announced)
	if f := judged(t, "no TLS", err); f.Stage != stageTLS || f.Permanent || f.Reason != delivery.Settings {
		t.Errorf("got %+v", f)
	}
}

func TestSigningInTakesWhatTheServerOffers(t *testing.T) {
	for mechanism, ok := range map[string]bool{"PLAIN": true, "LOGIN": true, "CRAM-MD5": false} {
		r := serve(t, StartTLS)
		r.set(func(p *post) { p.mechanism = mechanism })
		_, err := r.client(t).Send(t.Context(), announced)
		if (err == nil) != ok || r.signIns != map[bool]int{true: 1}[ok] {
			t.Errorf("%s: got %v after %d sign-ins", mechanism, err, r.signIns)
		}
		if !ok {
			if f := judged(t, mechanism, err); f.Stage != stageSign || f.Permanent || f.Reason != delivery.Settings {
				t.Errorf("%s: got %+v", mechanism, f)
			}
		}
		r.set(func(p *post) { p.letters = nil })
		_, err = r.client(t, func(s *Server) { s.Password = "sesame2" }).Send(t.Context(), announced)
		if ok {
			if f := judged(t, mechanism, err); f.Status != 535 || !f.Permanent || f.Reason != delivery.Settings || f.Stage != stageSign {
				t.Errorf("%s with a wrong password: got %+v", mechanism, f)
			}
		}
	}
}

func TestWithoutANameNobodySignsIn(t *testing.T) {
	r := serve(t, StartTLS)
	_, err := r.client(t, func(s *Server) { s.Username, s.Password = "", "" }).Send(t.Context(), announced)
	if err != nil || r.signIns != 0 || len(r.letters) != 1 {
		t.Errorf("got %v after %d sign-ins", err, r.signIns)
	}
}

func TestNobodyListeningIsTemporary(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	r := serve(t, StartTLS)
	_, err = r.client(t, func(s *Server) { s.Dial = dialTo(listener.Addr().String()) }).Send(t.Context(), announced)
	if f := judged(t, "nobody", err); f.Permanent || f.Unsure || f.Stage != stageConnect || f.Reason != delivery.Unreachable {
		t.Errorf("got %+v", f)
	}
}

func TestABatchGoesOverOneConnection(t *testing.T) {
	r := serve(t, StartTLS)
	batch := r.client(t).Batch()
	for i := range 20 {
		l := announced
		l.ID = fmt.Sprintf("m_%d", i)
		if i == 7 {
			r.set(func(p *post) { p.recipient = answer(550, smtp.EnhancedCode{5, 1, 1}) })
		}
		_, err := batch.Send(t.Context(), l)
		if (err != nil) != (i == 7) {
			t.Errorf("letter %d: got %v", i, err)
		}
		r.set(func(p *post) { p.recipient = nil })
	}
	batch.Close()
	if len(r.letters) != 19 || r.signIns != 1 {
		t.Errorf("the server has %d letters after %d sign-ins, want 19 after 1", len(r.letters), r.signIns)
	}
}

func TestAConnectionThatEndsBetweenTwoLettersIsOpenedAnew(t *testing.T) {
	for name, mischief := range map[string]func(net.Conn){
		"cut": cuts, "421": func(c net.Conn) { says("421 4.7.0 too many on one connection")(c); cuts(c) },
	} {
		r := serve(t, None)
		m := &meddler{cue: "MAIL", mischief: mischief, times: 1, done: 1}
		m.between(t, r)
		batch := r.client(t).Batch()
		if _, err := batch.Send(t.Context(), announced); err != nil {
			t.Fatal(err)
		}
		m.mu.Lock()
		m.done = 0
		m.mu.Unlock()
		if _, err := batch.Send(t.Context(), announced); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		batch.Close()
		if len(r.letters) != 2 || r.signIns != 2 {
			t.Errorf("%s: the server has %d letters after %d sign-ins, want 2 after 2", name, len(r.letters), r.signIns)
		}
	}
}

func TestALetterIsNotTriedTwiceOnceItWasUnderWay(t *testing.T) {
	r := serve(t, None)
	m := &meddler{cue: ".", mischief: cuts, times: 1, done: 1}
	m.between(t, r)
	batch := r.client(t).Batch()
	defer batch.Close()
	if _, err := batch.Send(t.Context(), announced); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.done = 0
	m.mu.Unlock()
	_, err := batch.Send(t.Context(), announced)
	if f := judged(t, "a cut", err); !f.Unsure || len(r.letters) != 1 {
		t.Errorf("got %+v with %d letters", f, len(r.letters))
	}
}

func TestTheContextEndsAStall(t *testing.T) {
	r := serve(t, None)
	(&meddler{cue: "RCPT", mischief: stalls}).between(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begun := time.Now()
	_, err := r.client(t).Send(ctx, announced)
	f := judged(t, "cancelled", err)
	if !errors.Is(err, context.Canceled) || f.Permanent || f.Stage != stageRecipient || time.Since(begun) > 3*time.Second {
		t.Errorf("got %+v after %v", f, time.Since(begun))
	}
}

func TestWhatCantBeWrittenNeverReachesTheServer(t *testing.T) {
	r := serve(t, StartTLS)
	c := r.client(t)
	for name, change := range map[string]func(*Letter){
		"no id":                    func(l *Letter) { l.ID = "" },
		"an id with a header":      func(l *Letter) { l.ID = "a>\r\nBcc: <x@y.example" },
		"no address":               func(l *Letter) { l.To = "" },
		"an address with a name":   func(l *Letter) { l.To = "M <merchant@shop.example>" },
		"two addresses":            func(l *Letter) { l.To = "merchant@shop.example,other@shop.example" },
		"an address with a line":   func(l *Letter) { l.To = "merchant@shop.example>\r\nRCPT TO:<other@shop.example" },
		"a domain beyond ASCII":    func(l *Letter) { l.To = "merchant@商户.example" },
		"no subject":               func(l *Letter) { l.Subject = "" },
		"a subject with a header":  func(l *Letter) { l.Subject = "x\r\nBcc: y@z.example" },
		"no text":                  func(l *Letter) { l.Text = "" },
		"a language with a header": func(l *Letter) { l.Language = "en\r\nX: y" },
		"a stop in the clear":      func(l *Letter) { l.Unsubscribe = "http://pay.example/stop" },
		"a stop with a header":     func(l *Letter) { l.Unsubscribe = "https://pay.example/\r\nX: y" },
		"two stops":                func(l *Letter) { l.Unsubscribe = "https://pay.example/>,<https://b.example" },
		"a stop without end":       func(l *Letter) { l.Unsubscribe = "https://pay.example/" + strings.Repeat("a", 900) },
	} {
		l := announced
		change(&l)
		_, err := c.Send(t.Context(), l)
		if f := judged(t, name, err); !f.Permanent || f.Stage != "compose" {
			t.Errorf("%s: got %+v", name, f)
		}
	}
	if r.connections != 0 {
		t.Errorf("the server was asked %d times", r.connections)
	}
}

func TestABadServerIsRefused(t *testing.T) {
	whole := Server{Host: "mail.example.com", From: netmail.Address{Address: "notices@pay.example"}}
	for security, port := range map[Security]int{"": 587, StartTLS: 587, TLS: 465} {
		s := whole
		s.Security = security
		c, err := New(s, time.Now)
		if err != nil || c.server.Port != port {
			t.Errorf("%q: got port %+v, %v, want %d", security, c, err, port)
		}
	}
	for name, change := range map[string]func(*Server){
		"no host":              func(s *Server) { s.Host = "" },
		"an address for host":  func(s *Server) { s.Host = "smtp://mail.example.com" },
		"another security":     func(s *Server) { s.Security = "maybe" },
		"no encryption abroad": func(s *Server) { s.Security = None },
		"a port beyond all":    func(s *Server) { s.Port = 65536 },
		"no sender":            func(s *Server) { s.From.Address = "" },
		"a sender's name":      func(s *Server) { s.From.Name = "a\r\nb" },
		"no password":          func(s *Server) { s.Username = "u" },
		"a greeting":           func(s *Server) { s.Hello = "a\r\nb" },
	} {
		s := whole
		change(&s)
		if _, err := New(s, time.Now); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAnAddressIsOneBareAddressInASCII(t *testing.T) {
	good := []string{"a@b.example", "a.b+c@sub.example.com", "a_b-c@xn--fiqs8s.example"}
	bad := []string{"", "a", "@b.example", "a@", "a@b.example ", "<a@b.example>", "a@b.example\r\n", "a b@c.example", "é@b.example", strings.Repeat("a", 250) + "@b.example"}
	for _, text := range slices.Concat(good, bad) {
		if got := isAddress(text); got != slices.Contains(good, text) {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
