package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/web/page"
)

// build builds the program, once for all tests, in a folder that goes with them.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mingbai-test-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	program := filepath.Join(dir, "mingbai")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
})

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mingbai-site-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	filledFiles = dir
	m.Run()
	for _, dir := range []string{buildDir, filledFiles} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	if err := filled.Drop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func built(t *testing.T) string {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// process is a program that runs.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	said   *shared
	url    string
	took   time.Duration // until it answered
	ending chan error
}

// shared is a buffer that is read while it is written.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the program, without this process's settings but with those given,
// and waits until it answers at an address.
func start(t *testing.T, address string, environ []string, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, said: &shared{}, url: "http://" + address, ending: make(chan error, 1)}
	p.cmd = command(environ, program, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ending <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it may have ended
	for end := began.Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-p.ending:
			t.Fatalf("it ended before it answered: %v\n%s", err, p.said)
		default:
		}
		if status, _ := p.get("/"); status == http.StatusOK {
			p.took = time.Since(began)
			return p
		}
	}
	t.Fatalf("it does not answer\n%s", p.said)
	return nil
}

func command(environ []string, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, envPrefix) {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	cmd.Env = append(cmd.Env, environ...)
	return cmd
}

// get asks for a page, and returns a status of 0 where nothing answers.
func (p *process) get(path string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "zh-CN")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, ""
	}
	return answer.StatusCode, string(body)
}

// stop asks the program to end, as a machine does that shuts down.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ending:
		if err != nil {
			p.t.Errorf("asked to end, it ends with %v\n%s", err, p.said)
		}
	case <-time.After(40 * time.Second):
		p.t.Fatalf("asked to end, it goes on\n%s", p.said)
	}
}

// mostStart is within what time the demo answers whose data are there.
const mostStart = 2 * time.Second

func TestTheDemoStartsAtOnceKeepsWhatWasDoneAndStartsAnew(t *testing.T) {
	program, file := built(t), filepath.Join(t.TempDir(), "demo.db")
	run := func(more ...string) *process {
		address := freeAddress(t)
		return start(t, address, nil, program, append([]string{"demo", "--file", file, "--listen", address}, more...)...)
	}
	first := run()
	if _, page := first.get("/login"); !strings.Contains(page, "顺意便利店") {
		t.Error("the sign-in page offers nobody")
	}
	for _, want := range []string{"Two years of data made in", first.url[strings.LastIndex(first.url, ":"):], "顺意便利店, 李老板, 店主"} {
		if !strings.Contains(first.said.String(), want) {
			t.Errorf("it says %q; want %q in it", first.said, want)
		}
	}
	first.stop()
	changeName(t, file)

	fastest := time.Hour
	for range 3 { // other tests may be at work beside this one
		again := run()
		fastest = min(fastest, again.took)
		if _, page := again.get("/login"); !strings.Contains(page, "改了名的店") {
			t.Error("what was done before is gone")
		}
		if strings.Contains(again.said.String(), "data made") {
			t.Errorf("it makes the data again: %q", again.said)
		}
		again.stop()
		if fastest < mostStart {
			break
		}
	}
	if fastest >= mostStart {
		t.Errorf("it answered after %s, want less than %s", fastest, mostStart)
	}

	anew := run("--reset")
	if _, page := anew.get("/login"); strings.Contains(page, "改了名的店") || !strings.Contains(page, "顺意便利店") {
		t.Error("what was done before is still there")
	}
	anew.stop()
}

// changeName does something to the demo.
func changeName(t *testing.T, file string) {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+file, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update merchants set name = '改了名的店' where ref = $1`, mine)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestServeRefusesAnOldSchemaAndServesOneThatIsCurrent(t *testing.T) {
	program := built(t)
	databases := map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "new.db")}
	if !dbtest.SQLiteOnly() {
		databases["postgres"] = dbtest.EmptyPostgresURL(t)
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			address, operations := freeAddress(t), freeAddress(t)
			environ := []string{
				"MINGBAI_DATABASE=" + database, "MINGBAI_SECRET=" + strings.Repeat("s", 32),
				"MINGBAI_LISTEN=" + address, "MINGBAI_OPERATIONS_LISTEN=" + operations, "MINGBAI_DRAIN=1s",
				"MINGBAI_FILES=" + filepath.Join(t.TempDir(), "files"), "MINGBAI_AUDIT_HEAD_FILE=" + filepath.Join(t.TempDir(), "heads.txt"),
			}
			out, err := command(environ, program, "serve").CombinedOutput()
			if err == nil || !strings.Contains(string(out), "mingbai migrate") || !strings.Contains(string(out), name+":") || strings.Contains(string(out), "errors.unavailable") {
				t.Fatalf("without a schema it ends with %v and says %q; want it to name the database and the command that mends it", err, out)
			}
			if out, err := command(environ, program, "migrate").CombinedOutput(); err != nil || !strings.Contains(string(out), "applied") {
				t.Fatalf("migrate: %v\n%s", err, out)
			}
			p := start(t, address, environ, program, "serve")
			aside := &process{t: t, url: "http://" + operations}
			for _, path := range []string{"/healthz", "/readyz"} {
				if status, said := aside.get(path); status != http.StatusOK {
					t.Errorf("%s on the listener for operations: got %d %q", path, status, said)
				}
			}
			if _, said := aside.get("/metrics"); !strings.Contains(said, `mingbai_http_requests_total{method="GET",route="/",status="200"}`) {
				t.Errorf("/metrics does not count the page that was opened:\n%.2000s", said)
			} else if !strings.Contains(said, "mingbai_health_read 1") || !strings.Contains(said, "mingbai_gate_seconds_count") {
				t.Errorf("/metrics does not show how the gate does:\n%.2000s", said)
			}
			if status, _ := p.get("/metrics"); status != http.StatusNotFound {
				t.Errorf("/metrics where readers are: got %d, want 404", status)
			}
			p.stopsInPeace(aside)
		})
	}
}

// stopsInPeace ends a program that is answering a request: it says that it takes
// no more, and answers that one.
func (p *process) stopsInPeace(aside *process) {
	p.t.Helper()
	answered := make(chan int, 1)
	go func() {
		values := url.Values{page.CSRFField: {token}, "phone": {"13000000000"}, "password": {"password"}}
		r, err := http.NewRequest(http.MethodPost, p.url+"/login/password", strings.NewReader(values.Encode()))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "csrf", Value: token})
		time.Sleep(200 * time.Millisecond) // after the signal, while it waits for the balancer
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	ready := make(chan int, 1)
	go func() {
		time.Sleep(200 * time.Millisecond)
		status, _ := aside.get("/readyz")
		ready <- status
	}()
	p.stop()
	if got := <-ready; got != http.StatusServiceUnavailable {
		p.t.Errorf("while it ends, /readyz is answered with %d, want 503", got)
	}
	if got := <-answered; got != http.StatusUnprocessableEntity {
		p.t.Errorf("while it ends, a wrong password is answered with %d, want 422", got)
	}
}

func TestServeSaysAllThatIsWrongWithItsSettings(t *testing.T) {
	program := built(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	secret, away := "MINGBAI_SECRET="+strings.Repeat("s", 32), "MINGBAI_DATABASE=postgres://127.0.0.1:1/none"
	for _, c := range []struct {
		environ, want []string
	}{
		{nil, []string{"MINGBAI_SECRET is not set", "openssl rand -hex 32"}},
		{
			[]string{"MINGBAI_DATABASE=mysql://x", "MINGBAI_URL=mingbai", "MINGBAI_SECRET=short", "MINGBAI_DRAIN=soon", "MINGBAI_LOG_LEVEL=loud", "MINGBAI_TRUSTED_PROXIES=here"},
			[]string{"MINGBAI_DATABASE", "MINGBAI_URL", "MINGBAI_SECRET", "MINGBAI_DRAIN", "MINGBAI_LOG_LEVEL", "MINGBAI_TRUSTED_PROXIES"},
		},
		{[]string{secret, "MINGBAI_LISTEN=" + taken.Addr().String()}, []string{taken.Addr().String()}},
		{[]string{secret, away}, []string{"MINGBAI_FILES", "MINGBAI_AUDIT_HEAD_FILE"}},
		{
			[]string{secret, away, "MINGBAI_LISTEN=127.0.0.1:0", "MINGBAI_OPERATIONS_LISTEN=", "MINGBAI_FILES=" + t.TempDir(), "MINGBAI_AUDIT_HEAD_FILE=" + filepath.Join(t.TempDir(), "heads")},
			[]string{"127.0.0.1"},
		},
	} {
		out, err := command(c.environ, program, "serve").CombinedOutput()
		var ended *exec.ExitError
		if !errors.As(err, &ended) || ended.ExitCode() != 1 {
			t.Errorf("with %q it ends with %v, want status 1", c.environ, err)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("with %q it says %q; want %q in it", c.environ, out, want)
			}
		}
	}
}
