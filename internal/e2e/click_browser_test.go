package e2e

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// clickable clicks the first element of a selector as soon as a person could: it is shown, enabled, and nothing covers
// its middle. Looking and clicking are one turn of the page, in which nothing moves. A mouse that is sent to where an
// element was measured a moment ago misses it now and then on a busy machine.
const clickable = `((e) => {
	if (!e?.checkVisibility({ visibilityProperty: true }) || e.disabled) return false;
	const reached = () => {
		const { x, y, width, height } = e.getClientRects()[0] ?? new DOMRect();
		const hit = document.elementFromPoint(x + width / 2, y + height / 2);
		return hit && (e.contains(hit) || hit.closest("label")?.control === e);
	};
	if (!reached()) e.scrollIntoView({ block: "center", inline: "center" });
	if (!reached()) return false;
	e.focus({ preventScroll: true });
	e.click();
	return true;
})(document.querySelector(%q))`

// click waits until an element can be clicked and clicks it.
func click(at chromedp.CSS) chromedp.Action[chromedp.Void] {
	asPerson := func(p *runtime.EvaluateParams) {
		gesture := true
		p.UserGesture = &gesture // lets the page use the clipboard
	}
	look := chromedp.Evaluate[bool](fmt.Sprintf(clickable, at), asPerson)
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		var last error // may come from a page that leaves at this moment; another one follows
		for range looks(ctx) {
			clicked, err := look(ctx, t)
			if clicked {
				return nil
			}
			last = err
		}
		return fmt.Errorf("%s cannot be clicked: %w (last: %w)", at, ctx.Err(), last)
	})
}
