package testkit

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience is how long a test waits for what it expects. It is no measure of anything: the machine may be as busy as it
// likes, and only what never comes fails a test.
const Patience = 10 * time.Minute

var chromium Once[context.Context]

// Chromium returns the context of a tab in a profile of its own: nothing of another test's cookies, storage or service
// workers is seen in it. All tests of the process share one headless browser, which ends with the process. chromedp
// actions run in the context, and chromedp.NewContext of it opens further tabs of the same profile.
func Chromium(t testing.TB) context.Context {
	t.Helper()
	// The headless shell draws no window of its own for each profile, which takes half of the processor.
	path := Program(t, "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
	browser, err := chromium.Get(func() (context.Context, error) { return startChromium(path) })
	if err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	return ctx
}

func startChromium(path string) (context.Context, error) {
	profile, err := os.MkdirTemp("", "hadir-chromium-")
	if err != nil {
		return nil, err
	}
	removeWithParent(profile)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		// A tab that another test's tab lies over goes on as if it were seen.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("lang", "id"), chromedp.Flag("accept-lang", "id-ID,id"), // as most who use the program have it
		chromedp.WSURLReadTimeout(Patience),
		chromedp.WindowSize(1280, 900),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	return ctx, chromedp.Do(ctx)
}
