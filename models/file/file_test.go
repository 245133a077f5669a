package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"
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
			f, err := Take(t.Context(), "IMG_1.jpg", photo(t, held, order))
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
	f, err := Take(t.Context(), "截图.png", raw)
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
	f, err := Take(t.Context(), `C:\Users\me\发票.exe`, raw)
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
		"a picture too large":        {bomb, ErrVast},
		"more bytes than are taken":  {make([]byte, MaxBytes+1), ErrLarge},
		"a text that is named photo": {[]byte("photo"), ErrKind},
	} {
		if _, err := Take(t.Context(), "photo.jpg", c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// claim is a PNG that says of itself how large it is, and holds nothing.
func claim(width, height int, depth, colours, interlaced byte) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}))
	raw := out.Bytes()
	binary.BigEndian.PutUint32(raw[16:], uint32(width))
	binary.BigEndian.PutUint32(raw[20:], uint32(height))
	raw[24], raw[25], raw[28] = depth, colours, interlaced
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

// frame is a JPEG that says of itself how large it is and how it samples its
// colours, and then holds so many scans of nothing.
func frame(marker byte, width, height, scans int, sampled ...byte) []byte {
	raw := []byte{0xff, 0xd8, 0xff, marker, 0, byte(8 + 3*len(sampled)), 8, byte(height >> 8), byte(height), byte(width >> 8), byte(width), byte(len(sampled))}
	for i, s := range sampled {
		raw = append(raw, byte(i+1), s, 0)
	}
	for range scans {
		raw = append(raw, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x2a, 0xff, 0, 0xff, 0xd0)
	}
	return append(raw, 0xff, 0xd9)
}

// adobe puts a segment in front that says that the colours are as they are.
func adobe(raw []byte) []byte {
	return bytes.Join([][]byte{raw[:2], {0xff, 0xee, 0, 14}, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"), raw[2:]}, nil)
}

func TestHowLargeAPictureMayBeDependsOnWhatItTakesToDraw(t *testing.T) {
	for range cap(drawing) { // so that nothing is drawn
		drawing <- struct{}{}
		defer func() { <-drawing }()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	const (
		baseline = 0xc0
		clearer  = 0xc2
	)
	full, quarter := []byte{0x11, 0x11, 0x11}, []byte{0x22, 0x11, 0x11}
	for name, c := range map[string]struct {
		content []byte
		vast    bool
	}{
		"a screen of today":                         {claim(1440, 3200, 8, 2, 0), false},
		"a PNG of 25 megapixels":                    {claim(5000, 5000, 8, 6, 0), false},
		"a PNG of 30 megapixels":                    {claim(6000, 5000, 8, 6, 0), true},
		"one with sixteen bits for each colour":     {claim(7071, 7071, 16, 6, 0), true},
		"a small one with sixteen bits":             {claim(4000, 3000, 16, 6, 0), false},
		"one of 25 megapixels that shows clearer":   {claim(5000, 5000, 8, 6, 1), true},
		"one of few colours, of 50 megapixels":      {claim(8192, 6144, 8, 3, 0), false},
		"a photo of 24 megapixels":                  {frame(baseline, 6000, 4000, 1, quarter...), false},
		"a photo of 50 megapixels":                  {frame(baseline, 8192, 6144, 1, quarter...), false},
		"one of 50 megapixels with all its colours": {frame(baseline, 8192, 6144, 1, full...), true},
		"one of 64 megapixels":                      {frame(baseline, 9248, 6944, 1, quarter...), true},
		"a black-and-white one of 50 megapixels":    {frame(baseline, 8192, 6144, 1, 0x11), false},
		"one of 12 megapixels that shows clearer":   {frame(clearer, 4032, 3024, 10, quarter...), false},
		"one of 24 megapixels that shows clearer":   {frame(clearer, 6000, 4000, 10, quarter...), true},
		"one for print of 12 megapixels":            {adobe(frame(baseline, 4032, 3024, 1, 0x11, 0x11, 0x11, 0x11)), false},
		"one for print of 24 megapixels":            {adobe(frame(baseline, 6000, 4000, 1, 0x11, 0x11, 0x11, 0x11)), true},
		"one of 24 megapixels without conversion":   {adobe(frame(baseline, 6000, 4000, 1, full...)), true},
		"a small one of a hundred scans":            {frame(clearer, 64, 64, 100, quarter...), false},
		"a small one of more scans":                 {frame(clearer, 64, 64, 101, quarter...), true},
	} {
		want := context.Canceled
		if c.vast {
			want = ErrVast
		}
		if _, err := Take(ctx, "x", c.content); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

func TestPicturesWaitTheirTurnAndPapersDoNot(t *testing.T) {
	for range cap(drawing) {
		drawing <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := Take(ctx, "x", photo(t, 1, binary.BigEndian)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while others are drawn: got %v, want to have waited", err)
	}
	if _, err := Take(ctx, "x", []byte("%PDF-1.4\n")); err != nil {
		t.Errorf("a paper: got %v", err)
	}
	taken := make(chan error)
	go func() {
		_, err := Take(t.Context(), "x", photo(t, 1, binary.BigEndian))
		taken <- err
	}()
	for range cap(drawing) {
		<-drawing
	}
	if err := <-taken; err != nil {
		t.Errorf("once the others are drawn: got %v", err)
	}
	if len(drawing) != 0 {
		t.Error("a place stays taken")
	}
}

func TestEveryKindOfPictureIsTurnedAlike(t *testing.T) {
	const w, h = 7, 5
	bounds := image.Rect(0, 0, w, h)
	gray, colours, others := image.NewGray(bounds), image.NewYCbCr(bounds, image.YCbCrSubsampleRatio444), image.NewCMYK(bounds)
	for i := range gray.Pix {
		gray.Pix[i], colours.Y[i], colours.Cb[i], colours.Cr[i] = 200, 200, 90, 160
	}
	gray.Pix[0], colours.Y[0] = 0, 0
	others.SetCMYK(0, 0, color.CMYK{K: 255})
	// Where the point at the top left lies once the picture is upright.
	corners := map[int]image.Point{1: {0, 0}, 2: {w - 1, 0}, 3: {w - 1, h - 1}, 4: {0, h - 1}, 5: {0, 0}, 6: {h - 1, 0}, 7: {h - 1, w - 1}, 8: {0, w - 1}}
	for held, corner := range corners {
		size := image.Pt(w, h)
		if held >= 5 {
			size = image.Pt(h, w)
		}
		for _, picture := range []image.Image{gray, colours, others} {
			got := upright(picture, held)
			if got.Bounds() != (image.Rectangle{Max: size}) {
				t.Errorf("%T held %d: got %v", picture, held, got.Bounds())
			}
			for y := range size.Y {
				for x := range size.X {
					shade := color.GrayModel.Convert(got.At(x, y)).(color.Gray).Y
					if dark := shade < 100; dark != (image.Pt(x, y) == corner) {
						t.Errorf("%T held %d: got %d at %d, %d", picture, held, shade, x, y)
					}
				}
			}
			if c, ok := got.(*image.YCbCr); ok && (slices.ContainsFunc(c.Cb, func(b byte) bool { return b != 90 }) || slices.ContainsFunc(c.Cr, func(b byte) bool { return b != 160 })) {
				t.Errorf("held %d: got colours %v, %v", held, c.Cb, c.Cr)
			}
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
		taken, err := Take(t.Context(), "x", content)
		if err != nil {
			return
		}
		if again, err := Take(t.Context(), "x", taken.Content); err != nil || again.Type != taken.Type {
			t.Errorf("what was kept is not taken again: %v", err)
		}
	})
}
