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
link.href = String(document.documentElement.getAttribute(`data-words-${language}`));
document.head.append(link);

// A page without its script or its style sheet would stay empty, and what the service worker shows in the place of a
// page that could not be fetched is for coming back only.
let lost = document.documentElement.hasAttribute('data-away');
if (lost) comeBack();
addEventListener(
  'error',
  ({ target }) => {
    const script = target instanceof HTMLScriptElement;
    const style = target instanceof HTMLLinkElement && target.relList.contains('stylesheet');
    if (lost || (!script && !style)) return;
    lost = true;
    comeBack();
  },
  true,
);

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
    document.removeEventListener('submit', hold);
    early?.requestSubmit();
  },
  { once: true },
);
