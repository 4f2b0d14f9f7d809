package api

import (
	"testing"

	"hadir/web"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

// A browser runs no script and applies no style that comes as anything else, so that the build makes no file whose
// media type is not known.
func TestWhatTheBuildMakesHasItsMediaType(t *testing.T) {
	t.Parallel()
	static, err := web.Dist()
	require.NoError(t, err)
	p, err := loadPages(static)
	require.NoError(t, err)
	for name, f := range p.files {
		require.NotEqual(t, fiber.MIMEOctetStream, f.mediaType, name)
	}
	require.Equal(t, "text/javascript; charset=utf-8", mediaTypeOf(".js"))
	require.Equal(t, "text/html; charset=utf-8", mediaTypeOf(".html"))
	require.Equal(t, fiber.MIMEOctetStream, mediaTypeOf(""))
}
