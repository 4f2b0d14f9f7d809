import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { Problem, request } from './http.js';
import { text } from './language.js';

// able tells whether this browser can use passkeys on a page of this kind of address.
export const able = () => browserSupportsWebAuthn();

// asking runs a browser's dialog about passkeys. Who closes it, and a device that cannot, is a Problem in our words.
async function asking(dialog) {
  try {
    return await dialog();
  } catch (cause) {
    // What the browser says is in its own language, and tells little on purpose.
    if (!(cause instanceof WebAuthnError) && !(cause instanceof DOMException)) throw cause;
    const known = cause instanceof WebAuthnError && cause.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED';
    throw new Problem(422, 'passkey_refused', text(known ? 'passkey.known' : 'passkey.none'));
  }
}

/** @typedef {import('@simplewebauthn/browser').AuthenticationResponseJSON} Proof */

// own asks for a passkey of who is signed in.
const own = () => request('POST', '/api/me/passkeys/ask');

/**
 * submitProved sends a form with the answer of a passkey, its proof, in the place of a code. wrong says by field what
 * is missing besides, which is asked for first; ask gets the question.
 * @param {any} form
 * @param {Record<string, string>} [wrong]
 * @param {() => Promise<{data: any}>} [ask]
 */
export async function submitProved(form, wrong = {}, ask = own) {
  if (form.busy) return;
  if (Object.keys(wrong).length > 0) {
    form.complain(wrong);
    setTimeout(() => form.point(), 0); // once it is shown
    return;
  }
  Object.assign(form, { busy: true, error: '' });
  try {
    const { data: optionsJSON } = await ask();
    form.proof = await asking(() => startAuthentication({ optionsJSON }));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    form.error = problem.message;
    return;
  } finally {
    form.busy = false;
  }
  await form.submit();
}

/**
 * enter signs in with a passkey: instead of the password, or after it with what signing in answered.
 * @param {string} pending
 */
export async function enter(pending) {
  const body = pending ? { pending } : {};
  const { data: optionsJSON } = await request('POST', '/api/login/passkey/ask', { body, stay: true });
  const credential = await asking(() => startAuthentication({ optionsJSON }));
  return (await request('POST', '/api/login/passkey', { body: { ...body, credential }, stay: true })).data;
}

/**
 * add makes a new passkey and gives it a name.
 * @param {string} name
 */
export async function add(name) {
  const { data: optionsJSON } = await request('POST', '/api/me/passkeys/begin');
  const credential = await asking(() => startRegistration({ optionsJSON }));
  return (await request('POST', '/api/me/passkeys', { body: { name, credential } })).data;
}
