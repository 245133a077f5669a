package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/file"
)

// headFile is the file that the heads of the sealed record are added to.
func (c config) headFile() string { return cmp.Or(c.HeadFile, c.beside("-heads.txt")) }

// onServer reports whether the database is one that programs in several folders,
// and on several machines, work on: nothing lies beside it.
func (c config) onServer() bool { return !strings.HasPrefix(c.Database, "sqlite:") }

// headFaults says that a place for the heads is to be named where none follows
// from where the database is: each program would else keep a part of them in its
// own folder.
func (c config) headFaults() []error {
	if !c.onServer() || c.HeadFile != "" || c.HeadStore != "" {
		return nil
	}
	return []error{errors.New("  " + envPrefix + "AUDIT_HEAD_FILE must be set on PostgreSQL: the one file that all servers and workers add the heads of the sealed record to, best on another machine; or " + envPrefix + "AUDIT_HEAD_STORE")}
}

// needs refuses a configuration in which something is missing that only some
// commands need.
func needs(faults ...error) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("the configuration is wrong:\n%w", errors.Join(faults...))
}

// names are the names of places.
func names(places []anchor.Place) (all []string) {
	for _, p := range places {
		all = append(all, p.Name())
	}
	return all
}

// anchors are where the heads of the sealed record are kept outside the database.
func (c config) anchors() ([]anchor.Place, error) {
	var places []anchor.Place
	if !c.onServer() || c.HeadFile != "" {
		places = append(places, anchor.File{Path: c.headFile()})
	}
	if b, ok := bucketAt(c.HeadStore); ok {
		b.Region, b.KeyID, b.Secret = c.HeadStoreRegion, c.HeadStoreKeyID, c.HeadStoreSecret
		files, err := file.OpenS3(b)
		if err != nil {
			return nil, err
		}
		places = append(places, anchor.Store{Files: files, Where: strings.Join([]string{b.Endpoint, b.Name}, "/")})
	}
	if c.HeadURL != "" {
		post, err := anchor.NewPost(c.HeadURL, []byte(c.HeadURLSecret), time.Now)
		if err != nil {
			return nil, err
		}
		places = append(places, post)
	}
	return places, nil
}
