package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// ceremony is what a passkey is asked for. An answer to one serves no other.
type ceremony string

const (
	toAdd    ceremony = "add"
	toSignIn ceremony = "sign in"
)

// challengeLasts is how long a passkey may take to answer.
const challengeLasts = 5 * time.Minute

// challenge is what a session waits for a passkey to answer, once.
type challenge struct {
	For   ceremony             `json:"for"`
	Until time.Time            `json:"until"`
	Data  webauthn.SessionData `json:"data"`
}

// holder is a person as the ceremonies see them.
type holder struct {
	person
	passkeys []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h *holder) WebAuthnName() string                       { return h.login }
func (h *holder) WebAuthnDisplayName() string                { return h.name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.passkeys }

func holderOf(ctx context.Context, r db.Reader, staffID string) (h holder, err error) {
	if h.person, err = personByID(ctx, r, staffID); err != nil {
		return h, err
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var stored db.JSON
			if err := rows.Scan(&stored); err != nil {
				return err
			}
			var c webauthn.Credential
			if err := json.Unmarshal(stored, &c); err != nil {
				return fmt.Errorf("staff: a passkey of %s: %w", staffID, err)
			}
			h.passkeys = append(h.passkeys, c)
			return nil
		})
	}, `select credential from staff_passkeys where staff_id = $1 and removed_at is null order by added_at`, staffID)
	return h, err
}

// errNoPasskeys says that the site's address can have none.
var errNoPasskeys = fault.New(fault.Conflict, "staff.login.no_passkeys")

// AskPasskey returns what the browser asks one of the person's passkeys for, as
// the JSON of PublicKeyCredentialRequestOptions under "publicKey". The question
// before it is void.
func (p *People) AskPasskey(ctx context.Context, half Session) (question []byte, err error) {
	if p.passkeys == nil || !half.HasPasskey {
		return nil, errNoPasskeys
	}
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mustBeHalf(ctx, tx, half, now, true); err != nil {
			return err
		}
		h, err := holderOf(ctx, tx, half.Actor.ID)
		if err != nil {
			return err
		}
		asked, data, err := p.passkeys.BeginLogin(&h)
		if err != nil {
			return fmt.Errorf("staff: asking a passkey: %w", err)
		}
		question, err = ask(ctx, tx, half.Actor.SessionID, toSignIn, asked, data, now)
		return err
	})
	return question, err
}

// SignInWithPasskey takes the second step with a passkey's answer, as the JSON of
// a PublicKeyCredential. A passkey whose counter did not go on may have been
// copied: it is refused, and that is recorded.
//
// It returns fault.Invalid for the field "passkey", and else what SignInWithTOTP
// does.
func (p *People) SignInWithPasskey(ctx context.Context, half Session, answer []byte, b Browser) error {
	if p.passkeys == nil || !half.HasPasskey {
		return errNoPasskeys
	}
	wrong := fieldFault("passkey", "staff.login.passkey_wrong")
	return p.second(ctx, half, "passkey", b, func(tx *db.Tx, now time.Time) (refusal, err error) {
		data, ok, err := take(ctx, tx, half.Actor.SessionID, toSignIn, now)
		if err != nil || !ok {
			return wrong, err
		}
		h, err := holderOf(ctx, tx, half.Actor.ID)
		if err != nil {
			return nil, err
		}
		parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
		if err != nil {
			return wrong, nil //nolint:nilerr // what a browser sends is the reader's mistake, not ours
		}
		used, err := p.passkeys.ValidateLogin(&h, data, parsed)
		if err != nil {
			return wrong, nil //nolint:nilerr // likewise
		}
		if used.Authenticator.CloneWarning {
			return fieldFault("passkey", "staff.login.passkey_copied"), audit.Write(ctx, tx, half.Actor.entry(now, "staff.passkey.clone", half.Actor.ID,
				map[string]any{"counter": used.Authenticator.SignCount}))
		}
		stored, err := json.Marshal(used)
		if err != nil {
			return nil, fmt.Errorf("staff: a passkey: %w", err)
		}
		n, err := tx.Exec(ctx, `update staff_passkeys set credential = $3, used_at = $4 where credential_id = $1 and staff_id = $2 and removed_at is null`,
			used.ID, half.Actor.ID, db.JSON(stored), now)
		if err == nil && n == 0 {
			refusal = wrong
		}
		return refusal, err
	})
}

// AskNewPasskey returns what the browser asks a new passkey for, as the JSON of
// PublicKeyCredentialCreationOptions under "publicKey", in the session of someone
// who may add one. The question before it is void.
func (p *People) AskNewPasskey(ctx context.Context, s Session) (question []byte, err error) {
	if p.passkeys == nil {
		return nil, errNoPasskeys
	}
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := p.mayAdd(ctx, tx, s, now); err != nil {
			return err
		}
		h, err := holderOf(ctx, tx, s.Actor.ID)
		if err != nil {
			return err
		}
		if len(h.passkeys) >= MaxFactors {
			return fault.New(fault.Conflict, "staff.own.too_many", "n", MaxFactors)
		}
		asked, data, err := p.passkeys.BeginRegistration(&h, webauthn.WithExclusions(webauthn.Credentials(h.passkeys).CredentialDescriptors()),
			webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementDiscouraged))
		if err != nil {
			return fmt.Errorf("staff: asking a new passkey: %w", err)
		}
		question, err = ask(ctx, tx, s.Actor.SessionID, toAdd, asked, data, now)
		return err
	})
	return question, err
}

// mayAdd checks that a session may add a factor: it has just been verified, or
// it sets the first one up.
func (p *People) mayAdd(ctx context.Context, tx *db.Tx, s Session, now time.Time) error {
	if !s.Verified {
		return mustBeHalf(ctx, tx, s, now, false)
	}
	return mustBeRecent(ctx, tx, s.Actor, now)
}

// addPasskey adds the passkey that answered in a session. A refusal is apart
// from an error, for the question is used up by it.
func (p *People) addPasskey(ctx context.Context, tx *db.Tx, a Actor, name string, answer []byte, now time.Time) (id string, refusal, err error) {
	if err := nameFault(name); err != nil {
		return "", err, nil
	}
	wrong := fieldFault("passkey", "staff.own.passkey_wrong")
	data, ok, err := take(ctx, tx, a.SessionID, toAdd, now)
	if err != nil || !ok {
		return "", wrong, err
	}
	h, err := holderOf(ctx, tx, a.ID)
	if err != nil {
		return "", nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", wrong, nil //nolint:nilerr // what a browser sends is the reader's mistake, not ours
	}
	made, err := p.passkeys.CreateCredential(&h, data, parsed)
	if err != nil {
		return "", wrong, nil //nolint:nilerr // likewise
	}
	var known bool
	if err := tx.QueryRow(ctx, `select count(*) > 0 from staff_passkeys where credential_id = $1`, made.ID).Scan(&known); err != nil {
		return "", nil, err
	}
	if known {
		return "", fieldFault("passkey", "staff.own.passkey_known"), nil
	}
	stored, err := json.Marshal(made)
	if err != nil {
		return "", nil, fmt.Errorf("staff: a passkey: %w", err)
	}
	id = newID("pk", now)
	_, err = tx.Exec(ctx, `insert into staff_passkeys (id, staff_id, name, credential_id, credential, added_at) values ($1, $2, $3, $4, $5, $6)`,
		id, a.ID, name, made.ID, db.JSON(stored), now)
	return id, nil, err
}

// ask keeps a question with the session and returns it for the browser.
func ask(ctx context.Context, tx *db.Tx, sessionID string, c ceremony, asked any, data *webauthn.SessionData, now time.Time) ([]byte, error) {
	kept, err := json.Marshal(challenge{For: c, Until: now.Add(challengeLasts), Data: *data})
	if err != nil {
		return nil, fmt.Errorf("staff: keeping a question: %w", err)
	}
	n, err := tx.Exec(ctx, `update staff_sessions set challenge = $2 where id = $1 and ended_at is null`, sessionID, db.JSON(kept))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fault.New(fault.Unauthenticated, "")
	}
	return json.Marshal(asked)
}

// take returns the question of a session and forgets it, so that it is answered
// once.
func take(ctx context.Context, tx *db.Tx, sessionID string, c ceremony, now time.Time) (data webauthn.SessionData, ok bool, err error) {
	var stored db.JSON
	err = tx.QueryRow(ctx, `select challenge from staff_sessions where id = $1 and challenge is not null`, sessionID).Scan(&stored)
	if db.NotFound(err) {
		return data, false, nil
	}
	if err != nil {
		return data, false, err
	}
	if _, err := tx.Exec(ctx, `update staff_sessions set challenge = null where id = $1`, sessionID); err != nil {
		return data, false, err
	}
	var kept challenge
	if err := json.Unmarshal(stored, &kept); err != nil {
		return data, false, fmt.Errorf("staff: a kept question: %w", err)
	}
	return kept.Data, kept.For == c && now.Before(kept.Until), nil
}
