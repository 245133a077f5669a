//go:build unix

package cluster

import (
	"strings"
	"testing"
)

func TestWithoutPostgreSQLItSaysWhatToInstall(t *testing.T) {
	_, err := firstComplete([]string{t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("got %v, want what to install", err)
	}
}
