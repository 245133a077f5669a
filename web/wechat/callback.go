package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CallbackAnswer is the body that tells WeChat, with status 200, that a push was
// taken. Without it, WeChat pushes twice more, five seconds apart.
const CallbackAnswer = "success"

const (
	longestPush = 64 << 10         // bytes
	oldestPush  = 10 * time.Minute // either way: the clocks may differ
)

// Callback reads what WeChat pushes to the account's server address, in XML.
//
// In safe mode, with a key, the signature covers the encrypted body. In plain
// mode it covers a time and a nonce alone: who has seen one push can put another
// body under its signature for as long as its time is fresh, so that plain mode
// is as good as the https it comes over.
type Callback struct {
	appID string
	token string
	key   []byte // nil: plain mode
	now   func() time.Time
}

// What can be wrong with a push.
var (
	ErrUnknownSender = errors.New("wechat: the push does not come from WeChat")
	ErrMalformedPush = errors.New("wechat: the push can't be read")
)

// NewCallback returns a reader of an account's pushes, for the token of its
// message settings and their EncodingAESKey (43 letters), or no key in plain
// mode. With a key, a push in the clear is refused.
func NewCallback(appID, token, key string, now func() time.Time) (*Callback, error) {
	if appID == "" || len(token) < 3 {
		return nil, errors.New("wechat: pushes need the account's AppID and token")
	}
	c := &Callback{appID: appID, token: token, now: now}
	if key == "" {
		return c, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil || len(decoded) != 32 {
		return nil, errors.New("wechat: the EncodingAESKey must have 43 letters")
	}
	c.key = decoded
	return c, nil
}

// Echo checks the request by which WeChat makes sure of the address, and returns
// what it is to be answered with, as plain text. An error is ErrUnknownSender.
func (c *Callback) Echo(query url.Values) (string, error) {
	if !c.signed(query.Get("signature"), query.Get("timestamp"), query.Get("nonce")) || !c.fresh(query.Get("timestamp")) {
		return "", ErrUnknownSender
	}
	return query.Get("echostr"), nil
}

// Outcome is what became of a message.
type Outcome string

// What can become of a message.
const (
	Unknown   Outcome = ""          // the event says nothing of it
	Delivered Outcome = "delivered" // it arrived
	Blocked   Outcome = "blocked"   // the person refuses the account's messages
	Failed    Outcome = "failed"    // it did not arrive, for a reason of WeChat's
)

// The events that matter, as Name in Event.
const (
	EventFinished    = "TEMPLATESENDJOBFINISH" // a template message has its outcome
	EventSubscribe   = "subscribe"             // somebody follows the account
	EventUnsubscribe = "unsubscribe"           // somebody no longer follows it
	EventScan        = "SCAN"                  // somebody who follows it scanned a code
)

// Event is what WeChat pushed.
type Event struct {
	Name       string    // such as EventFinished; empty for what a person wrote
	OpenID     string    // who it is about
	At         time.Time // UTC, to the second
	ProviderID string    // of EventFinished: the receipt's id
	Outcome    Outcome   // of EventFinished
	Status     string    // of EventFinished: WeChat's own word, at most 100 bytes
	Scene      string    // of EventSubscribe and EventScan: the name of the code that was scanned; empty: none was
}

// Read checks a push and reads it. An error is ErrUnknownSender, where nothing
// of the body was believed, or ErrMalformedPush.
func (c *Callback) Read(query url.Values, body io.Reader) (Event, error) {
	timestamp, nonce := query.Get("timestamp"), query.Get("nonce")
	if !c.fresh(timestamp) {
		return Event{}, ErrUnknownSender
	}
	if c.key == nil && !c.signed(query.Get("signature"), timestamp, nonce) {
		return Event{}, ErrUnknownSender
	}
	text, err := io.ReadAll(io.LimitReader(body, longestPush+1))
	if err != nil || len(text) > longestPush {
		return Event{}, ErrMalformedPush
	}
	if c.key == nil {
		return parseEvent(text)
	}
	var sealed struct{ Encrypt string }
	if err := xml.Unmarshal(text, &sealed); err != nil || sealed.Encrypt == "" {
		return Event{}, ErrMalformedPush
	}
	if !c.signed(query.Get("msg_signature"), timestamp, nonce, sealed.Encrypt) {
		return Event{}, ErrUnknownSender
	}
	if text, err = c.open(sealed.Encrypt); err != nil {
		return Event{}, err
	}
	return parseEvent(text)
}

// fresh reports whether a time in seconds since 1970 is about now.
func (c *Callback) fresh(timestamp string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && c.now().Sub(time.Unix(seconds, 0)).Abs() <= oldestPush
}

// signed reports whether a signature is the SHA-1, in hexadecimal, of the token
// and the parts, sorted and joined.
func (c *Callback) signed(signature string, parts ...string) bool {
	all := append([]string{c.token}, parts...)
	slices.Sort(all)
	sum := sha1.Sum([]byte(strings.Join(all, "")))
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(signature)) == 1
}

// open decrypts a body that was signed: AES-256 in CBC, its initial vector the
// key's first half, filled up to 32 bytes as in PKCS #7, around 16 random bytes,
// the length, the message and the account's AppID.
func (c *Callback) open(sealed string) ([]byte, error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, ErrMalformedPush
	}
	block, err := aes.NewCipher(c.key)
	if err != nil {
		return nil, ErrMalformedPush
	}
	cipher.NewCBCDecrypter(block, c.key[:aes.BlockSize]).CryptBlocks(text, text)
	filling := int(text[len(text)-1])
	const head = 16 + 4
	if filling < 1 || filling > 32 || len(text)-filling < head {
		return nil, ErrMalformedPush
	}
	text = text[:len(text)-filling]
	length := int64(binary.BigEndian.Uint32(text[16:head]))
	text = text[head:]
	if length > int64(len(text)) {
		return nil, ErrMalformedPush
	}
	if string(text[length:]) != c.appID {
		return nil, ErrUnknownSender
	}
	return text[:length], nil
}

func parseEvent(text []byte) (Event, error) {
	var said struct {
		XMLName      xml.Name `xml:"xml"`
		FromUserName string
		CreateTime   int64
		MsgType      string
		Event        string
		EventKey     string
		MsgID        string
		Status       string
	}
	if err := xml.Unmarshal(text, &said); err != nil || said.FromUserName == "" || said.CreateTime <= 0 {
		return Event{}, ErrMalformedPush
	}
	e := Event{OpenID: said.FromUserName, At: time.Unix(said.CreateTime, 0).UTC()}
	if said.MsgType != "event" {
		return e, nil
	}
	e.Name = said.Event
	switch e.Name {
	case EventSubscribe:
		// What else may stand there, such as where the account was found, is no scene.
		if scene, scanned := strings.CutPrefix(said.EventKey, "qrscene_"); scanned {
			e.Scene = scene
		}
	case EventScan:
		e.Scene = said.EventKey
	}
	if len(e.Scene) > longestScene {
		e.Scene = ""
	}
	if e.Name != EventFinished {
		return e, nil
	}
	if said.MsgID == "" {
		return Event{}, ErrMalformedPush
	}
	e.ProviderID, e.Outcome = said.MsgID, outcome(said.Status)
	e.Status = strings.ToValidUTF8(said.Status[:min(len(said.Status), 100)], "")
	return e, nil
}

// outcome reads WeChat's word, which it has written with and without spaces.
// What is not known to mean arrival never counts as one.
func outcome(status string) Outcome {
	switch word := strings.ToLower(strings.ReplaceAll(status, " ", "")); {
	case word == "success":
		return Delivered
	case word == "failed:userblock":
		return Blocked
	case strings.HasPrefix(word, "failed"):
		return Failed
	}
	return Unknown
}
