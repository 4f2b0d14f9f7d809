package config

// help explains each setting in a line, by the name of its variable without the prefix. It is apart from the struct,
// because tags of a struct cannot be broken into lines.
func help() map[string]string {
	return map[string]string{
		"ADDR":         "address of the pages and the API; in 'hadir all' of everything",
		"PUSHER_ADDR":  "address of the pusher role",
		"MONITOR_ADDR": "address of the monitor role",
		"TERMINAL_ADDR": "address that fingerprint terminals push to (ADMS/iclock, plain HTTP), such as :8083; " +
			"off if empty",
		"TERMINAL_TOKEN": "what the path of terminals begins with: /t/TOKEN/iclock; empty for /iclock",
		"METRICS_ADDR":   "address of /metrics, /healthz and /readyz; default :9100 in roles, off in 'hadir all'",
		"DATA_DIR":       "folder of the SQLite file and of secrets made on first start",
		"DATABASE_URL": "sqlite:///path/file.db or mysql://user:password@host:3306/name; default hadir.db in the " +
			"data folder",
		"DATABASE_MAX_CONNS":       "connections to MySQL at the most, per process",
		"REDIS_URL":                "embedded, redis://, rediss://, redis-sentinel:// or redis-cluster://",
		"PUSHER_APP_ID":            "Pusher application id; made on first start in 'hadir all'",
		"PUSHER_KEY":               "Pusher key, which browsers see",
		"PUSHER_SECRET":            "Pusher secret, which signs subscriptions",
		"PUSHER_PUBLIC_HOST":       "host browsers reach the pusher at, if not the page's own",
		"PUSHER_PUBLIC_PORT":       "port browsers reach the pusher at, if not the page's own",
		"PUSHER_MAX_CONNECTIONS":   "sockets per pusher at the most; 0 for no limit of our own",
		"PUSHER_PUBLIC_PER_SOCKET": "public channels, which need no sign-in, of one socket at the most",
		"PUSHER_AUTHORIZE_WITHIN": "how long a socket may be open without a subscription that needs a sign-in; 0 " +
			"for ever, " +
			"for applications with public channels only",
		"PUSHER_PUBLIC_CHANNELS": "different public channels of one pusher at the most",
		"PUSHER_ALLOWED_ORIGINS": "origins whose pages may open sockets, comma-separated; empty for all",
		"PUSHER_DRAIN":           "over how long a stopping pusher spreads its reconnect messages",
		"PUSHER_CLIENT_EVENTS":   "let sockets send client-* events to each other",
		"MAX_CONNECTIONS_PER_ADDRESS": "connections of one address at the most, per listener; trusted proxies are " +
			"not counted; 0" +
			" for no limit",
		"MAX_LARGE_BODIES": "MiB that requests over 64 KiB may take at a time, per process; further ones are to come " +
			"later (503); 0 for no limit",
		"SESSION_TTL": "how long a sign-in lasts at the most",
		"SESSION_IDLE": "after how long without use a sign-in ends, of administrators and operators; " +
			"0 for never",
		"SESSION_IDLE_EMPLOYEE": "after how long without use a sign-in of an employee ends; 0 for never",
		"CONFIRM_WITHIN": "after how long whoever does something dangerous (accounts, tokens, webhooks, opening a " +
			"month, forgetting somebody) is asked for the password or a code again; 0 for never",
		"REQUIRE_2FA": "roles that need a second factor to sign in, comma-separated, such as " +
			"admin,branch_admin,ops; whoever lacks one sets it up first",
		"PUBLIC_URL": "address at which people open the pages, such as https://hadir.example.com: with " +
			"HADIR_SMTP_URL it lets people who forgot their password choose another one; without it passkeys go by " +
			"the host of each request, and behind a proxy there are none",
		"PASSKEY_DOMAIN": "domain that passkeys are made for, if not the host of HADIR_PUBLIC_URL but one above it, " +
			"such as example.com; another one makes all earlier passkeys useless",
		"PASSKEY_ORIGINS": "further addresses within that domain with the same passkeys, comma-separated",
		"OIDC_ISSUER": "OpenID Connect provider with which people may sign in, such as https://accounts.google.com; " +
			"needs HADIR_PUBLIC_URL, whose /api/login/oidc/callback is to be registered there",
		"OIDC_CLIENT_ID":     "what the provider calls this program",
		"OIDC_CLIENT_SECRET": "the secret that the provider gave this program",
		"OIDC_NAME":          "the provider as people call it, on the button; empty for the host of the issuer",
		"OIDC_SCOPES":        "what is asked for besides openid, comma-separated",
		"OIDC_CLAIM": "claim that equals the login of an account here, by which it is linked at the first sign-in; " +
			"email counts only if the provider verified it",
		"PUNCHES_PER_MINUTE":   "punches that one person may make by hand within a minute; 0 for no limit",
		"PUNCHES_PER_DAY":      "the same within 24 hours",
		"SECURE_COOKIES":       "mark cookies Secure also when the request seems to be plain HTTP",
		"TRUSTED_PROXIES":      "addresses or CIDRs whose X-Real-IP is believed, comma-separated",
		"WORKER_CONCURRENCY":   "tasks that one worker runs at a time",
		"QUEUE_CHECK_INTERVAL": "pause of a worker after a look at empty queues; it looks again when it is woken",
		"QUEUE_WAKE": "workers are woken by Redis's PUBLISH; false makes them look 100 times a second, where it" +
			" is forbidden",
		"START_WAIT": "how long a role waits at its start for a database that does not answer (at least 10s) " +
			"and for migrations that another process applies",
		"DRAIN_DELAY": "how long a stopping role stays open after turning unready; negative: 2s in roles, none " +
			"in 'hadir all'",
		"AUDIT_KEY": "key of the audit log's chain, from which the one of second factors is derived, at least 32 " +
			"characters; earlier ones after commas; made on first start in 'hadir all'",
		"AUDIT_MAIL": "e-mail address that gets the head of the audit log once a day; needs HADIR_SMTP_URL",
		"KEEP_POSITIONS": "days after which the positions of punches are removed; what was judged by them stays; 0 " +
			"keeps them",
		"KEEP_ADDRESSES": "days after which addresses and browsers are removed from sessions and from the audit log; " +
			"0 keeps them",
		"FORGET_LEAVERS": "days after the last one at which a leaver is forgotten for good: pseudonym, no positions, " +
			"no contents in the audit log; 0 for only when an administrator does it",
		"PRIVACY_CONTACT": "whom people ask about their data, as the page Data pribadi shows it; empty for the " +
			"administrators",
		"WEBHOOK_ALLOW_PRIVATE": "let webhooks go to private, loopback and link-local addresses, to these over plain " +
			"HTTP, too",
		"REMIND_AFTER": "minutes after the start of a shift at which who has not checked in is reminded; 0 turns " +
			"reminders off",
		"SMTP_URL": "smtp://user:password@host:587 (STARTTLS) or smtps://…:465 for e-mails to people; empty " +
			"for none",
		"MAIL_FROM": "sender of e-mails, such as Hadir <hadir@example.com>",
		"DEMO":      "fill an empty database with a company to try things on",
		"DEMO_LIVE": "with demo data, let employees arrive and leave so that screens move",
		"PROMETHEUS_URL": "Prometheus that Asynqmon's Metrics page reads, such as http://prometheus:9090; empty " +
			"hides the page",
		"OTLP_ENDPOINT": "OTLP/HTTP receiver of OpenTelemetry traces, such as http://collector:4318; empty for " +
			"none",
		"OTLP_HEADERS": "headers for the receiver as name=value, comma-separated, such as an authorization",
		"OTLP_SAMPLE": "share of traces that are exported, from 0 to 1; requests with a traceparent bring their " +
			"own decision",
		"LOG_LEVEL":  "debug, info, warn or error",
		"LOG_FORMAT": "text or json; default text on a terminal, else json",
	}
}
