-- Who has passkeys only has no second factor any more, rather than one that nothing can pass.
UPDATE users SET second_factor_at = NULL WHERE second_factor_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM second_factors AS sf WHERE sf.user_id = users.id AND sf.confirmed_at IS NOT NULL);

--bun:split

DROP TABLE IF EXISTS passkey_challenges;

--bun:split

DROP TABLE IF EXISTS passkeys;
