import { Problem } from './http.js';
import { text } from './language.js';
import { able, enter } from './passkey.js';
import { session, signOut } from './start.js';

/**
 * passkeyDoor is the part of the page Masuk that signs in with a passkey, before or after the password. go goes on as
 * the user who has signed in.
 * @param {(user: any) => Promise<void>} go
 */
export function passkeyDoor(go) {
  return {
    offered: false, // the account whose password was right has passkeys
    /** @this {any} */
    async usePasskey() {
      if (this.busy) return;
      Object.assign(this, { busy: true, error: '', errors: {} });
      try {
        if (!this.pending) await signOut(); // of whoever was here before, if the server has not heard of it yet
        await go((await enter(this.pending)).user);
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const late = this.pending && problem.status === 401;
        if (late) this.back();
        this.error = late ? text('signIn.late') : problem.message;
      } finally {
        this.busy = false;
      }
    },
    /** @this {any} */
    get hasPasskey() {
      return Boolean(session.config?.passkeys) && able() && (!this.pending || this.offered);
    },
    /** @this {any} */
    get passkeyText() {
      return text(this.pending ? 'passkey.goOn' : 'passkey.enter');
    },
  };
}
