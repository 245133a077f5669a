package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/file"
)

// headFile is the file that the heads of the sealed record are added to.
func (c config) headFile() string { return cmp.Or(c.HeadFile, c.beside("-heads.txt")) }

// anchors are where the heads of the sealed record are kept outside the database.
func (c config) anchors() ([]anchor.Place, error) {
	places := []anchor.Place{anchor.File{Path: c.headFile()}}
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
