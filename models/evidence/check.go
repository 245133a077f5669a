package evidence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrNoPack says that a file is no pack, or one without a manifest.
var ErrNoPack = errors.New("it is not a pack of evidence")

// mostManifest is how long a manifest may be, in bytes.
const mostManifest = 64 << 20

// Check compares every file of a pack with its manifest. It returns the manifest,
// its own hash in hexadecimal, and what is wrong, a line each; ErrNoPack.
func Check(r io.ReaderAt, size int64) (m Manifest, hash string, wrong []string, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return m, "", nil, ErrNoPack
	}
	there := map[string]*zip.File{}
	for _, f := range z.File {
		if there[f.Name] != nil {
			wrong = append(wrong, f.Name+" is there twice")
		}
		there[f.Name] = f
	}
	if there[ManifestName] == nil {
		return m, "", nil, ErrNoPack
	}
	manifest, err := there[ManifestName].Open()
	if err != nil {
		return m, "", nil, ErrNoPack
	}
	body, err := io.ReadAll(io.LimitReader(manifest, mostManifest))
	if err != nil || json.Unmarshal(body, &m) != nil {
		return m, "", nil, ErrNoPack
	}
	sum := sha256.Sum256(body)
	delete(there, ManifestName)
	for _, listed := range m.Files {
		f := there[listed.Path]
		delete(there, listed.Path)
		if f == nil {
			wrong = append(wrong, listed.Path+" is missing")
			continue
		}
		if got, n, err := sumOf(f, listed.Bytes); err != nil || got != listed.SHA256 || n != listed.Bytes {
			wrong = append(wrong, listed.Path+" was changed")
		}
	}
	for _, f := range z.File {
		if there[f.Name] == f {
			wrong = append(wrong, f.Name+" is not in the manifest")
		}
	}
	return m, hex.EncodeToString(sum[:]), wrong, nil
}

// sumOf hashes a file, and no more of it than it may be long.
func sumOf(f *zip.File, bytes int64) (hash string, n int64, err error) {
	r, err := f.Open()
	if err != nil {
		return "", 0, err
	}
	sum := sha256.New()
	if n, err = io.Copy(sum, io.LimitReader(r, bytes+1)); err != nil {
		return "", n, fmt.Errorf("evidence: %s: %w", f.Name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), n, nil
}
