package main

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/mingbai/mingbai/models/file"
)

// bucket returns the object store that merchants' files lie in, and false where
// they lie in a folder.
func (c config) bucket() (file.Bucket, bool) {
	plain := strings.HasPrefix(c.Files, "http://")
	if !plain && !strings.HasPrefix(c.Files, "https://") {
		return file.Bucket{}, false
	}
	b := file.Bucket{Region: c.FilesRegion, KeyID: c.FilesKeyID, Secret: c.FilesSecret, Plain: plain}
	if at, err := url.Parse(c.Files); err == nil {
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
	if name, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		return strings.TrimSuffix(name, filepath.Ext(name)) + "-files"
	}
	return "mingbai-files"
}

// openFiles opens what merchants' files lie in.
func openFiles(c config) (file.Store, error) {
	if b, ok := c.bucket(); ok {
		return file.OpenS3(b)
	}
	return file.OpenFolder(c.filesFolder())
}
