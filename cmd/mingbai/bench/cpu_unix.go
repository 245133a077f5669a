//go:build unix

package bench

import (
	"syscall"
	"time"
)

// programTime is what processors have spent on this program.
func programTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
