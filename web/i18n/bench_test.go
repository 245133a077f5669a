package i18n

import (
	"io/fs"
	"testing"
)

func BenchmarkLoadingTheCatalogues(b *testing.B) {
	sub, err := fs.Sub(embedded, "locales")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Load(sub); err != nil {
			b.Fatal(err)
		}
	}
}
