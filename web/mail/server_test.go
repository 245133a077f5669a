package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// post is the backend of a real SMTP server that can be told what to answer.
type post struct {
	mu                                   sync.Mutex
	hello, auth, sender, recipient, data error  // what to answer at a step; nil: yes
	mechanism                            string // the one AUTH mechanism offered; empty: PLAIN
	connections, signIns                 int
	names                                []string // how clients introduced themselves
	senders, recipients                  []string
	encrypted                            []bool
	letters                              [][]byte
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connections++
	p.names = append(p.names, c.Hostname())
	if p.hello != nil {
		return nil, p.hello
	}
	_, encrypted := c.TLSConnectionState()
	return &session{post: p, encrypted: encrypted}, nil
}

type session struct {
	post      *post
	encrypted bool
	signedIn  bool
}

func (s *session) AuthMechanisms() []string {
	if s.post.mechanism != "" {
		return []string{s.post.mechanism}
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(_, username, password string) error {
		s.post.mu.Lock()
		defer s.post.mu.Unlock()
		s.post.signIns++
		if s.post.auth != nil {
			return s.post.auth
		}
		if username != "notices" || password != "sesame" {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}
	if mechanism == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(check), nil
}

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	check func(identity, username, password string) error
	said  []string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check("", l.said[0], l.said[1])
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.senders = append(s.post.senders, from)
	s.post.encrypted = append(s.post.encrypted, s.encrypted)
	return s.post.sender
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.recipients = append(s.post.recipients, to)
	return s.post.recipient
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if s.post.data != nil {
		return s.post.data
	}
	s.post.letters = append(s.post.letters, text)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (p *post) set(change func(*post)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// answer is a reply that quotes the address, as real servers do.
func answer(code int, enhanced smtp.EnhancedCode) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "<merchant@shop.example> says sesame"}
}

// running is a server that runs, and what a client needs to know of it.
type running struct {
	*post
	server  Server
	address string
}

var (
	certificate, roots = mint("mail.example.com")
	_, others          = mint("other.example.com")
)

// mint makes a certificate for a name, and those who believe it.
func mint(name string) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// serve runs a server with the given security; its certificate is for
// mail.example.com.
func serve(t *testing.T, security Security) *running {
	t.Helper()
	p := &post{}
	s := smtp.NewServer(p)
	s.Domain, s.ErrorLog, s.AllowInsecureAuth = "mail.example.com", quiet{}, security == None
	if security == StartTLS {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if security == TLS {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	r := &running{post: p, address: address, server: Server{
		Host: "mail.example.com", Security: security, Roots: roots, Username: "notices", Password: "sesame",
		From:        netmail.Address{Name: "示例支付", Address: "notices@pay.example"},
		StepTimeout: 5 * time.Second, TakeTimeout: 5 * time.Second,
	}}
	if security == None {
		r.server.Host = "127.0.0.1"
	}
	r.server.Dial = dialTo(address)
	return r
}

func dialTo(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
}

func (r *running) client(t *testing.T, change ...func(*Server)) *Client {
	t.Helper()
	s := r.server
	for _, c := range change {
		c(&s)
	}
	c, err := New(s, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var noon = time.Date(2025, 11, 26, 4, 0, 0, 0, time.UTC)

// meddler stands between a client and a server that speak in the clear. When
// the client says what begins with cue (nothing at all: when it connects), the
// meddler does its mischief instead of passing it on.
type meddler struct {
	cue      string
	mischief func(client net.Conn) // answers, cuts or does nothing
	times    int                   // how often; zero: always
	mu       sync.Mutex
	done     int
}

// between starts the meddler before the server and has the client talk to it.
func (m *meddler) between(t *testing.T, r *running) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	address := r.address
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go m.relay(client, address)
		}
	}()
	r.server.Dial = dialTo(listener.Addr().String())
}

func (m *meddler) meddle(client net.Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.times > 0 && m.done >= m.times {
		return false
	}
	m.done++
	m.mischief(client)
	return true
}

func (m *meddler) relay(client net.Conn, address string) {
	if m.cue == "" && m.meddle(client) {
		_, _ = io.Copy(io.Discard, client) // until the client has had enough
		_ = client.Close()
		return
	}
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	defer func() { _ = server.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		// A client that waits for each answer says one thing at a time. The end of
		// a letter comes with the letter.
		said := buffer[:n]
		if m.cue != "" && (bytes.HasPrefix(said, []byte(m.cue)) || m.cue == "." && bytes.HasSuffix(said, []byte("\r\n.\r\n"))) && m.meddle(client) {
			continue
		}
		if _, err := server.Write(said); err != nil {
			return
		}
	}
}

func says(text string) func(net.Conn) {
	return func(client net.Conn) { _, _ = io.WriteString(client, text+"\r\n") }
}

func stalls(net.Conn) {}

func cuts(client net.Conn) { _ = client.Close() }
