package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
)

// compressed packs what is read over the API. The answers to changes are short, and files are streams that are packed
// already or flow as they are made.
func compressed() fiber.Handler {
	return compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: func(c *fiber.Ctx) bool {
		return c.Method() != fiber.MethodGet || strings.HasSuffix(c.Path(), "/file") ||
			strings.HasSuffix(c.Path(), ".csv")
	}})
}
