import { codeIn } from './kiosk_codes.js';

const key = 'hadir.kiosk.code';
const memory = { code: '' }; // used where the browser stores nothing; lasts as long as the page

// scanned returns the code that a phone came here with; '' for none. It is taken out of the address and kept in the
// browser, since whoever is not signed in goes elsewhere first, and comes back without it.
export function scanned() {
  const code = codeIn(location.hash);
  if (code) {
    keep(code);
    history.replaceState(null, '', location.pathname);
  }
  try {
    return localStorage.getItem(key) ?? memory.code;
  } catch {
    return memory.code;
  }
}

function keep(code) {
  memory.code = code;
  try {
    localStorage.setItem(key, code);
  } catch {
    /* private windows may refuse */
  }
}

// spend forgets a code that is good for nothing any more.
export function spend() {
  memory.code = '';
  try {
    localStorage.removeItem(key);
  } catch {
    /* as above */
  }
}
