package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/file"
)

func TestAnEmptyEnvironmentServesOneMachine(t *testing.T) {
	c, err := readConfig(map[string]string{})
	if err != nil || c.Database != "sqlite:mingbai.db" || c.Listen != "127.0.0.1:8080" || !slices.Equal(c.PhoneRegions, []string{"CN"}) || c.NewNumberTexts != 300 || c.secure() {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestEveryFaultOfTheConfigurationIsNamedAtOnce(t *testing.T) {
	_, err := readConfig(map[string]string{
		"MINGBAI_DATABASE": "mysql://x", "MINGBAI_URL": "mingbai", "MINGBAI_SECRET": "short", "MINGBAI_SMS_URL": "https://sms.example.com",
		"MINGBAI_PHONE_REGIONS": "CN,Kuba", "MINGBAI_NEW_NUMBER_TEXTS": "0", "MINGBAI_DRAIN": "soon", "MINGBAI_UPLOAD_BYTES": "1", "MINGBAI_FILES": "https://s3.example.com",
		"MINGBAI_TOP_UP_URL": "http://pay.example.com", "MINGBAI_TOP_UP_KEY_ID": "k", "MINGBAI_TOP_UP_SECRET": "short",
	})
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, at := range []string{"foo", "http://gw.example.com/sms"} {
		sms := map[string]string{"MINGBAI_SMS_URL": at, "MINGBAI_SMS_KEY_ID": "k", "MINGBAI_SMS_SECRET": strings.Repeat("s", 32)}
		if _, err := readConfig(sms); err == nil || !strings.Contains(err.Error(), "MINGBAI_SMS_URL must be") {
			t.Errorf("%s: got %v", at, err)
		}
	}
	for _, name := range []string{"MINGBAI_DATABASE", "MINGBAI_URL", "MINGBAI_SECRET", "MINGBAI_SMS_KEY_ID", "MINGBAI_DRAIN can't be read", "MINGBAI_UPLOAD_BYTES", "MINGBAI_FILES", "MINGBAI_TOP_UP_URL", "MINGBAI_TOP_UP_SECRET", `MINGBAI_PHONE_REGIONS names "Kuba"`, "MINGBAI_NEW_NUMBER_TEXTS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestWhatASettingMustBeIsSaid(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"URL", "https://mingbai.example.com/portal", "without a path"},
		{"URL", "https://mingbai.example.com?a=b", "without a path"},
		{"LISTEN", "8085", "such as 127.0.0.1:8080, or :8080"},
		{"OPERATIONS_LISTEN", "9090", "such as 127.0.0.1:8080, or :8080"},
		{"DATABASE_CONNS", "-3", "below 0"},
		{"DRAIN", "-5s", "below 0"},
		{"TRUSTED_PROXIES", "10.0.0.0/8,proxy", `"proxy" is no network`},
	} {
		if _, err := readConfig(map[string]string{envPrefix + c.name: c.value}); err == nil || !strings.Contains(err.Error(), envPrefix+c.name) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%s: got %v, want %q in it", c.name, c.value, err, c.says)
		}
	}
	for name, value := range map[string]string{"URL": "https://mingbai.example.com/", "LISTEN": ":8085", "OPERATIONS_LISTEN": ""} {
		if _, err := readConfig(map[string]string{envPrefix + name: value}); err != nil {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestAnAddressIsANetworkOfItsOwn(t *testing.T) {
	c, err := readConfig(map[string]string{"MINGBAI_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.7,::ffff:192.0.2.8,2001:db8::1"})
	if got, want := fmt.Sprint(prefixes(c.Proxies)), "[10.0.0.0/8 192.0.2.7/32 192.0.2.8/32 2001:db8::1/128]"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestVariablesThatNothingReadsAreFound(t *testing.T) {
	got := unread([]string{"MINGBAI_FLIES=/srv", "MINGBAI_FILES=/srv", "MINGBAI_SMS_URL=", "MINGBAI_SMS_KEY=k", "PATH=/bin", "MINGBAI_SERVICE_HOST=10.0.0.1", "MINGBAI_PORT_8080_TCP=x"})
	if want := []string{"MINGBAI_FLIES", "MINGBAI_SMS_KEY"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPlacesThatCannotBeWrittenAreToldAtTheStart(t *testing.T) {
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := func(heads string) string {
		t.Helper()
		var out bytes.Buffer
		c := config{Database: "postgres://db/mingbai", Files: filepath.Join(folder, "files"), HeadFile: heads}
		if err := warnOfPlaces(t.Context(), c, slog.New(slog.NewTextHandler(&out, nil))); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := log(filepath.Join(folder, "heads.txt")); got != "" {
		t.Errorf("of good places it says %s", got)
	}
	if got := log(filepath.Join(taken, "heads.txt")); !strings.Contains(got, "MINGBAI_AUDIT_HEAD_FILE") {
		t.Errorf("of a place that is none it says %q", got)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "files", "*", "*")); err != nil || len(left) != 0 {
		t.Errorf("what was tried is left: %v, %v", left, err)
	}
	store := httptest.NewServer(http.NotFoundHandler())
	defer store.Close()
	var out bytes.Buffer
	c := config{Database: "postgres://db/mingbai", Files: store.URL + "/nobucket", FilesKeyID: "k", FilesSecret: "s", HeadFile: filepath.Join(folder, "heads.txt")}
	if err := warnOfPlaces(t.Context(), c, slog.New(slog.NewTextHandler(&out, nil))); err != nil || !strings.Contains(out.String(), "MINGBAI_FILES") {
		t.Errorf("of a bucket that is not there it says %q, %v", out.String(), err)
	}
}

func TestFilesLieBesideTheDatabaseUnlessAPlaceIsNamed(t *testing.T) {
	for _, one := range []struct{ database, files, want string }{
		{"sqlite:mingbai.db", "", "mingbai-files"},
		{"sqlite:/var/lib/mingbai/m.db", "", "/var/lib/mingbai/m-files"},
		{"postgres://db/mingbai", "", "mingbai-files"},
		{"postgres://db/mingbai", "/srv/files", "/srv/files"},
	} {
		c := config{Database: one.database, Files: one.files}
		if _, ok := c.bucket(); ok || c.filesFolder() != one.want {
			t.Errorf("%+v: got %q, an object store: %v", one, c.filesFolder(), ok)
		}
	}
}

func TestOnPostgreSQLAPlaceForFilesIsToBeNamed(t *testing.T) {
	c := config{Database: "postgres://db/mingbai"}
	if err := needs(c.fileFaults()...); err == nil || !strings.Contains(err.Error(), "MINGBAI_FILES") {
		t.Errorf("got %v", err)
	}
	c.Files = "/srv/files"
	if err := needs(c.fileFaults()...); err != nil {
		t.Errorf("with a folder: %v", err)
	}
	c = config{Database: "sqlite:mingbai.db"}
	if err := needs(c.fileFaults()...); err != nil {
		t.Errorf("beside a file: %v", err)
	}
}

func TestAnObjectStoreIsItsAddressAndItsBucket(t *testing.T) {
	c, err := readConfig(map[string]string{"MINGBAI_FILES": "http://127.0.0.1:9000/mingbai", "MINGBAI_FILES_KEY_ID": "k", "MINGBAI_FILES_SECRET": "s", "MINGBAI_FILES_REGION": "cn"})
	if err != nil {
		t.Fatal(err)
	}
	want := file.Bucket{Endpoint: "127.0.0.1:9000", Region: "cn", Name: "mingbai", KeyID: "k", Secret: "s", Plain: true}
	if got, ok := c.bucket(); !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	if _, err := readConfig(map[string]string{"MINGBAI_FILES": "https://s3.example.com/mingbai"}); err == nil || !strings.Contains(err.Error(), "MINGBAI_FILES_KEY_ID") {
		t.Errorf("without a key: %v", err)
	}
}

func TestOnPostgreSQLAPlaceForTheHeadsIsToBeNamed(t *testing.T) {
	for _, one := range []struct {
		environ map[string]string
		named   bool
	}{
		{map[string]string{}, true},
		{map[string]string{"MINGBAI_DATABASE": "postgres://db/mingbai"}, false},
		{map[string]string{"MINGBAI_DATABASE": "postgres://db/mingbai", "MINGBAI_AUDIT_HEAD_FILE": "/srv/heads.txt"}, true},
		{map[string]string{"MINGBAI_DATABASE": "postgres://db/mingbai", "MINGBAI_AUDIT_HEAD_STORE": "https://s3.example.com/heads", "MINGBAI_AUDIT_HEAD_STORE_KEY_ID": "k", "MINGBAI_AUDIT_HEAD_STORE_SECRET": "s"}, true},
	} {
		c, err := readConfig(one.environ)
		if err != nil {
			t.Fatal(err)
		}
		if err := needs(c.headFaults()...); (err == nil) != one.named || err != nil && !strings.Contains(err.Error(), "MINGBAI_AUDIT_HEAD_FILE") {
			t.Errorf("%v: got %v", one.environ, err)
		}
		places, err := c.anchors()
		if err != nil || (len(places) == 1) != one.named {
			t.Errorf("%v: got %v, %v", one.environ, names(places), err)
		}
	}
}
