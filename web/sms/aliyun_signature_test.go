package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"testing"
)

// The worked example of Aliyun's documentation, "V3 request syntax and signature
// method", with the key YourAccessKeyId.
func TestTheSignatureIsThatOfAliyunsWorkedExample(t *testing.T) {
	r, err := http.NewRequest(http.MethodPost, "https://ecs.cn-shanghai.aliyuncs.com/?RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-acs-action", "RunInstances")
	r.Header.Set("x-acs-content-sha256", emptyHash)
	r.Header.Set("x-acs-date", "2023-10-26T10:22:32Z")
	r.Header.Set("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d")
	r.Header.Set("x-acs-version", "2014-05-26")
	r.Header.Set("Accept", "application/json") // is not signed

	signAliyun(r, emptyHash, "YourAccessKeyId", "YourAccessKeySecret")

	const want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId," +
		"SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const wantQuery = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
	if got := aliyunQuery(r.URL.Query()); got != wantQuery {
		t.Errorf("got %s, want %s", got, wantQuery)
	}
	const wantHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if emptyHash != wantHash {
		t.Errorf("got %s, want %s", emptyHash, wantHash)
	}
}

func TestTheQueryIsEscapedAsDocumented(t *testing.T) {
	for text, want := range map[string]string{
		"AZaz09-_.~": "AZaz09-_.~", "a b": "a%20b", "*": "%2A", "+": "%2B", "/": "%2F", `"`: "%22", "%": "%25", "{}:,": "%7B%7D%3A%2C",
		"示例": "%E7%A4%BA%E4%BE%8B", "!'()": "%21%27%28%29", "@$&=;?#": "%40%24%26%3D%3B%3F%23",
	} {
		if got := aliyunEscape(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// checkedAgain works out the signature of a request as it arrived, from the
// documentation alone: it shares nothing with the sender. It reads the bytes of
// the query as they came.
func checkedAgain(r *http.Request, body []byte, secret string) error {
	fields := map[string]string{}
	algorithm, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(part, "=")
		fields[name] = value
	}
	if algorithm != "ACS3-HMAC-SHA256" {
		return fmt.Errorf("the algorithm is %q", algorithm)
	}
	hash := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
	if r.Header.Get("x-acs-content-sha256") != hash(body) {
		return fmt.Errorf("the body's hash is %q", r.Header.Get("x-acs-content-sha256"))
	}
	must := []string{"host"}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-acs-") || name == "content-type" {
			must = append(must, name)
		}
	}
	sort.Strings(must)
	if got := fields["SignedHeaders"]; got != strings.Join(must, ";") {
		return fmt.Errorf("signed are %q, want %q", got, must)
	}
	pairs := strings.Split(r.URL.RawQuery, "&")
	if !sort.StringsAreSorted(pairs) {
		return fmt.Errorf("the query is not sorted: %q", pairs)
	}
	text := r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.RawQuery + "\n"
	for _, name := range must {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		text += name + ":" + value + "\n"
	}
	text += "\n" + strings.Join(must, ";") + "\n" + hash(body)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "ACS3-HMAC-SHA256\n%s", hash([]byte(text)))
	if want := hex.EncodeToString(mac.Sum(nil)); fields["Signature"] != want {
		return fmt.Errorf("the signature is %q, want %q", fields["Signature"], want)
	}
	return nil
}
