package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two people punch with the device of a third. An admin sees on the dashboard that two punches wait, looks at one and
// accepts it, while somebody else who looks at the same is told; the other one is refused by its tick on a phone, and
// is struck out.
func TestPunchesAreLookedAt(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 3)
	people := s.people(es)
	admin, other := open(t, "decides", s.apis[0], 1280, 900), open(t, "late", s.apis[1], 360, 800)
	admin.signIn(s.admin.user.Login, "/dasbor")
	admin.until(live)
	punch := func(p person) {
		body := map[string]any{"device_id": "6f1b0a52-7d0e-4a4b-9f43-0f3a2f5f9c11"}
		_, err := call(t.Context(), http.MethodPost, s.apis[1]+"/api/attendances/check-in", p.token, nil, body, nil)
		require.NoError(t, err)
	}
	for _, p := range people {
		punch(p)
	}
	admin.until(shown("to-do-ditinjau", "2"))
	admin.shoot("dashboard")
	admin.press(`a:has([data-test="to-do-ditinjau"])`)
	admin.until(`location.pathname === "/ditinjau"`)
	admin.until(count("review", 2))
	admin.until(`[...document.querySelectorAll('[data-test="reasons"]')].every((e) =>
		e.innerText === "Perangkat dipakai bersama")`)
	admin.shoot("list")

	other.signIn(s.admin.user.Login, "/dasbor")
	other.goTo("/ditinjau")
	other.until(count("review", 2))
	other.until(fits)
	other.shoot("phone")
	for _, b := range []*tab{admin, other} {
		b.press(`[data-test="review"] [data-test="open"]`)
		b.until(b.visible("accept"))
	}
	admin.until(`document.querySelector('[data-test="sentence"]').innerText.includes("` + es[1].Name + `")`)
	other.until(fits)
	other.shoot("phone-detail")
	admin.shoot("detail")
	admin.press(`[data-test="accept"]`)
	admin.until(count("review", 1))
	other.press(`[data-test="refuse-review"]`)
	other.until(shown("note-wrong", "Tulis alasannya."))
	other.put("note", "tidak ada di kantor")
	other.press(`[data-test="refuse-review"]`)
	other.until(`document.querySelector('[data-test="note-wrong"]').innerText.startsWith("Orang lain")`)
	other.until(`document.querySelector('[data-test="review-state"]').innerText === "Diterima"`)
	other.press(`[data-test="close"]`)
	other.until(count("review", 1))

	other.press(`[data-test="pick"]`)
	other.until(other.visible("bulk"))
	other.until(fits)
	other.shoot("phone-bulk")
	other.press(`[data-test="refuse-all"]`)
	other.until(other.visible("refuse-yes"))
	other.press(`[data-test="refuse-yes"]`)
	other.until(other.visible("many-note-wrong"))
	other.put("many-note", "tidak ada di kantor")
	other.press(`[data-test="refuse-yes"]`)
	other.until(other.visible("none"))
	admin.until(admin.visible("none"))
	other.goTo("/ditinjau?state=refused")
	other.until(count("review", 1))
	other.press(`[data-test="open"]`)
	other.until(`document.querySelector('[data-test="decided"]').innerText.includes("tidak ada di kantor")`)

	// Who was refused sees it struck out, with the reason.
	phone := open(t, "refused", s.apis[0], 360, 800)
	phone.signIn(people[1].user.Login, "/")
	phone.until(`document.querySelector('[data-test="punch"]')?.dataset.voided === "true"`)
	phone.until(`document.body.innerText.includes("tidak ada di kantor")`)

	// A reason that weighs nothing brings no punch into the list.
	admin.press(`[data-test="weights"]`)
	admin.until(count("weight", 13))
	admin.shoot("weights")
	admin.until(`(() => { const e = document.querySelector('[data-reason="shared_device"]'); e.value = "0";
		e.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`)
	admin.press(`[data-test="weigher-save"]`)
	admin.toasted("Tersimpan.")
}
