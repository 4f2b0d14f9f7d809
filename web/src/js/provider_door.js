import { Problem, request } from './http.js';
import { text } from './language.js';
import { session, signOut } from './start.js';
import { arrival, depart, goBack } from './trip.js';

/**
 * finish ends a trip of somebody who is signed in, and goes back to where it began.
 * @param {import('./trip.js').Arrival} arrival
 */
async function finish({ trip, came }) {
  const linking = trip.use === 'link';
  const asked = { user: trip.user, stay: true };
  try {
    if (linking) await request('POST', '/api/me/oidc', { ...asked, body: came });
    else await request('POST', '/api/me/confirm', { ...asked, body: { provider: came } });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    await goBack(trip, 'error', problem.message);
  }
  await goBack(trip, 'good', text(linking ? 'provider.linked' : 'provider.confirmed'));
}

/**
 * providerDoor is the part of the page Masuk that signs in at the OpenID Connect provider, and to which everybody comes
 * back from there. go goes on with what the server answers to a sign-in.
 * @param {(page: any, data: import('./api').Answer<'POST', '/api/login'>) => Promise<void>} go
 */
export function providerDoor(go) {
  return {
    arriving: arrival !== null,
    /** @this {any} */
    async useProvider() {
      await this.there(async () => {
        await signOut(); // of whoever was here before, if the server has not heard of it yet
        await depart('enter');
      });
    },
    /** @this {any} */
    async arrive() {
      const came = arrival;
      if (!came) return;
      await this.there(async () => {
        if (came.trip.use !== 'enter') await finish(came);
        await go(this, (await request('POST', '/api/login/oidc', { body: came.came, stay: true })).data);
      });
      this.arriving = false;
    },
    // there does something at the provider and shows what kept it from being done.
    /** @this {any} */
    async there(act) {
      if (this.busy) return;
      Object.assign(this, { busy: true, error: '', errors: {} });
      try {
        await act();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.error = problem.message;
      } finally {
        this.busy = false;
      }
    },
    /** @this {any} */
    get hasProvider() {
      return Boolean(session.config?.provider) && !this.pending;
    },
    get providerText() {
      return text('provider.enter', { name: session.config?.provider ?? '' });
    },
  };
}
