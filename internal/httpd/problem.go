package httpd

import (
	"errors"
	"fmt"

	"hadir/internal/attendance"
	"hadir/internal/problem"
	"hadir/internal/words"

	"github.com/gofiber/fiber/v2"
)

// Problem answers a request with a problem. If it is not finished yet, it gets the language of the request. A browser
// that opens a page gets the error page.
func Problem(c *fiber.Ctx, p *problem.Problem) error {
	if p.Type == "" {
		p.Finish(words.LanguageOf(c.Get(fiber.HeaderAcceptLanguage)), c.GetRespHeader(RequestIDHeader))
	}
	if wantsPage(c) {
		return sendErrorPage(c, p.Status)
	}
	if err := c.Status(p.Status).JSON(p); err != nil {
		return fmt.Errorf("answering a problem: %w", err)
	}
	c.Set(fiber.HeaderContentType, problem.MediaType)
	return nil
}

// Refuse answers with the problem of a code.
func Refuse(c *fiber.Ctx, code attendance.Code) error { return Problem(c, problem.New(code)) }

// onError turns errors that no handler answered into problems. Causes go to the log only.
func (s *Server) onError(c *fiber.Ctx, err error) error {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		switch fe.Code {
		case fiber.StatusNotFound:
			return Refuse(c, attendance.CodeNotFound)
		case fiber.StatusMethodNotAllowed:
			return Refuse(c, problem.CodeMethodNotAllowed)
		case fiber.StatusRequestEntityTooLarge:
			return Refuse(c, problem.CodeTooLarge)
		}
		if fe.Code < fiber.StatusInternalServerError {
			p := problem.New(problem.CodeBadRequest)
			p.Status = fe.Code
			return Problem(c, p)
		}
	}
	s.o.Log.ErrorContext(c.UserContext(), "request failed", "method", c.Method(), "path", s.path(c), "error", err)
	return Refuse(c, attendance.CodeInternal)
}
