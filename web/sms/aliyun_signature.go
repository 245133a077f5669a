package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// aliyunAlgorithm is the signature of version 3 of Aliyun's requests, which its
// documentation recommends over version 2 (HMAC-SHA1 in the query).
const aliyunAlgorithm = "ACS3-HMAC-SHA256"

// signAliyun signs a request whose headers and query are complete, and whose
// body has the given SHA-256 in hexadecimal, by adding the Authorization header.
// The request's path is "/", as for all of Aliyun's RPC interfaces.
func signAliyun(r *http.Request, bodyHash, keyID, keySecret string) {
	names, lines := aliyunHeaders(r)
	canonical := strings.Join([]string{
		r.Method, "/", aliyunQuery(r.URL.Query()), lines, names, bodyHash,
	}, "\n")
	digest := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(keySecret))
	mac.Write([]byte(aliyunAlgorithm + "\n" + hex.EncodeToString(digest[:])))
	r.Header.Set("Authorization", aliyunAlgorithm+" Credential="+keyID+",SignedHeaders="+names+
		",Signature="+hex.EncodeToString(mac.Sum(nil)))
}

// aliyunHeaders lists the headers that are signed: host, content-type and all
// that begin with x-acs-.
func aliyunHeaders(r *http.Request) (names, lines string) {
	signed := map[string]string{"host": r.Host}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if lower == "content-type" || strings.HasPrefix(lower, "x-acs-") {
			signed[lower] = strings.TrimSpace(r.Header.Get(name))
		}
	}
	sorted := slices.Sorted(maps.Keys(signed))
	var b strings.Builder
	for _, name := range sorted {
		b.WriteString(name + ":" + signed[name] + "\n")
	}
	return strings.Join(sorted, ";"), b.String()
}

// aliyunQuery writes a query in the order and the escapes (RFC 3986) that are
// signed; it is also what is sent.
func aliyunQuery(q url.Values) string {
	parts := make([]string, 0, len(q))
	for _, name := range slices.Sorted(maps.Keys(q)) {
		parts = append(parts, aliyunEscape(name)+"="+aliyunEscape(q.Get(name)))
	}
	return strings.Join(parts, "&")
}

// aliyunEscape differs from a form's escapes in the space alone: url's function
// leaves the same letters, digits and -_.~ as they are.
func aliyunEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
