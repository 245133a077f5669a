package bench

import (
	"bufio"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startsWithin is how long the server may take to answer before it is given up,
// and idleAfter when it has done all that it does after its start.
const (
	startsWithin = 20 * time.Second
	idleAfter    = 3 * time.Second
)

const megabyte = 1 << 20

// start measures the program as a process of its own: how long until it answers
// that it is ready, what memory it holds when nothing happens, and its size.
func (r *runner) start(ctx context.Context) ([]Result, error) {
	d, err := r.databases.sqlite(ctx, "start")
	if err != nil {
		return nil, err
	}
	if _, err := fill(ctx, d, world{terminals: perMerchant, days: settledDays, used: usedDays}); err != nil {
		return nil, err
	}
	address := r.databases.sqliteAddress("start")
	var took, held, own []float64
	for i := range r.Rounds + 1 {
		wait := time.Duration(0)
		if i == r.Rounds { // the last is left alone for a while
			wait = idleAfter
		}
		t, memory, err := r.startOnce(ctx, address, wait)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			took = append(took, float64(t.Microseconds())/1000)
		}
		if wait > 0 && memory.all > 0 {
			held, own = append(held, float64(memory.all)/megabyte), append(own, float64(memory.own)/megabyte)
		}
	}
	size, stripped, err := r.binary()
	if err != nil {
		return nil, err
	}
	results := []Result{{Name: "start", What: "from the command to ready", Unit: "ms", Spread: spreadOf(took), Reach: "≤ 150"}}
	if len(held) > 0 {
		results = append(results,
			Result{Name: "memory", What: "resident memory of the idle server", Unit: "MB", Spread: spreadOf(held), Reach: "≤ 40", Detail: "once; what of the program's file was read is in it, and is given up when memory is short"},
			Result{Name: "memory-own", What: "of it what no other process could share", Unit: "MB", Spread: spreadOf(own), Detail: "once"})
	}
	detail := "stripped"
	if !stripped {
		detail = "not stripped: build it with -ldflags='-s -w'"
	}
	return append(results, Result{Name: "binary", What: "size of the program", Unit: "MB", Spread: spreadOf([]float64{float64(size) / megabyte}), Reach: "≤ 45", Detail: detail}), nil
}

// startOnce starts the server, waits until it is ready and ends it. It returns
// the memory that it held after the wait, 0 where the system does not tell.
func (r *runner) startOnce(ctx context.Context, database string, wait time.Duration) (took time.Duration, held memory, err error) {
	listen, err := freeAddress()
	if err != nil {
		return 0, memory{}, err
	}
	cmd := exec.CommandContext(ctx, r.Executable, "serve")
	cmd.Env = append(os.Environ(), r.Environ(database, listen)...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, memory{}, err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it ends by the signal
	}()
	if err := awaitReady(ctx, "http://"+listen+"/readyz", began.Add(startsWithin)); err != nil {
		return 0, memory{}, fmt.Errorf("%w: %s", err, complaint.String())
	}
	took = time.Since(began)
	if wait == 0 {
		return took, memory{}, nil
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return 0, memory{}, ctx.Err()
	}
	return took, residentMemory(cmd.Process.Pid), nil
}

func awaitReady(ctx context.Context, url string, until time.Time) error {
	for time.Now().Before(until) && ctx.Err() == nil {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	return errors.Join(errors.New("the server did not become ready"), ctx.Err())
}

// freeAddress returns an address on which nobody listens now.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// memory is what a process holds, in bytes.
type memory struct{ all, own int64 }

// residentMemory returns what a process holds in memory, as Linux tells it, or
// nothing.
func residentMemory(pid int) (m memory) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}
	}
	defer file.Close()
	of := map[string]*int64{"VmRSS": &m.all, "RssAnon": &m.own}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if of[name] == nil {
			continue
		}
		kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		if err != nil {
			return memory{}
		}
		*of[name] = kilobytes << 10
	}
	return m
}

// binary returns the program's size in bytes, and whether it is stripped.
func (r *runner) binary() (size int64, stripped bool, err error) {
	info, err := os.Stat(r.Executable)
	if err != nil {
		return 0, false, err
	}
	if file, err := elf.Open(r.Executable); err == nil {
		stripped = file.Section(".symtab") == nil
		return info.Size(), stripped, file.Close()
	}
	built, err := buildinfo.ReadFile(r.Executable)
	if err != nil {
		return 0, false, err
	}
	for _, s := range built.Settings { // a build with -trimpath does not tell
		if s.Key == "-ldflags" && strings.Contains(s.Value, "-s") {
			stripped = true
		}
	}
	return info.Size(), stripped, nil
}
