package dbtest

import "syscall"

// roomNeeded is what the databases of all tests need at one time, in bytes: a few
// hundred megabytes, and a log that may grow to one gigabyte.
const roomNeeded = 2 << 30

// inMemory returns the folder of a file system in memory, or nothing where it has
// no room: a container's has often 64 MB.
func inMemory() string {
	const folder = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < roomNeeded {
		return ""
	}
	return folder
}
