import { request } from '../http.js';
import { start } from '../start.js';

start('mulai', () => ({
  name: '', login: '', password: '', code: '', error: '', busy: false,
  async submit() {
    if (this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      await request('POST', '/api/setup', { body: { name: this.name, login: this.login, password: this.password, code: this.code }, stay: true });
      location.assign('/dasbor');
    } catch (problem) {
      this.error = problem.message;
      this.busy = false;
    }
  },
}), { signedIn: false });
