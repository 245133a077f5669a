package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Bucket is where an object store keeps contents. The store must not be open to
// the public, and should encrypt what it keeps.
type Bucket struct {
	Endpoint string // host and, where it is not the usual one, port
	Region   string // empty: found out
	Name     string
	KeyID    string
	Secret   string
	Plain    bool // without TLS: for a store on this machine
}

// S3 is a store in a bucket of any object store that speaks Amazon's S3 protocol.
type S3 struct {
	client *minio.Client
	bucket string
}

// OpenS3 returns a store in the bucket, which must be there. It asks nothing of
// the object store yet.
func OpenS3(b Bucket) (*S3, error) {
	client, err := minio.New(b.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(b.KeyID, b.Secret, ""), Secure: !b.Plain, Region: b.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("file: the object store: %w", err)
	}
	return &S3{client: client, bucket: b.Name}, nil
}

// Put keeps a content.
func (s *S3) Put(ctx context.Context, key string, content []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := s.client.PutObject(ctx, s.bucket, place(key), bytes.NewReader(content), int64(len(content)), minio.PutObjectOptions{
		ContentType: "application/octet-stream", // should the store ever hand it out by itself, no browser draws it
	})
	if err != nil {
		return fmt.Errorf("file: the object store: %w", err)
	}
	return nil
}

// Get reads a content.
func (s *S3) Get(ctx context.Context, key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, place(key), minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("file: the object store: %w", err)
	}
	defer func() { _ = object.Close() }() // it was only read
	content, err := io.ReadAll(object)
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("file: the object store: %w", err)
	}
	return content, nil
}

// Remove forgets a content.
func (s *S3) Remove(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, place(key), minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("file: the object store: %w", err)
	}
	return nil
}
