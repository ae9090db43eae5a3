// libvips behind net/http, with imgproxy's defaults as its documentation gives them: quality 80,
// WebP 79 at effort 4, AVIF 63 at speed 8 (effort 1), no metadata, one thread an image.
// server ADDRESS FOLDER WORKERS answers GET /NAME?w=400&fm=webp&q=80
package main

import (
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/davidbyttow/govips/v2/vips"
)

func main() {
	vips.LoggingSettings(nil, vips.LogLevelError)
	vips.Startup(&vips.Config{ConcurrencyLevel: 1, MaxCacheSize: 0, MaxCacheMem: 0, MaxCacheFiles: 0})
	workers, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	free := make(chan struct{}, workers)
	http.HandleFunc("/", func(answer http.ResponseWriter, asked *http.Request) {
		free <- struct{}{}
		defer func() { <-free }()
		body, kind, err := render(filepath.Join(os.Args[2], filepath.Base(asked.URL.Path)), asked)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		answer.Header().Set("Content-Type", kind)
		answer.Header().Set("Content-Length", strconv.Itoa(len(body)))
		answer.Write(body)
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}

func render(file string, asked *http.Request) (body []byte, kind string, err error) {
	original, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	width, err := strconv.Atoi(asked.FormValue("w"))
	if err != nil {
		return nil, "", err
	}
	image, err := vips.NewThumbnailWithSizeFromBuffer(original, width, 10000, vips.InterestingNone, vips.SizeDown)
	if err != nil {
		return nil, "", err
	}
	defer image.Close()
	if err = image.TransformICCProfile(vips.SRGBIEC6196621ICCProfilePath); err != nil {
		return nil, "", err
	}
	// sRGB needs no profile, and none of the others sends one
	if err = image.RemoveICCProfile(); err != nil {
		return nil, "", err
	}
	// WebP keeps it even where it is to be stripped
	if err = image.RemoveMetadata(); err != nil {
		return nil, "", err
	}
	quality := func(usual int) int {
		if given, err := strconv.Atoi(asked.FormValue("q")); err == nil {
			return given
		}
		return usual
	}
	switch asked.FormValue("fm") {
	case "webp":
		body, _, err = image.ExportWebp(&vips.WebpExportParams{StripMetadata: true, Quality: quality(79), ReductionEffort: 4})
		return body, "image/webp", err
	case "avif":
		body, _, err = image.ExportAvif(&vips.AvifExportParams{StripMetadata: true, Quality: quality(63), Effort: 1, Bitdepth: 8})
		return body, "image/avif", err
	}
	body, _, err = image.ExportJpeg(&vips.JpegExportParams{StripMetadata: true, Quality: quality(80), OptimizeCoding: true})
	return body, "image/jpeg", err
}
