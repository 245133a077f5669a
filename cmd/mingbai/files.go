package main

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/mingbai/mingbai/models/file"
)

// bucket returns the object store that merchants' files lie in, and false where
// they lie in a folder.
func (c config) bucket() (file.Bucket, bool) {
	b, ok := bucketAt(c.Files)
	b.Region, b.KeyID, b.Secret = c.FilesRegion, c.FilesKeyID, c.FilesSecret
	return b, ok
}

// bucketAt returns the bucket that an address names, and false where it is none.
func bucketAt(address string) (file.Bucket, bool) {
	plain := strings.HasPrefix(address, "http://")
	if !plain && !strings.HasPrefix(address, "https://") {
		return file.Bucket{}, false
	}
	b := file.Bucket{Plain: plain}
	if at, err := url.Parse(address); err == nil {
		b.Endpoint, b.Name = at.Host, strings.Trim(at.Path, "/")
	}
	return b, true
}

// filesFolder is the folder that merchants' files lie in, unless they lie in an
// object store.
func (c config) filesFolder() string {
	if c.Files != "" {
		return c.Files
	}
	return c.beside("-files")
}

// fileFaults says that a place for files is to be named where none follows from
// where the database is: each program would else keep them in its own folder.
func (c config) fileFaults() []error {
	if !c.onServer() || c.Files != "" {
		return nil
	}
	return []error{errors.New("  " + envPrefix + "FILES must be set on PostgreSQL: the folder or the object store in which all servers and workers keep the files of merchants")}
}

// beside names what lies beside the database where nothing else is said.
func (c config) beside(suffix string) string {
	if name, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		return strings.TrimSuffix(name, filepath.Ext(name)) + suffix
	}
	return "mingbai" + suffix
}

// openFiles opens what merchants' files lie in.
func openFiles(c config) (file.Store, error) {
	if b, ok := c.bucket(); ok {
		return file.OpenS3(b)
	}
	return file.OpenFolder(c.filesFolder())
}
