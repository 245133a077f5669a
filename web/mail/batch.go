package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/mingbai/mingbai/web/delivery"
)

// goodbyeTimeout is how long a server may take to answer that we leave.
const goodbyeTimeout = 2 * time.Second

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// Batch hands over letters one after another on one connection, which it opens
// with the first and opens anew where it was lost. It is for one goroutine.
type Batch struct {
	client *Client
	line   *line // nil: none is open
}

// Batch returns a batch without letters. Close it.
func (c *Client) Batch() *Batch { return &Batch{client: c} }

// Close says goodbye to the server.
func (b *Batch) Close() {
	if b.line != nil {
		b.line.leave()
		b.line = nil
	}
}

// Send hands over the next letter. The receipt's id is the letter's Message-ID
// without its brackets. An error is a *delivery.Failure; the next letter can be
// sent after it all the same, unless its Reason is delivery.Settings, which the
// next would meet likewise.
func (b *Batch) Send(ctx context.Context, l Letter) (delivery.Receipt, error) {
	letter, err := b.client.compose(l)
	if err != nil {
		return delivery.Receipt{}, err
	}
	reused := b.line != nil
	err = b.try(ctx, letter)
	// A server may end a connection between two letters, after a while or after
	// so many. Nothing of this letter was handed over then.
	if reused && endedBetween(err) && ctx.Err() == nil {
		err = b.try(ctx, letter)
	}
	if err != nil {
		return delivery.Receipt{}, err
	}
	return delivery.Receipt{ProviderID: letter.messageID}, nil
}

func endedBetween(err error) bool {
	f, ok := errors.AsType[*delivery.Failure](err)
	return ok && f.Stage == stageSender && (f.Status == 421 || f.Reason == delivery.Unreachable)
}

func (b *Batch) try(ctx context.Context, letter composed) error {
	if b.line == nil {
		line, err := b.client.open(ctx)
		if err != nil {
			return err
		}
		b.line = line
	}
	err := b.line.hand(ctx, letter)
	if b.line.lost {
		b.line.cut()
		b.line = nil
	}
	return err
}

// The steps of handing over a letter, as Stage in failures names them.
const (
	stageConnect   = "connect"
	stageTLS       = "tls"
	stageGreeting  = "greeting"
	stageHello     = "hello"
	stageSign      = "sign_in"
	stageSender    = "sender"
	stageRecipient = "recipient"
	stageData      = "data"
	stageContent   = "content" // the letter itself is under way
	stageTaken     = "taken"   // the letter is there, its answer is awaited
	stageReset     = "reset"
)

// line is a connection to a server that knows us.
type line struct {
	server *Server
	conn   net.Conn // under TLS
	smtp   *smtp.Client
	lost   bool // nothing more can be said on it
}

// open connects, secures the line and signs in.
func (c *Client) open(ctx context.Context) (*line, error) {
	s := &c.server
	l := &line{server: s}
	err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err = l.greet(ctx); err == nil && s.Security == StartTLS {
		err = l.startTLS(ctx)
	}
	if err == nil && s.Username != "" {
		err = l.signIn(ctx)
	}
	if err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

func (l *line) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.server.StepTimeout)
	defer cancel()
	conn, err := l.server.Dial(ctx, "tcp", net.JoinHostPort(l.server.Host, strconv.Itoa(l.server.Port)))
	if err != nil {
		return failed(stageConnect, err)
	}
	l.conn = conn
	return nil
}

func (l *line) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: l.server.Host, RootCAs: l.server.Roots, MinVersion: tls.VersionTLS12}
}

// greet reads the server's greeting and introduces us.
func (l *line) greet(ctx context.Context) error {
	conn := l.conn
	if l.server.Security == TLS {
		secured := tls.Client(conn, l.tlsConfig())
		if err := l.step(ctx, stageTLS, func() error { return secured.HandshakeContext(ctx) }); err != nil {
			return err
		}
		conn = secured
	}
	err := l.step(ctx, stageGreeting, func() (err error) {
		l.smtp, err = smtp.NewClient(conn, l.server.Host)
		return err
	})
	if err != nil {
		return err
	}
	// Addresses are in ASCII, so that nothing need be asked of the servers on the way.
	l.smtp.SkipSMTPUTF8(true)
	return l.step(ctx, stageHello, func() error { return l.smtp.Hello(l.server.Hello) })
}

// startTLS secures the line. A server that does not offer it may be one that
// somebody on the way speaks for: nothing is said to it in the clear, and the
// letter is kept for later.
func (l *line) startTLS(ctx context.Context) error {
	if offered, _ := l.smtp.Extension("STARTTLS"); !offered {
		return &delivery.Failure{
			Channel: channel, Reason: delivery.Settings, Stage: stageTLS, Cause: errors.New("the server does not offer STARTTLS"),
		}
	}
	return l.step(ctx, stageTLS, func() error { return l.smtp.StartTLS(l.tlsConfig()) })
}

func (l *line) signIn(ctx context.Context) error {
	_, offered := l.smtp.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	var auth smtp.Auth
	switch s := l.server; {
	case slices.Contains(mechanisms, "PLAIN"):
		auth = smtp.PlainAuth("", s.Username, s.Password, s.Host, false)
	case slices.Contains(mechanisms, "LOGIN"):
		auth = smtp.LoginAuth(s.Username, s.Password, s.Host, false)
	default:
		return &delivery.Failure{
			Channel: channel, Reason: delivery.Settings, Stage: stageSign,
			Cause: errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN"),
		}
	}
	return l.step(ctx, stageSign, func() error { return l.smtp.Auth(auth) })
}

// hand hands over a letter.
func (l *line) hand(ctx context.Context, letter composed) error {
	if err := l.step(ctx, stageSender, func() error { return l.smtp.Mail("<" + l.server.From.Address + ">") }); err != nil {
		return l.giveUp(ctx, err)
	}
	if err := l.step(ctx, stageRecipient, func() error { return l.smtp.Rcpt("<" + letter.to + ">") }); err != nil {
		return l.giveUp(ctx, err)
	}
	var w io.WriteCloser
	err := l.step(ctx, stageData, func() (err error) {
		w, err = l.smtp.Data()
		return err
	})
	if err != nil {
		return l.giveUp(ctx, err)
	}
	if err := l.step(ctx, stageContent, func() error { _, err := w.Write(letter.text); return err }); err != nil {
		return err
	}
	// Its answer ends the letter, so that the line is ready for the next either way.
	return l.step(ctx, stageTaken, w.Close)
}

// giveUp makes the line ready for the next letter after a refusal, which stays
// the answer whatever becomes of that.
func (l *line) giveUp(ctx context.Context, refusal error) error {
	if !l.lost && l.step(ctx, stageReset, l.smtp.Reset) != nil {
		l.lost = true
	}
	return refusal
}

// step does one step of the exchange, which ends with the context or when the
// server took too long for it.
func (l *line) step(ctx context.Context, stage string, do func() error) error {
	limit := l.server.StepTimeout
	if stage == stageTaken {
		limit = l.server.TakeTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errStalled)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(longAgo) })
	err := do()
	inTime := stop()
	if !inTime {
		l.lost = true // its deadline has passed
	}
	if err == nil {
		return nil
	}
	if !inTime {
		if _, answered := errors.AsType[*textproto.Error](err); !answered {
			err = context.Cause(ctx)
		}
	}
	failure := failed(stage, err)
	if failure.Status == 0 || failure.Status == 421 {
		l.lost = true
	}
	return failure
}

// leave says goodbye and closes the line.
func (l *line) leave() {
	stop := time.AfterFunc(goodbyeTimeout, func() { _ = l.conn.SetDeadline(longAgo) })
	_ = l.smtp.Quit() // every letter has its answer
	stop.Stop()
	l.cut()
}

func (l *line) cut() { _ = l.conn.Close() } // nothing is left to be told

var errStalled = errors.New("the server did not answer in time")

// enhanced is the status code of RFC 3463 that most servers begin a reply with.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// failed sorts what went wrong at a step.
func failed(stage string, err error) *delivery.Failure {
	f := &delivery.Failure{Channel: channel, Stage: stage}
	reply, answered := errors.AsType[*textproto.Error](err)
	if !answered || reply.Code < 400 || reply.Code > 599 {
		f.Reason, f.Cause = unanswered(err)
		f.Unsure = stage == stageTaken
		return f
	}
	f.Status, f.Code = reply.Code, enhanced.FindString(reply.Msg)
	f.Permanent = reply.Code >= 500
	f.Cause = errors.New("the server refuses it")
	if !f.Permanent {
		f.Cause = errors.New("the server can't take it now")
	}
	f.Reason = refused(stage, f)
	return f
}

// refused tells what a reply has to do with.
func refused(stage string, f *delivery.Failure) delivery.Reason {
	switch stage {
	case stageRecipient, stageData, stageTaken:
		if !f.Permanent {
			return delivery.Busy
		}
	default: // before there is a letter to speak of
		if !f.Permanent {
			return delivery.Busy
		}
		return delivery.Settings
	}
	if stage != stageRecipient {
		return delivery.Content
	}
	// 5.7.x is about what we may do there, such as send elsewhere at all.
	if strings.HasPrefix(f.Code, "5.7.") {
		return delivery.Other
	}
	return delivery.Recipient
}

// unanswered tells why there was no reply, without what a server may have said.
func unanswered(err error) (delivery.Reason, error) {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return delivery.Settings, fmt.Errorf("the server's certificate: %w", plainTLS(err))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return delivery.Settings, errors.New("the server does not speak TLS there")
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.Canceled) || errors.Is(err, errStalled) {
		return delivery.Unreachable, err
	}
	return delivery.Unreachable, errors.New("what the server says is no SMTP")
}

// plainTLS keeps of a refused certificate what an administrator needs.
func plainTLS(err error) error {
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Errorf("it is not for %s", e.Host)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return errors.New("it is not valid at this time")
	}
	return errors.New("nobody who is believed has signed it")
}
