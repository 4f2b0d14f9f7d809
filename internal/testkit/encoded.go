package testkit

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// RefusesEncodedBodies posts a megabyte of nothing, compressed to a thousandth of it, and expects 415 whichever coding
// the head names: whoever unpacks it before looking at its size can be made to unpack gigabytes.
func RefusesEncodedBodies(t testing.TB, url string) {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, codings := range [][]string{{"gzip"}, {"GZIP"}, {"gzip, gzip"}, {"br"}, {"deflate"}, {"zstd"},
		{"identity, gzip"}, {"identity", "gzip"}, {"", "gzip"}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(packed.Bytes()))
		require.NoError(t, err)
		req.Header["Content-Encoding"] = codings
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err, codings)
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err, codings)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusUnsupportedMediaType, resp.StatusCode, "%q %s", codings, answer)
		require.Contains(t, string(answer), `"unsupported_media"`)
		require.Equal(t, "identity", resp.Header.Get("Accept-Encoding"))
	}
}
