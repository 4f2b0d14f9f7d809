package e2e

import (
	"testing"
)

// The dialog that deactivates an employee offers to disable the account, by default yes, and the person is out.
func TestALeaverIsSignedOut(t *testing.T) {
	t.Parallel()
	base := demo(t)
	admin, phone := open(t, "leaver-admin", base, 360, 800), open(t, "leaver-phone", base, 360, 800)
	phone.signIn("JKT-0001", "/")
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/karyawan?q=jkt-0001")
	admin.until(hasRow("JKT-0001"))
	admin.do(click(editOf("JKT-0001")), appears(at("deactivate")),
		click(at("deactivate")))
	admin.do(appears(at("disable-account")))
	admin.until(`document.querySelector('[data-test="disable-account"]').checked`)
	admin.until(`document.querySelector('[data-test="leave"]').innerText.includes("Nonaktifkan juga akun jkt-0001")`)
	admin.until(fits)
	admin.shoot("asked")
	admin.do(click(at("leave-save")))
	admin.until(`!` + hasRow("JKT-0001"))
	phone.goTo("/riwayat")
	phone.until(`location.pathname === "/masuk"`)
	phone.do(appears(at("login")), types(at("login"), "JKT-0001"),
		types(at("password"), "hadir-demo"), click(at("submit")))
	phone.until(shown("error", "Nama masuk atau kata sandi salah."))
}
