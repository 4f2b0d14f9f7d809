import { get, request } from './http.js';
import { Insistence } from './insistence.js';
import { text } from './language.js';
import { compose } from './list.js';
import { session } from './start.js';
import { form, toast } from './ui.js';

// The own e-mail address on the page Profil. A link that was mailed there leads back here, through the sign-in page if
// need be: it is good in a session of the account only.
const link = 'email'; // of the address of the page, with what the link holds

/**
 * save sends the form.
 * @this {any}
 */
async function save({ email }) {
  const { data } = await request('PATCH', '/api/me/email', { body: { email: email.trim() } });
  this.learn(data);
  if (!data.email) toast('good', text('profile.emailGone'));
  else if (!data.email_verified_at) toast('good', text('profile.emailSent', { email: data.email }));
}

export function ownEmail() {
  return compose(form({ email: session.user.email ?? '' }, save), {
    text,
    email: session.user.email ?? '',
    sure: Boolean(session.user.email_verified_at),

    init() {
      const here = new URL(location.href);
      const token = here.searchParams.get(link);
      if (!token) return;
      here.searchParams.delete(link);
      history.replaceState(null, '', here);
      new Insistence().try(() => this.verify(token));
    },
    async verify(token) {
      try {
        this.verified((await request('POST', '/api/me/email/verify', { body: { token } })).data);
      } catch (problem) {
        this.error = problem.message;
        if (problem.code === 'link_over') await this.verifiedBefore();
        throw problem;
      }
    },
    // verifiedBefore finds out whether an earlier attempt used the link up, the answer to which was lost.
    async verifiedBefore() {
      const { user } = await get('/api/me');
      if (user.email === this.email && user.email_verified_at) this.verified(user);
    },
    verified(user) {
      this.error = '';
      const typed = this.values.email === this.email ? user.email : this.values.email;
      this.learn(user);
      this.fill({ email: typed ?? '' });
      toast('good', text('profile.emailVerified'));
    },
    async again() {
      this.busy = true;
      this.error = '';
      try {
        await request('POST', '/api/me/email/link');
        toast('good', text('profile.emailSent', { email: this.email }));
      } catch (problem) {
        this.error = problem.message;
      }
      this.busy = false;
    },
    learn(user) {
      this.email = user.email ?? '';
      this.sure = Boolean(user.email_verified_at);
      this.fill({ email: this.email });
    },

    get waits() {
      return this.email !== '' && !this.sure;
    },
    get state() {
      if (!this.email) return text('profile.emailNone');
      return text(this.sure ? 'profile.emailSure' : 'profile.emailWaits', { email: this.email });
    },
  });
}
