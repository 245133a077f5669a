package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/payment"
	"github.com/mingbai/mingbai/web/sms"
)

// config is all that the environment may say. What is left out has a value that
// serves one machine; what is wrong is named, all of it at once, at the start.
type config struct {
	Database   string `env:"DATABASE" envDefault:"sqlite:mingbai.db"` // postgres://… or sqlite:FILE
	DirectURL  string `env:"DATABASE_DIRECT"`                         // PostgreSQL past a pooler, for migrations and jobs
	MaxConns   int    `env:"DATABASE_CONNS"`                          // 0: four for two processors
	Listen     string `env:"LISTEN" envDefault:"127.0.0.1:8080"`
	Operations string `env:"OPERATIONS_LISTEN" envDefault:"127.0.0.1:9090"` // /metrics, /healthz and /readyz; empty: none
	URL        string `env:"URL" envDefault:"http://localhost:8080"`        // where readers reach the portal

	Secret   string        `env:"SECRET"`          // at least 32 characters; codes and cookies are signed with what is derived from it
	Proxies  []network     `env:"TRUSTED_PROXIES"` // networks whose X-Forwarded-For counts
	Upload   int64         `env:"UPLOAD_BYTES" envDefault:"33554432"`
	Drain    time.Duration `env:"DRAIN" envDefault:"5s"`
	LogLevel slog.Level    `env:"LOG_LEVEL" envDefault:"info"`
	Jobs     bool          `env:"JOBS" envDefault:"true"` // serve works the jobs too; false leaves them to mingbai worker

	// Where the heads of the sealed record are kept outside the database.
	HeadFile        string `env:"AUDIT_HEAD_FILE"`         // empty: beside the database, where that is a file
	HeadStore       string `env:"AUDIT_HEAD_STORE"`        // and in an object store besides: https://HOST/BUCKET
	HeadStoreRegion string `env:"AUDIT_HEAD_STORE_REGION"` //
	HeadStoreKeyID  string `env:"AUDIT_HEAD_STORE_KEY_ID"` //
	HeadStoreSecret string `env:"AUDIT_HEAD_STORE_SECRET"` //
	HeadURL         string `env:"AUDIT_HEAD_URL"`          // and sent to an address besides
	HeadURLSecret   string `env:"AUDIT_HEAD_URL_SECRET"`   // at least 32 characters; signs what is sent there

	// Numbers that strangers give, or merchants for colleagues and recipients, get
	// text messages, each of which costs.
	PhoneRegions   []string `env:"PHONE_REGIONS" envDefault:"CN"`     // regions whose numbers are taken, by their ISO 3166 codes
	NewNumberTexts int      `env:"NEW_NUMBER_TEXTS" envDefault:"300"` // an hour to such numbers: by all strangers, and by all merchants

	SMS   smsConfig   `envPrefix:"SMS_"`
	TopUp topUpConfig `envPrefix:"TOP_UP_"`

	// Networks of the acquirer's own to which events may be sent, without TLS too.
	// Elsewhere they go to public addresses alone.
	WebhookNetworks []network `env:"WEBHOOK_NETWORKS"`

	Files       string `env:"FILES"` // where merchants' files lie: a folder, or https://HOST/BUCKET of an object store; empty: beside the database
	FilesRegion string `env:"FILES_REGION"`
	FilesKeyID  string `env:"FILES_KEY_ID"`
	FilesSecret string `env:"FILES_SECRET"`
}

// smsConfig is the acquirer's own SMS gateway. Without an address no code can be
// sent, and merchants sign in by password alone.
type smsConfig struct {
	URL    string `env:"URL"`
	KeyID  string `env:"KEY_ID"`
	Secret string `env:"SECRET"`
}

// topUpConfig is the acquirer's own page on which SIMs are topped up. Without an
// address merchants are told whom to ask.
type topUpConfig struct {
	URL    string `env:"URL"`
	KeyID  string `env:"KEY_ID"`
	Secret string `env:"SECRET"` // both sides sign with it
}

// page returns the payment page, or nil where there is none.
func (c topUpConfig) page() *payment.Page {
	if c.URL == "" {
		return nil
	}
	return &payment.Page{URL: c.URL, Key: sms.Key{Name: c.KeyID, Secret: []byte(c.Secret)}}
}

const envPrefix = "MINGBAI_"

// readConfig reads the environment, or a list of NAME=value in its place, and
// says all that is wrong with it.
func readConfig(environ map[string]string) (config, error) {
	var c config
	faults := []error{}
	options := env.Options{Prefix: envPrefix, Environment: environ}
	if err := env.ParseWithOptions(&c, options); err != nil {
		all := env.AggregateError{Errors: []error{err}}
		_ = errors.As(err, &all) // otherwise there is the one
		for _, fault := range all.Errors {
			faults = append(faults, named(fault))
		}
	}
	faults = append(faults, c.faults()...)
	if len(faults) > 0 {
		return c, fmt.Errorf("the configuration is wrong:\n%w", errors.Join(faults...))
	}
	return c, nil
}

// named says of a value that can't be read which variable it stands in; the
// parser knows only the field.
func named(err error) error {
	unread, ok := errors.AsType[env.ParseError](err)
	if !ok {
		return err
	}
	field, ok := reflect.TypeFor[config]().FieldByName(unread.Name)
	if !ok {
		return err
	}
	return fmt.Errorf("  "+envPrefix+"%s can't be read: %w", field.Tag.Get("env"), unread.Err)
}

// unread returns the variables of an environment that look like the program's own
// and are none, mostly a slip in a name. What Kubernetes sets for a service of the
// program's name (MINGBAI_SERVICE_HOST, MINGBAI_PORT_8080_TCP) is none either, and
// no slip.
func unread(environ []string) (names []string) {
	known, err := env.GetFieldParamsWithOptions(&config{}, env.Options{Prefix: envPrefix})
	if err != nil {
		return nil
	}
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		own := strings.HasPrefix(name, envPrefix) && !strings.HasPrefix(name, envPrefix+"SERVICE_") && !strings.HasPrefix(name, envPrefix+"PORT")
		if own && !slices.ContainsFunc(known, func(p env.FieldParams) bool { return p.Key == name }) {
			names = append(names, name)
		}
	}
	return names
}

func (c config) faults() (faults []error) {
	wrong := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("  "+envPrefix+name+" "+format, args...))
	}
	if !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") && !strings.HasPrefix(c.Database, "sqlite:") {
		wrong("DATABASE", "must begin with postgres:// or sqlite:")
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		wrong("URL", "must be the address at which readers reach the portal, such as https://mingbai.example.com, without a path")
	}
	for _, l := range []struct{ name, address string }{{"LISTEN", c.Listen}, {"OPERATIONS_LISTEN", c.Operations}} {
		if _, _, err := net.SplitHostPort(l.address); err != nil && l.address != "" {
			wrong(l.name, "must be an address with its port, such as 127.0.0.1:8080, or :8080 for every address of this machine")
		}
	}
	if c.MaxConns < 0 {
		wrong("DATABASE_CONNS", "must not be below 0")
	}
	if c.Drain < 0 {
		wrong("DRAIN", "must not be below 0")
	}
	if c.Secret != "" && len(c.Secret) < 32 {
		wrong("SECRET", "must have at least 32 characters, such as openssl rand -hex 32 prints")
	}
	if c.SMS.URL != "" && delivery.CheckAddress(c.SMS.URL) != nil {
		wrong("SMS_URL", "must be an https address, such as https://sms.example.com/send")
	}
	if c.SMS.URL != "" && (c.SMS.KeyID == "" || len(c.SMS.Secret) < 32) {
		wrong("SMS_KEY_ID", "and "+envPrefix+"SMS_SECRET (at least 32 characters) must be set with "+envPrefix+"SMS_URL")
	}
	if b, ok := c.bucket(); ok && (b.Endpoint == "" || b.Name == "" || strings.Contains(b.Name, "/")) {
		wrong("FILES", "must be a folder, or an object store's address with the bucket, such as https://s3.example.com/mingbai")
	} else if ok && (b.KeyID == "" || b.Secret == "") {
		wrong("FILES_KEY_ID", "and "+envPrefix+"FILES_SECRET must be set where "+envPrefix+"FILES is an object store")
	}
	if b, ok := bucketAt(c.HeadStore); c.HeadStore != "" && (!ok || b.Endpoint == "" || b.Name == "" || strings.Contains(b.Name, "/") || c.HeadStoreKeyID == "" || c.HeadStoreSecret == "") {
		wrong("AUDIT_HEAD_STORE", "must be an object store's address with the bucket, such as https://s3.example.com/heads, with "+envPrefix+"AUDIT_HEAD_STORE_KEY_ID and "+envPrefix+"AUDIT_HEAD_STORE_SECRET")
	}
	if c.HeadURL != "" && (delivery.CheckAddress(c.HeadURL) != nil || len(c.HeadURLSecret) < 32) {
		wrong("AUDIT_HEAD_URL", "must be an https address, with "+envPrefix+"AUDIT_HEAD_URL_SECRET of at least 32 characters")
	}
	if c.TopUp.URL != "" && delivery.CheckAddress(c.TopUp.URL) != nil {
		wrong("TOP_UP_URL", "must be an https address, such as https://pay.example.com/sim")
	}
	if c.TopUp.URL != "" && (c.TopUp.KeyID == "" || len(c.TopUp.Secret) < 32) {
		wrong("TOP_UP_KEY_ID", "and "+envPrefix+"TOP_UP_SECRET (at least 32 characters) must be set with "+envPrefix+"TOP_UP_URL")
	}
	for _, region := range c.PhoneRegions {
		if !account.KnownRegion(region) {
			wrong("PHONE_REGIONS", "names %q: it must list regions by their codes of two capital letters, such as CN,HK", region)
		}
	}
	if c.NewNumberTexts < 1 {
		wrong("NEW_NUMBER_TEXTS", "must be at least 1")
	}
	if c.Upload < 1<<10 {
		wrong("UPLOAD_BYTES", "must be at least 1024")
	}
	return faults
}

// given returns to which numbers that somebody gives text messages go.
func (c config) given() account.GivenNumbers {
	return account.GivenNumbers{Regions: c.PhoneRegions, AnHour: c.NewNumberTexts}
}

// secure reports whether readers reach the portal over TLS.
func (c config) secure() bool { return strings.HasPrefix(c.URL, "https://") }
