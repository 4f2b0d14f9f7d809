import { comeBack } from './away.js';
import { preferred } from './preferred.js';

// This runs before anything is drawn, so that no page flashes in the wrong theme or language.
try {
  const root = document.documentElement;
  const theme = localStorage.getItem('hadir.theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
} catch {
  /* private windows may refuse; then the device decides */
}
const language = preferred();
document.documentElement.lang = language;

// The words come while the scripts do.
const link = document.createElement('link');
Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
const words = document.documentElement.getAttribute(`data-words-${language}`);
if (words) {
  link.href = words;
  document.head.append(link);
}

// A page without its script or its style sheet would stay empty, and what the service worker shows in the place of a
// page that could not be fetched is for coming back only.
let lost = document.documentElement.hasAttribute('data-away');
if (lost) comeBack();

// ours tells whether an element is a script or a style sheet of the page itself. Proxies and extensions add some of
// their own, whose failure is nobody's business.
function ours(/** @type {EventTarget | null} */ target) {
  const script = target instanceof HTMLScriptElement && target.src;
  const style = target instanceof HTMLLinkElement && target.relList.contains('stylesheet') && target.href;
  return (script || style || '').startsWith(`${location.origin}/assets/`);
}

/** @param {Event} event */
function lose({ target }) {
  if (lost || !ours(target)) return;
  lost = true;
  comeBack();
}
addEventListener('error', lose, true);

// A form that is submitted before the page's script is ready waits for it. The browser would otherwise put what was
// typed into the address.
/** @type {HTMLFormElement | null} */
let early = null;

/** @param {SubmitEvent} event */
function hold(event) {
  event.preventDefault();
  early = /** @type {HTMLFormElement} */ (event.target);
}
document.addEventListener('submit', hold);
addEventListener(
  'hadir-started',
  () => {
    document.documentElement.dataset.started = '';
    removeEventListener('error', lose, true);
    document.removeEventListener('submit', hold);
    early?.requestSubmit();
  },
  { once: true },
);
