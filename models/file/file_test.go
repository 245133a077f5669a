package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// photo is a JPEG whose left half is black, with a secret in its metadata, held
// as Exif counts it.
func photo(t *testing.T, held int, order binary.ByteOrder) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for y := range 32 {
		for x := range 64 {
			shade := color.Gray{255}
			if x < 32 {
				shade = color.Gray{0}
			}
			picture.Set(x, y, shade)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00\x2a")
	if order == binary.LittleEndian {
		tiff = []byte("II\x2a\x00")
	}
	put := func(size int, value uint32) {
		b := make([]byte, 4)
		if size == 2 {
			order.PutUint16(b, uint16(value))
		} else {
			order.PutUint32(b, value)
		}
		tiff = append(tiff, b[:size]...)
	}
	put(4, 8)
	put(2, 1)
	put(2, 0x0112)
	put(2, 3)
	put(4, 1)
	put(2, uint32(held))
	put(2, 0)
	exif := append([]byte("Exif\x00\x00"), append(tiff, "GPS 31.2304N secret"...)...)
	segment := append([]byte{0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return bytes.Join([][]byte{out.Bytes()[:2], segment, exif, out.Bytes()[2:]}, nil)
}

func TestAPictureIsKeptUprightAndWithoutWhereItWasTaken(t *testing.T) {
	// Where the dark half lies once the picture is upright.
	dark := map[int]image.Point{
		1: {8, 16}, 2: {56, 16}, 3: {56, 16}, 4: {8, 16}, 5: {16, 8}, 6: {16, 8}, 7: {16, 56}, 8: {16, 56},
	}
	for held, at := range dark {
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			f, err := Take("IMG_1.jpg", photo(t, held, order))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(f.Content, []byte("secret")) || bytes.Contains(f.Content, []byte("Exif")) {
				t.Errorf("held %d: the metadata is still there", held)
			}
			picture, err := jpeg.Decode(bytes.NewReader(f.Content))
			if err != nil {
				t.Fatal(err)
			}
			b := picture.Bounds()
			if onItsSide := held >= 5; onItsSide != (b.Dy() == 64) {
				t.Errorf("held %d: got %v", held, b)
			}
			shade := color.GrayModel.Convert(picture.At(at.X, at.Y)).(color.Gray).Y
			other := color.GrayModel.Convert(picture.At(b.Dx()-1-at.X, b.Dy()-1-at.Y)).(color.Gray).Y
			if shade > 40 || other < 215 {
				t.Errorf("held %d: got %d at the dark side and %d at the other", held, shade, other)
			}
		}
	}
}

func TestAPNGLosesItsTextsAndKeepsItsPoints(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	picture.SetNRGBA(2, 1, color.NRGBA{10, 20, 30, 128})
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	text := append([]byte("tEXt"), "Comment\x00secret"...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	chunk = append(chunk, text...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(text))
	const header = 8 + 25 // the signature and the first chunk
	raw := bytes.Join([][]byte{out.Bytes()[:header], chunk, out.Bytes()[header:]}, nil)
	f, err := Take("截图.png", raw)
	if err != nil || f.Name != "截图.png" || f.Type != PNG {
		t.Fatalf("got %q of %q, %v", f.Name, f.Type, err)
	}
	if bytes.Contains(f.Content, []byte("secret")) {
		t.Error("the text is still there")
	}
	kept, err := png.Decode(bytes.NewReader(f.Content))
	if err != nil || color.NRGBAModel.Convert(kept.At(2, 1)) != (color.NRGBA{10, 20, 30, 128}) {
		t.Errorf("got %v, %v", kept.At(2, 1), err)
	}
	if f.Sum == f.Original {
		t.Error("what was kept has the sum of what came")
	}
}

func TestAPaperIsKeptAsItCame(t *testing.T) {
	raw := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n")
	f, err := Take(`C:\Users\me\发票.exe`, raw)
	if err != nil || f.Type != PDF || !bytes.Equal(f.Content, raw) || f.Name != "发票.pdf" || f.Sum != f.Original {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestWhatAFileIsSaysItsContent(t *testing.T) {
	bomb := func() []byte { // a picture of 60,000 by 60,000 points in a few bytes
		var out bytes.Buffer
		_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 1, 1)))
		raw := out.Bytes()
		binary.BigEndian.PutUint32(raw[16:], 60000)
		binary.BigEndian.PutUint32(raw[20:], 60000)
		binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
		return raw
	}()
	whole := photo(t, 1, binary.BigEndian)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"nothing":                    {nil, ErrEmpty},
		"a page":                     {[]byte("<!doctype html><script>alert(1)</script>"), ErrKind},
		"a drawing with script":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ErrKind},
		"a moving picture":           {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrKind},
		"an archive":                 {[]byte("PK\x03\x04rest"), ErrKind},
		"a picture cut off":          {whole[:len(whole)/2], ErrDamaged},
		"a picture too large":        {bomb, ErrLarge},
		"more bytes than are taken":  {make([]byte, MaxBytes+1), ErrLarge},
		"a text that is named photo": {[]byte("photo"), ErrKind},
	} {
		if _, err := Take("photo.jpg", c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestANameIsSafeToShowAndToSaveUnder(t *testing.T) {
	for name, want := range map[string]string{
		"": "file.pdf", "..": "file.pdf", "../../etc/passwd": "passwd.pdf", "a\x00b\r\n.pdf": "ab.pdf", `"x"<y>.pdf`: "xy.pdf",
		"\u202egpj.pdf": "gpj.pdf", ".htaccess": "file.pdf", strings.Repeat("票", 200) + ".pdf": strings.Repeat("票", 33) + ".pdf",
	} {
		if got := nameOf(name, PDF); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func FuzzTakeNeverPanicsAndKeepsOnlyWhatItCanRead(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("%PDF-1.7"))
	f.Fuzz(func(t *testing.T, content []byte) {
		taken, err := Take("x", content)
		if err != nil {
			return
		}
		if again, err := Take("x", taken.Content); err != nil || again.Type != taken.Type {
			t.Errorf("what was kept is not taken again: %v", err)
		}
	})
}
