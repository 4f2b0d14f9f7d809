import { get, Problem, request, send } from './http.js';
import { text } from './language.js';
import { ask, copied, dialog, element, form, required, toast } from './ui.js';

/** @typedef {any} Page */

// kioskAccess is the part of the drawer of the page Karyawan about what somebody punches with at a kiosk: a PIN, which
// is shown once, and a card. The employee who is open is "one" of the page.
/** @param {() => Page} whole the page, as Alpine knows it */
export function kioskAccess(whole) {
  async function saveCard({ card }) {
    const page = whole();
    const { id, name } = page.one;
    await request('PUT', '/api/employees/{id}/badge', { path: { id }, body: { card: card.trim() } });
    page.closeCard();
    await page.became('employees.cardSaved', { id, name });
  }

  return /** @type {Page} */ ({
    cards: form({ card: '' }, saveCard, (values) => required(values, ['card'])),
    secret: '',
    whose: '', // the name of the person whose PIN is shown
    trouble: '',
    working: false,

    // became says what became of an employee, and reads it.
    async became(said, { id, name }) {
      toast('good', text(said, { name }));
      await this.reread(id);
    },
    // reread shows an employee as they are now, unless the drawer is somebody else's meanwhile.
    async reread(id) {
      const employee = await get('/api/employees/{id}', { path: { id } });
      if (this.one?.id === id) this.renew(employee);
    },
    // work does something that somebody pressed, and shows what kept it from being done.
    async work(/** @type {() => Promise<void>} */ act) {
      if (this.working) return;
      Object.assign(this, { working: true, trouble: '' });
      try {
        await act();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.trouble = problem.message;
      } finally {
        this.working = false;
      }
    },
    async makePin() {
      const { id, name, has_pin: again } = this.one;
      const question = { title: text('employees.pinAgainAsk', { name }), text: text('employees.pinAgainWhy') };
      if (again && !(await ask({ ...question, yes: text('employees.pinAgain') }))) return;
      await this.work(async () => {
        const { pin } = await send('PUT', '/api/employees/{id}/pin', { path: { id } });
        Object.assign(this, { secret: pin, whose: name });
        dialog('pin-secret').showModal();
        await this.reread(id);
      });
    },
    async removePin() {
      const { id, name } = this.one;
      const question = { title: text('employees.pinRemoveAsk', { name }), text: text('employees.pinRemoveWhy') };
      if (!(await ask({ ...question, yes: text('employees.pinRemove'), danger: true }))) return;
      await this.work(async () => {
        await request('DELETE', '/api/employees/{id}/pin', { path: { id } });
        await this.became('employees.pinRemoved', { id, name });
        element('kiosk-title').focus(); // the button that had the focus is gone
      });
    },
    openCard() {
      this.cards.fill({ card: this.one.card ?? '' });
      dialog('card-dialog').showModal();
    },
    closeCard() {
      dialog('card-dialog').close();
    },
    submitCard() {
      return this.cards.submit();
    },
    async removeCard() {
      const { id, name } = this.one;
      const question = { title: text('employees.cardRemoveAsk', { name }), text: text('employees.cardRemoveWhy') };
      if (!(await ask({ ...question, yes: text('employees.cardRemove'), danger: true }))) return;
      await this.work(async () => {
        await request('DELETE', '/api/employees/{id}/badge', { path: { id } });
        await this.became('employees.cardRemoved', { id, name });
        element('kiosk-title').focus();
      });
    },
    async copy() {
      if (await copied(this.secret, '[data-test="pin-secret"]')) toast('good', text('employees.pinCopied'));
    },
    closeSecret() {
      dialog('pin-secret').close();
    },
    forgetPin() {
      this.secret = '';
    },

    get concerned() {
      return this.mayHold || this.hasPin || this.hasCard;
    },
    // mayHold tells whether a PIN or a card can be given. What a leaver has can only be taken back.
    get mayHold() {
      return this.one?.status === 'active' && !this.one.forgotten;
    },
    get hasPin() {
      return Boolean(this.one?.has_pin);
    },
    get hasCard() {
      return Boolean(this.one?.card);
    },
    get pinState() {
      return text(this.hasPin ? 'employees.pinThere' : 'employees.pinNone');
    },
    get makeText() {
      return text(this.hasPin ? 'employees.pinAgain' : 'employees.pinMake');
    },
    get pinTitle() {
      return text('employees.pinOf', { name: this.whose });
    },
    get cardState() {
      return this.hasCard ? text('employees.cardIs', { card: this.one.card }) : text('employees.cardNone');
    },
    get cardTitle() {
      return text('employees.cardOf', { name: this.one?.name ?? '' });
    },
    get cardInvalid() {
      return this.cards.errors.card ? 'true' : false;
    },
  });
}
