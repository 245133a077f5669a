// Package evidence makes packs that prove something outside of the portal: every
// fact in a file of its own, each file's hash in a manifest, and the manifest's
// hash in the record. The same facts give the same files, byte by byte.
package evidence

import (
	"io"
	"time"
)

// File is a file of a pack.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Text is a file of a pack that is there already.
func Text(name string, body []byte) File {
	return File{name, func(w io.Writer) error { _, err := w.Write(body); return err }}
}

// The files that every pack ends with.
const (
	SumsName     = "SHA256SUMS"    // hashes as sha256sum reads them, of all files but itself and the manifest
	ManifestName = "manifest.json" // what the pack is about, and hash and length of every file but itself
)

// Listed is a file in a manifest.
type Listed struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // in hexadecimal
	Bytes  int64  `json:"bytes"`
}

// Manifest says what a pack is about and what is in it.
type Manifest struct {
	Pack        string   `json:"pack"` // what sort of pack
	Format      int      `json:"format"`
	Slug        string   `json:"slug,omitempty"` // of a disclosure, as are the next two
	Version     int      `json:"version,omitempty"`
	ContentHash string   `json:"content_hash,omitempty"` // as everybody reads it on the version's page
	About       *About   `json:"about,omitempty"`        // of any other
	Files       []Listed `json:"files"`
}

// About is what a pack is about that is not a disclosure's.
type About struct {
	Kind      string    `json:"kind"`
	Subject   string    `json:"subject"`
	Merchant  string    `json:"merchant"` // reference
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	At        time.Time `json:"taken_at"`
	AuditHead string    `json:"audit_head"` // of the record's chain when the pack was taken
}

// Export is a pack that was handed out.
type Export struct {
	ID           string
	Subject      string
	ManifestHash string // SHA-256 of ManifestName, in hexadecimal
	Files        int
	Bytes        int64 // of the archive
	By           string
	At           time.Time // UTC
}
