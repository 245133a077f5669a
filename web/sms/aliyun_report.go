package sms

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// AliyunReportAnswer is the body that tells Aliyun, with status 200, that a push
// was taken. After any other status, or none, it pushes again after 1, 5 and 10
// minutes and then no more.
const AliyunReportAnswer = `{"code":0,"msg":"ok"}`

// longestPush bounds what is read of a push, in bytes.
const longestPush = 1 << 20

// Report is the carrier's word on a message, passed on by Aliyun.
type Report struct {
	ID         string    // the message's own id, as sent (Aliyun's OutId); may be empty
	ProviderID string    // the receipt's id (Aliyun's BizId)
	To         string    // the number as Aliyun writes it, to be compared with the one sent to; never to be logged
	Delivered  bool      // the phone has it
	Code       string    // the carrier's code, such as DELIVERED
	SentAt     time.Time // UTC, to the second; zero where it can't be read
	ReportedAt time.Time // UTC, to the second; zero where it can't be read
	Parts      int       // how many messages it was split into; zero where it can't be read
}

// ReportGate lets in Aliyun's pushes of reports (SmsReport).
//
// Aliyun signs its pushes in no way. What can be checked is that they come to an
// address that only Aliyun was told, whose last part is a secret token, and from
// the networks that are allowed. Neither proves what the push says: a report is
// worth something only for a message that was sent under its BizId, to its
// number, and has no report yet. The address must be https, or the token is read
// on the way.
type ReportGate struct {
	token [sha256.Size]byte
	from  []netip.Prefix
}

// What can be wrong with a push.
var (
	ErrUnknownSender   = errors.New("sms: the push comes from elsewhere")
	ErrMalformedReport = errors.New("sms: the push can't be read")
)

// NewReportGate returns a gate for the secret token of the address, at least 32
// letters long, and the networks that pushes may come from, such as
// 203.0.113.0/24 or 203.0.113.7. Without networks, any may.
func NewReportGate(token string, networks []string) (*ReportGate, error) {
	if len(token) < 32 {
		return nil, errors.New("sms: the token of the reports' address must have at least 32 letters")
	}
	g := &ReportGate{token: sha256.Sum256([]byte(token))}
	for _, text := range networks {
		if !strings.Contains(text, "/") {
			ip, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("sms: %q is no network", text)
			}
			g.from = append(g.from, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("sms: %q is no network", text)
		}
		g.from = append(g.from, p)
	}
	return g, nil
}

// Read checks who pushes and reads the reports. An error is ErrUnknownSender,
// where nothing was read, or ErrMalformedReport; with the latter, the reports
// that could be read are returned all the same, since a push that is refused
// comes back whole.
func (g *ReportGate) Read(token string, from netip.Addr, body io.Reader) ([]Report, error) {
	if !g.admits(token, from) {
		return nil, ErrUnknownSender
	}
	text, err := io.ReadAll(io.LimitReader(body, longestPush+1))
	if err != nil || len(text) > longestPush {
		return nil, ErrMalformedReport
	}
	return ParseReports(text)
}

func (g *ReportGate) admits(token string, from netip.Addr) bool {
	// Digests are compared, so that neither the letters nor the length of the
	// secret shows in the time it takes.
	given := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(given[:], g.token[:]) != 1 {
		return false
	}
	from = from.Unmap()
	for _, p := range g.from {
		if p.Contains(from) {
			return true
		}
	}
	return len(g.from) == 0
}

// ParseReports reads the body of a push, a JSON array of reports. Reports that
// can't be read, or that name no message, are left out; the error is then
// ErrMalformedReport.
func ParseReports(body []byte) ([]Report, error) {
	var entries []json.RawMessage
	if err := json.Unmarshal(body, &entries); err != nil || entries == nil {
		return nil, ErrMalformedReport
	}
	var reports []Report
	var malformed error
	for _, entry := range entries {
		report, err := parseReport(entry)
		if err != nil {
			malformed = err
			continue
		}
		reports = append(reports, report)
	}
	return reports, malformed
}

func parseReport(entry []byte) (Report, error) {
	var said struct {
		Phone      string `json:"phone_number"`
		SendTime   string `json:"send_time"`
		ReportTime string `json:"report_time"`
		Success    *bool  `json:"success"`
		Code       string `json:"err_code"`
		Size       any    `json:"sms_size"`
		BizID      string `json:"biz_id"`
		OutID      string `json:"out_id"`
	}
	decoder := json.NewDecoder(bytes.NewReader(entry))
	decoder.UseNumber()
	if err := decoder.Decode(&said); err != nil || said.Success == nil || said.BizID == "" {
		return Report{}, ErrMalformedReport
	}
	report := Report{
		ID: said.OutID, ProviderID: said.BizID, To: said.Phone, Delivered: *said.Success,
		SentAt: reportTime(said.SendTime), ReportedAt: reportTime(said.ReportTime),
	}
	if len(said.Code) <= 80 {
		report.Code = said.Code
	}
	// Documented as text, and seen as a number.
	if parts, err := strconv.Atoi(fmt.Sprint(said.Size)); err == nil && parts > 0 && parts < 1000 {
		report.Parts = parts
	}
	return report, nil
}

// beijing is the time that Aliyun writes, without saying so in the push.
var beijing = time.FixedZone("CST", 8*60*60)

func reportTime(text string) time.Time {
	at, err := time.ParseInLocation(time.DateTime, text, beijing)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
