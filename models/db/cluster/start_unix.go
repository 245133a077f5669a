//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// guardian makes a cluster in the folder $2 with the programs of $1, runs it
// with the settings that follow, and removes it when its input ends: when this
// process has ended, however it ended.
const guardian = `
bin=$1 dir=$2
shift 2
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$dir/log" 2>&1 || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
"$bin/postgres" -D "$dir/data" -k "$dir" -h '' "$@" >>"$dir/log" 2>&1 </dev/null &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$dir"
`

func start(ctx context.Context, in string, settings []string) (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(in, "mingbai-pg-")
	if err != nil {
		return "", err
	}
	attributes := &syscall.SysProcAttr{Setpgid: true} // an interrupt for this program leaves it time to clean up
	if os.Getuid() == 0 {
		// initdb refuses to run as root
		uid, gid, err := unprivileged()
		if err != nil {
			return "", err
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", err
		}
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	args := []string{"-c", guardian, "sh", bin, dir}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	sh := exec.Command("/bin/sh", args...)
	sh.Dir, sh.SysProcAttr = dir, attributes
	if _, err := sh.StdinPipe(); err != nil { // held open by the Wait below, and closed by nobody
		return "", err
	}
	// a file, since whoever waits for this program would wait for a pipe to close
	complaint, err := os.CreateTemp("", "mingbai-pg-log-")
	if err != nil {
		return "", err
	}
	defer os.Remove(complaint.Name())
	defer complaint.Close()
	sh.Stderr = complaint
	if err := sh.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- sh.Wait() }()

	address := "postgres://postgres@/postgres?host=" + url.QueryEscape(dir)
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return address, conn.Close(ctx)
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(complaint.Name())
			return "", fmt.Errorf("cluster: the server did not start: %s", said)
		case <-ctx.Done():
			return "", fmt.Errorf("cluster: the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// programs finds the folder that holds initdb and postgres, the newest
// version's first.
func programs() (string, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(installed, func(a, b string) int { return version(b) - version(a) })
	return firstComplete(append(folders, installed...))
}

func firstComplete(folders []string) (string, error) {
	for _, folder := range folders {
		if isFile(filepath.Join(folder, "initdb")) && isFile(filepath.Join(folder, "postgres")) {
			return folder, nil
		}
	}
	return "", errors.New("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
}

// version reads the number in /usr/lib/postgresql/15/bin.
func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// unprivileged returns a user that root may run the cluster as.
func unprivileged() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, lookup := user.Lookup(name)
		if lookup != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		return uid, gid, errors.Join(err1, err2)
	}
	return 0, 0, errors.New("cluster: root needs a user postgres or nobody to run PostgreSQL as")
}
