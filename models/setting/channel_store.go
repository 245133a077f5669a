package setting

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/seal"
)

// ChannelKeeper reads and writes how messages leave the house. Secrets lie in
// the database only sealed. It may be used concurrently.
type ChannelKeeper struct {
	d   *db.DB
	box cipher.AEAD
}

// NewChannelKeeper returns a keeper on a database, with the site's secret.
func NewChannelKeeper(d *db.DB, siteSecret []byte) (*ChannelKeeper, error) {
	box, err := seal.New(siteSecret, "channel settings")
	if err != nil {
		return nil, err
	}
	return &ChannelKeeper{d: d, box: box}, nil
}

// newest leaves of each part its latest version.
const newest = `not exists (select 1 from channel_settings later where later.part = s.part and later.version > s.version)`

// Get returns what is set now, in one round trip.
func (k *ChannelKeeper) Get(ctx context.Context) (Channels, error) { return k.get(ctx, k.d) }

func (k *ChannelKeeper) get(ctx context.Context, r db.Reader) (c Channels, err error) {
	c.Email.Security, c.Order.First = Securities[0], PartHook
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var name string
			var value db.JSON
			var sealed []byte
			var v Version
			if err := rows.Scan(&name, &v.Number, &value, &sealed, &v.At); err != nil {
				return err
			}
			p := c.Part(Part(name))
			if p == nil {
				return nil
			}
			*p.set() = v
			return k.open(p, value, sealed)
		})
	}, `select part, version, value, sealed, set_at from channel_settings s where `+newest)
	if err != nil {
		return Channels{}, fmt.Errorf("setting: the channels: %w", err)
	}
	return c, nil
}

// open reads a version's row into its part.
func (k *ChannelKeeper) open(p ChannelPart, value db.JSON, sealed []byte) error {
	if err := json.Unmarshal(value, p); err != nil {
		return err
	}
	if len(sealed) == 0 {
		return nil
	}
	text, err := k.box.Open(nil, nil, sealed, bound(p))
	if err != nil {
		p.set().Locked = true
		return nil
	}
	held := map[string]string{}
	if err := json.Unmarshal(text, &held); err != nil {
		return err
	}
	for _, s := range p.secrets() {
		*s.value = held[s.field]
	}
	return nil
}

// bound is what a version's secrets are sealed together with, so that they
// serve no other.
func bound(p ChannelPart) []byte {
	return []byte(string(p.Name()) + " " + strconv.Itoa(p.set().Number))
}

// Set puts a part in place of its latest version, which is the one that its
// Version names: fault.Conflict where somebody was faster. A secret that is
// empty stays as it was while where it goes and whom it is for do; where they
// change it is asked for anew, so that nobody has it sent to a place of their
// own. A part that is as it was makes no new version. It returns fault.Invalid
// for the fields of the part.
func (k *ChannelKeeper) Set(ctx context.Context, by audit.Actor, requestID string, at time.Time, p ChannelPart) error {
	seen := p.Set().Number
	err := k.d.Write(ctx, func(tx *db.Tx) error {
		all, err := k.get(ctx, tx)
		if err != nil {
			return err
		}
		old := all.Part(p.Name())
		if old.Set().Number != seen {
			return errOvertaken
		}
		var f faults
		for _, field := range keepSecrets(p, old) {
			f.unless(false, field, "channels.fault.secret_anew")
		}
		for _, field := range wanted(p) {
			f.unless(false, field, "channels.fault.needed")
		}
		p.check(&f)
		if err := f.Err(); err != nil {
			return err
		}
		return k.write(ctx, tx, by, requestID, at, p, old)
	})
	if db.Duplicate(err) {
		return errOvertaken
	}
	return err
}

var errOvertaken = fault.New(fault.Conflict, "channels.fault.overtaken")

// keepSecrets fills in what was left empty, and lists the secrets that have to be
// given anew. What leads nowhere any more keeps none, and whoever signs in nowhere
// has no password either.
func keepSecrets(p, old ChannelPart) (anew []string) {
	before := old.secrets()
	for i, s := range p.secrets() {
		switch held := *before[i].value; {
		case *s.value != "" || held == "" || s.leadsNowhere():
		case slices.Equal(s.to, before[i].to):
			*s.value = held
		default:
			anew = append(anew, s.field)
		}
	}
	if e, ok := p.(*Email); ok && e.User == "" {
		e.Password = ""
		return nil
	}
	if h, ok := p.(*Hook); ok && h.ReportKeyID == "" {
		h.ReportSecret = ""
	}
	return anew
}

// wanted lists what a part that is switched on lacks.
func wanted(p ChannelPart) []string {
	on := false
	switch p := p.(type) {
	case *Email:
		on = p.On
	case *Hook:
		on = p.On
	case *Aliyun:
		on = p.On
	case *WeChat:
		on = p.On
	}
	if !on {
		return nil
	}
	return p.Missing()
}

func (k *ChannelKeeper) write(ctx context.Context, tx *db.Tx, by audit.Actor, requestID string, at time.Time, p, old ChannelPart) error {
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	changed, err := differing(value, p, old)
	if err != nil || len(changed) == 0 {
		return err
	}
	p.set().Number, p.set().At = old.Set().Number+1, at
	sealed, err := k.close(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into channel_settings (part, version, value, sealed, changed, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7)`,
		string(p.Name()), p.set().Number, db.JSON(value), sealed, strings.Join(changed, " "), at, by.ID)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by, Action: "setting.channel", Subject: string(p.Name()), RequestID: requestID,
		Details: map[string]any{"version": p.set().Number, "fields": changed},
	})
}

// close seals a part's secrets, or returns nothing where it has none.
func (k *ChannelKeeper) close(p ChannelPart) ([]byte, error) {
	held := map[string]string{}
	for _, s := range p.secrets() {
		if *s.value != "" {
			held[s.field] = *s.value
		}
	}
	if len(held) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(held)
	if err != nil {
		return nil, err
	}
	return k.box.Seal(nil, nil, text, bound(p)), nil
}

// differing lists the fields that are not as they were, by name.
func differing(value []byte, p, old ChannelPart) (fields []string, err error) {
	before, err := json.Marshal(old)
	if err != nil {
		return nil, err
	}
	var was, is map[string]json.RawMessage
	if err := json.Unmarshal(before, &was); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(value, &is); err != nil {
		return nil, err
	}
	for field := range is {
		if !bytes.Equal(was[field], is[field]) {
			fields = append(fields, field)
		}
	}
	for field := range was {
		if _, still := is[field]; !still {
			fields = append(fields, field)
		}
	}
	then := old.secrets()
	for i, s := range p.secrets() {
		if *s.value != *then[i].value {
			fields = append(fields, s.field)
		}
	}
	slices.Sort(fields)
	return fields, nil
}

// Change is one version of a part as it came about.
type Change struct {
	Number int
	At     time.Time // UTC
	By     string    // name of the member of staff, or the id of who else did it
	Fields []string  // that it changed
}

// ChannelHistory returns the latest versions of a part, the newest first.
func (k *ChannelKeeper) ChannelHistory(ctx context.Context, part Part, most int) (all []Change, err error) {
	err = k.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Change
			var changed string
			if err := rows.Scan(&c.Number, &c.At, &c.By, &changed); err != nil {
				return err
			}
			c.Fields = strings.Fields(changed)
			all = append(all, c)
			return nil
		})
	}, `
		select s.version, s.set_at, coalesce(p.name, s.set_by), s.changed
		from channel_settings s left join staff p on p.id = s.set_by
		where s.part = $1 order by s.version desc limit $2`, string(part), most)
	if err != nil {
		return nil, fmt.Errorf("setting: the channels' history: %w", err)
	}
	return all, nil
}

// sorted goes through a map by its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
