import { text } from './language.js';
import { copied, dialog, toast } from './ui.js';

const nobody = { name: '', number: '', login: '', password: '', address: '', picture: '' };

/** @typedef {{name: string, number: string, login?: string, password?: string}} Made */

/**
 * slip is the part of a page that shows what somebody signs in with for the first time, to be printed or sent: the
 * address of this server, login and one-time password. It is gone when the dialog is closed.
 */
export function slip() {
  return {
    slip: { ...nobody },

    // handOver opens the slip of an account that the server has just made.
    async handOver(/** @type {Made} */ { name, number, login = '', password = '' }) {
      const address = location.origin;
      this.slip = { name, number, login, password, address, picture: '' };
      dialog('slip').showModal();
      const { picture } = await import('./kiosk_codes.js');
      if (this.slip.password === password) this.slip.picture = picture(`${address}/`);
    },
    printSlip() {
      globalThis.print();
    },
    // sendSlip gives the slip to a program of the device, such as a messenger, or to the clipboard where there is none.
    async sendSlip() {
      const { name, address, login, password } = this.slip;
      const words = text('slip.message', { name, address, login, password });
      if (navigator.share) {
        await navigator.share({ text: words }).catch(() => {}); // whoever changes their mind sees the slip still
        return;
      }
      if (await copied(words, '[data-test="slip"]')) toast('good', text('slip.copied'));
    },
    closeSlip() {
      dialog('slip').close();
    },
    forgetSlip() {
      this.slip = { ...nobody };
    },

    get slipTitle() {
      return text('slip.title', { name: this.slip.name });
    },
    get slipAlt() {
      return text('slip.alt', { address: this.slip.address });
    },
    get slipWho() {
      return [this.slip.name, this.slip.number].filter(Boolean).join(' · ');
    },
  };
}
