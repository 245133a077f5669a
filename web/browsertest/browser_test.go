package browsertest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestAMissingBrowserIsNamedWithWhatToInstall(t *testing.T) {
	_, err := findBrowser(func(string) (string, error) { return "", exec.ErrNotFound })
	if err == nil || !strings.Contains(err.Error(), "install the package chromium") {
		t.Errorf("got %v, want an error that names the package", err)
	}
}

func TestAnotherNameOfTheBrowserIsFound(t *testing.T) {
	got, err := findBrowser(func(name string) (string, error) {
		if name == "google-chrome" {
			return "/opt/" + name, nil
		}
		return "", exec.ErrNotFound
	})
	if err != nil || got != "/opt/google-chrome" {
		t.Errorf("got %q, %v, want /opt/google-chrome", got, err)
	}
}

func TestThirdPartyScriptsAreThoseThatTheirReadmeNames(t *testing.T) {
	readme, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"axe.min.js": axe, "html-validate.min.js": htmlValidate} {
		sum := fmt.Sprintf("`%x`", sha256.Sum256([]byte(script)))
		if !strings.Contains(string(readme), sum) {
			t.Errorf("%s has the checksum %s, want the one of testdata/README.md: take the release it names, or name the new one there", name, sum)
		}
	}
}
