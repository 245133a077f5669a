package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// counting hashes and counts what passes through it.
type counting struct {
	to io.Writer
	n  int64
}

// Write passes on.
func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// Archive writes files into a ZIP as they come. What it keeps of each is its
// line in the manifest.
type Archive struct {
	zip  *zip.Writer
	at   time.Time // that every file bears
	out  counting
	list []Listed
}

// NewArchive begins an archive whose files all bear the moment.
func NewArchive(to io.Writer, at time.Time) *Archive {
	a := &Archive{at: at.UTC(), out: counting{to: to}}
	a.zip = zip.NewWriter(&a.out)
	return a
}

// Add writes a file.
func (a *Archive) Add(f File) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: a.at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	body := counting{to: io.MultiWriter(w, sum)}
	if err := f.Write(&body); err != nil {
		return fmt.Errorf("evidence: %s: %w", f.Name, err)
	}
	a.list = append(a.list, Listed{f.Name, hex.EncodeToString(sum.Sum(nil)), body.n})
	return nil
}

// Finish adds the hashes and the manifest, and returns the manifest's own hash.
func (a *Archive) Finish(m Manifest) (hash string, err error) {
	var sums bytes.Buffer
	for _, f := range a.list {
		fmt.Fprintf(&sums, "%s  %s\n", f.SHA256, f.Path)
	}
	if err := a.Add(Text(SumsName, sums.Bytes())); err != nil {
		return "", err
	}
	m.Files = a.list
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	if err := a.Add(Text(ManifestName, append(body, '\n'))); err != nil {
		return "", err
	}
	return a.list[len(a.list)-1].SHA256, a.zip.Close()
}

// Files returns how many files were written.
func (a *Archive) Files() int { return len(a.list) }

// Bytes returns how long the archive is so far.
func (a *Archive) Bytes() int64 { return a.out.n }
