import { request } from '../http.js';
import { start } from '../start.js';
import { typed } from '../ui.js';

start('mulai', () => ({
  name: typed('name'), login: typed('login'), password: typed('password'), code: typed('code') || location.hash.slice(1), error: '', busy: false,
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
