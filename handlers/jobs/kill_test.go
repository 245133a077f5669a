package jobs_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/mail"
	"github.com/mingbai/mingbai/web/sms"
)

// What a process that delivers is told by.
const (
	deliverFrom = "MINGBAI_TEST_DELIVER_FROM" // address of the database
	deliverMail = "MINGBAI_TEST_DELIVER_MAIL" // of the mail server
	deliverSMS  = "MINGBAI_TEST_DELIVER_SMS"  // of the gateway
	deliverLate = "MINGBAI_TEST_DELIVER_LATE" // how much later it is there than here
)

// TestMain makes the test binary a process that delivers, where it is asked to.
func TestMain(m *testing.M) {
	if url := os.Getenv(deliverFrom); url != "" {
		if err := deliverAndTell(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// later is the machine's clock, moved.
type later time.Duration

func (l later) Now() time.Time { return clock.System{}.Now().Add(time.Duration(l)) }

// deliverAndTell delivers mails and text messages side by side until none is
// left, as a worker does, and prints when it begins and when it is done.
func deliverAndTell(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, db.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	late, err := time.ParseDuration(os.Getenv(deliverLate))
	if err != nil {
		return err
	}
	at := later(late)
	host, port, err := net.SplitHostPort(os.Getenv(deliverMail))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	post, err := mail.New(mail.Server{Host: host, Port: number, Security: mail.None, From: netmail.Address{Address: "notices@pay.example"}}, at.Now)
	if err != nil {
		return err
	}
	hook, err := sms.NewHook(os.Getenv(deliverSMS), hookKey, at.Now)
	if err != nil {
		return err
	}
	var turn sync.Mutex
	channels := map[string]outbox.DeliverOptions{
		outbox.Email: {Send: overMail(post), Turn: &turn},
		outbox.SMS: {Idempotent: true, Send: func(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
			r, err := hook.Send(ctx, sms.Message{ID: m.ID, To: m.To, Text: m.Text})
			return receiptOf("hook", r, err)
		}},
	}
	fmt.Println("began")
	var all sync.WaitGroup
	errs := make(chan error, len(channels))
	for channel, o := range channels {
		all.Go(func() {
			_, next, err := outbox.Deliver(ctx, d, at, channel, o)
			if err == nil && !next.IsZero() {
				err = fmt.Errorf("%s: a message is left for %s from now", channel, next.Sub(at.Now()))
			}
			errs <- err
		})
	}
	all.Wait()
	if err := errors.Join(<-errs, <-errs); err != nil {
		return err
	}
	fmt.Println("done")
	return d.Close()
}

var hookKey = sms.Key{Name: "k1", Secret: []byte("a secret of at least thirty-two bytes")}

// overMail sends by a mail server.
func overMail(c *mail.Client) outbox.Send {
	return func(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
		r, err := c.Send(ctx, mail.Letter{ID: m.ID, To: m.To, Subject: m.Subject, Text: m.Text})
		return receiptOf("email", r, err)
	}
}

func receiptOf(provider string, receipt delivery.Receipt, err error) outbox.Receipt {
	r := outbox.Receipt{Provider: provider, ProviderID: receipt.ProviderID, Err: err}
	if f, ok := errors.AsType[*delivery.Failure](err); ok {
		r.Reason, r.Permanent, r.Unsure, r.RetryAfter = string(f.Reason), f.Permanent, f.Unsure, f.RetryAfter
	}
	return r
}

// tally counts how often each message came.
type tally struct {
	mu   sync.Mutex
	came map[string]int
}

func (t *tally) note(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.came[id]++
}

func (t *tally) times() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[string]int{}
	for id, n := range t.came {
		all[id] = n
	}
	return all
}

// pause waits a few milliseconds, so that some of the kills come between what a
// provider did and what it answers.
func pause() {
	n, err := rand.Int(rand.Reader, big.NewInt(8))
	if err != nil {
		panic(err)
	}
	time.Sleep(time.Duration(n.Int64()) * time.Millisecond)
}

// mailServer is a real SMTP server that takes every letter.
func mailServer(t *testing.T) (address string, letters *tally) {
	t.Helper()
	letters = &tally{came: map[string]int{}}
	address = serveSMTP(t, &postOffice{data: func(text string) error {
		_, rest, _ := strings.Cut(text, "Message-ID: <")
		id, _, _ := strings.Cut(rest, "@")
		letters.note(id)
		pause()
		return nil
	}})
	return address, letters
}

// postOffice is what a mail server says to what it gets.
type postOffice struct {
	from func() error            // to who sends; nil: yes
	to   func() error            // to whom it goes; nil: yes
	data func(text string) error // to the letter
}

// NewSession takes a call.
func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return call{p}, nil }

type call struct{ *postOffice }

func (c call) Mail(string, *smtp.MailOptions) error {
	if c.from == nil {
		return nil
	}
	return c.from()
}

func (c call) Rcpt(string, *smtp.RcptOptions) error {
	if c.to == nil {
		return nil
	}
	return c.to()
}

func (c call) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return c.data(string(text))
}

func (call) Reset()        {}
func (call) Logout() error { return nil }

func serveSMTP(t *testing.T, p *postOffice) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(p)
	s.Domain, s.ErrorLog = "mx.example", log.New(io.Discard, "", 0)
	go func() { _ = s.Serve(l) }() // ends when it is closed
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// smsGateway is a gateway that sends a message of one id once, as it is asked to.
func smsGateway(t *testing.T) (address string, requests, texts *tally) {
	t.Helper()
	requests, texts = &tally{came: map[string]int{}}, &tally{came: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ ID string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		requests.note(m.ID)
		if requests.times()[m.ID] == 1 {
			texts.note(m.ID)
		}
		pause()
		fmt.Fprintf(w, `{"id":"g-%s"}`, m.ID)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests, texts
}

// kills is how often a process is killed on each database.
const kills = 25

func TestAProcessThatIsKilledAmidDeliveryLosesNoMessageAndMarksWhatMayHaveGoneTwice(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killDeliveries(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { killDeliveries(t, dbtest.PostgresURL(t)) })
	}
}

func killDeliveries(t *testing.T, url string) {
	d := dbtest.Open(t, url)
	mails, letters := mailServer(t)
	gateway, requests, texts := smsGateway(t)
	env := []string{deliverFrom + "=" + url, deliverMail + "=" + mails, deliverSMS + "=" + gateway}
	began := clock.System{}.Now()
	late, total := time.Duration(0), 0
	for range kills {
		total += topUp(t, d, began, total)
		if killSometime(t, env, late) {
			t.Fatal("it was through before it was killed")
		}
		late += 6 * time.Minute // by then what it left is taken up again
	}
	if out, err := runDelivery(env, late).CombinedOutput(); err != nil {
		t.Fatalf("after the kills: %v: %s", err, out)
	}
	entries, err := outbox.Latest(t.Context(), d, total+1)
	if err != nil || len(entries) != total {
		t.Fatalf("%d messages, %v; want %d", len(entries), err, total)
	}
	twice, marked := 0, 0
	for _, e := range entries {
		came := letters.times()[e.ID] + texts.times()[e.ID]
		if e.State != outbox.Accepted || came == 0 {
			t.Errorf("%s by %s is %s and came %d times", e.ID, e.Channel, e.State, came)
		}
		if came > 1 {
			twice += came - 1
			if !e.MaybeTwice {
				t.Errorf("%s by %s came %d times and is not marked", e.ID, e.Channel, came)
			}
		}
		if e.MaybeTwice {
			marked++
		}
		if e.Channel == outbox.SMS && (e.MaybeTwice || came != 1) {
			t.Errorf("text message %s came %d times, marked %v: the gateway tells a second try", e.ID, came, e.MaybeTwice)
		}
	}
	again := 0
	for _, n := range requests.times() {
		again += n - 1
	}
	if twice > kills || marked > kills {
		t.Errorf("%d letters came twice and %d are marked, want %d at most, one for each kill", twice, marked, kills)
	}
	if marked == 0 || again == 0 {
		t.Errorf("%d letters are marked and %d text messages were asked for again: the kills hit nothing, and the test shows nothing", marked, again)
	}
	t.Logf("%d messages, %d kills: %d letters came twice, %d are marked, %d text messages were asked for again", total, kills, twice, marked, again)
}

// noJobs wakes nobody.
type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// topUp puts messages into the outbox, so that a process that is killed soon is
// not through.
func topUp(t *testing.T, d *db.DB, now time.Time, made int) (n int) {
	t.Helper()
	var left int
	if err := d.QueryRow(t.Context(), `select count(*) from messages where channel = 'email' and state = 'queued'`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	const enough = 300
	var all []outbox.New
	for i := left; i < enough; i++ {
		for _, m := range []outbox.New{{Channel: outbox.Email, To: "shop@example.com", Subject: "12 月 3 日"}, {Channel: outbox.SMS, To: "+8613812346621"}} {
			m.Kind, m.Locale, m.Text, m.CreatedAt = "upcoming", "zh-CN", "12 月 3 日扣 ¥48.00", now
			m.ID = fmt.Sprintf("m_%06d", made+len(all))
			all = append(all, m)
		}
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := outbox.QueueAll(t.Context(), tx, noJobs{}, all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func runDelivery(env []string, late time.Duration) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), env...), deliverLate+"="+late.String())
	return cmd
}

// killSometime delivers in another process and kills it at a random moment. It
// reports whether that came too late.
func killSometime(t *testing.T, env []string, late time.Duration) (finished bool) {
	t.Helper()
	cmd := runDelivery(env, late)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(250))
	if err != nil {
		t.Fatal(err)
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		switch scanner.Text() {
		case "began":
			time.AfterFunc(time.Duration(20+n.Int64())*time.Millisecond, func() { _ = cmd.Process.Kill() })
		case "done":
			finished = true
		}
	}
	_ = cmd.Wait() // it was killed
	if said.Len() > 0 {
		t.Fatalf("before it was killed it said %s", said.String())
	}
	return finished
}
