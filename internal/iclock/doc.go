// Package iclock is what fingerprint terminals speak that push their punches over HTTP: ZKTeco's "ADMS" or "iclock"
// (Attendance PUSH 2.x, and rtlog of access control firmware), and the domain's words for such terminals. It reads and
// writes texts only. Sources: ZKTeco PUSH SDK 2.0.1, the Attendance PUSH document 4.8, Security PUSH 3.1.2, and public
// servers that were tried on terminals (s0x90/zkteco-adms, saifulcoder/adms-server-ZKTeco).
package iclock
