import { device } from '../device.js';
import { otherLanguage, text } from '../language.js';
import { request } from '../http.js';
import { home, speak, start } from '../start.js';
import { form, required, typed } from '../ui.js';

start('mulai', () => ({
  text,
  ...form(
    {
      name: typed('name'),
      login: typed('login'),
      password: typed('password'),
      code: typed('code') || location.hash.slice(1),
    },
    async function found(values) {
      const { data } = await request('POST', '/api/setup', { body: values, stay: true });
      await device.enter(data.user.id);
      location.assign(home(data.user));
      await new Promise(() => {}); // the page is being left
    },
    (values) => required(values, ['name', 'login', 'password', 'code']),
  ),
  init() {
    // The printed address opens without a new page where this one is open already.
    addEventListener('hashchange', () => {
      this.values.code = location.hash.slice(1);
    });
  },
  get otherLanguage() {
    return text('language.other');
  },
  switchLanguage() {
    return speak(otherLanguage());
  },
}));
