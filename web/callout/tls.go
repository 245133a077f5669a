package callout

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// isTLS reports whether a line could not be made private.
func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &certificate) || errors.As(err, &header) || errors.As(err, &alert) || errors.As(err, &authority) || errors.As(err, &host)
}
