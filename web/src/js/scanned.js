import { device } from './device.js';
import { codeIn } from './kiosk_codes.js';

// scanned returns the code that a phone came here with; '' for none. It is taken out of the address and kept in the
// browser, since whoever is not signed in goes elsewhere first, and comes back without it.
export function scanned() {
  const code = codeIn(location.hash);
  if (code) {
    device.scanned = code;
    history.replaceState(null, '', location.pathname);
  }
  return device.scanned;
}
