package staff

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/seal"
)

// Options are what the use cases of this package work with.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Secret []byte // at least 32 bytes, the same on all servers; codes and secrets are kept with what is derived from it
	URL    string // where staff reach the portal; passkeys belong to its host
	Name   string // of the product, as an app of codes and a browser show it
}

// People signs staff in and keeps what belongs to them: passwords, second
// factors, roles and sessions. It may be used concurrently.
type People struct {
	d        *db.DB
	clock    clock.Clock
	name     string
	seal     cipher.AEAD        // closes what an app of codes shares with us
	offerKey []byte             // makes what a new app of codes is offered
	codeKey  []byte             // hashes recovery codes
	passkeys *webauthn.WebAuthn // nil where the site's address can have none
}

// New returns the use cases on a database.
func New(o Options) (*People, error) {
	if len(o.Secret) < 32 {
		return nil, fmt.Errorf("staff: the secret has %d bytes, and needs at least 32", len(o.Secret))
	}
	p := &People{d: o.DB, clock: o.Clock, name: o.Name}
	for _, k := range []struct {
		key *[]byte
		use string
	}{{&p.offerKey, "staff totp offer"}, {&p.codeKey, "staff recovery codes"}} {
		key, err := hkdf.Key(sha256.New, o.Secret, nil, k.use, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("staff: %w", err)
		}
		*k.key = key
	}
	var err error
	if p.seal, err = seal.New(o.Secret, "staff totp"); err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	p.passkeys, err = passkeysAt(o.URL, o.Name)
	return p, err
}

// passkeysAt returns what makes and checks passkeys for a site, or nothing where
// its address names no host that a passkey can belong to.
func passkeysAt(address, name string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("staff: the site's address: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || u.Hostname() == "" {
		return nil, nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{UserVerification: protocol.VerificationPreferred},
	})
	if err != nil {
		return nil, fmt.Errorf("staff: passkeys: %w", err)
	}
	return w, nil
}

// TakesPasskeys reports whether the site's address can have passkeys.
func (p *People) TakesPasskeys() bool { return p.passkeys != nil }

// Browser is where a session begins.
type Browser struct {
	Address    string // IP address
	RequestID  string // for the record
	TokenHash  []byte // SHA-256 of the session's token
	DeviceHash []byte // SHA-256 of what the browser keeps to be known again
	Device     string // what it runs on, in words that depend on no language
}

// anonymous stands in the record for a name that nobody has.
const anonymous = "anonymous"

// byPerson names a person in the record.
func byPerson(id string) audit.Actor {
	if id == "" {
		id = anonymous
	}
	return audit.Actor{Kind: audit.Staff, ID: id}
}

// entry begins an entry of the record for something that an actor did.
func (a Actor) entry(now time.Time, action, subject string, details map[string]any) audit.Entry {
	return audit.Entry{At: now, Actor: a.Audit(), Action: action, Subject: subject, Details: details, RequestID: a.RequestID}
}
