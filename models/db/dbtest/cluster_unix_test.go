//go:build unix

package dbtest

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asChild names the environment variable under which this test binary is run
// again by itself.
const asChild = "MINGBAI_DBTEST_CHILD"

func TestTheClusterGoesWithTheTestsHoweverTheyEnd(t *testing.T) {
	if how := os.Getenv(asChild); how != "" {
		child(t, how)
		return
	}
	if SQLiteOnly() {
		return
	}
	for _, how := range []string{"returns", "fails", "exits", "is killed"} {
		t.Run(how, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$", "-test.v")
			// one of its own even where this run has been given a cluster
			cmd.Env = append(os.Environ(), asChild+"="+how, AddressVariable+"=")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			dir, server := "", 0
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if rest, ok := strings.CutPrefix(lines.Text(), "cluster "); ok {
					dir, server = cutCluster(t, rest)
					if how == "is killed" {
						if err := cmd.Process.Kill(); err != nil {
							t.Error(err)
						}
					}
				}
			}
			_ = cmd.Wait() // it was made to fail
			if dir == "" || server == 0 {
				t.Fatal("got no cluster from the child")
			}
			for deadline := time.Now().Add(30 * time.Second); exists(dir) || alive(server); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("folder there: %v, server alive: %v; want both gone", exists(dir), alive(server))
				}
			}
		})
	}
}

// child uses the cluster, tells where it is, and ends in one of several ways.
func child(t *testing.T, how string) {
	u, err := url.Parse(PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	os.Stdout.WriteString("\ncluster " + first + " " + dir + "\n")
	switch how {
	case "fails":
		t.Fatal("as asked")
	case "exits":
		os.Exit(3)
	case "is killed":
		time.Sleep(time.Minute)
	}
}

func cutCluster(t *testing.T, s string) (dir string, server int) {
	t.Helper()
	pid, dir, _ := strings.Cut(s, " ")
	server, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	return dir, server
}

func exists(dir string) bool { _, err := os.Stat(dir); return err == nil }
func alive(pid int) bool     { return syscall.Kill(pid, 0) == nil }

func TestEachDatabaseIsOnesOwn(t *testing.T) {
	if SQLiteOnly() {
		return
	}
	if a, b := PostgresURL(t), PostgresURL(t); a == b {
		t.Errorf("got %s twice", a)
	}
	if a, b := SQLiteURL(t), SQLiteURL(t); a == b {
		t.Errorf("got %s twice", a)
	}
}
