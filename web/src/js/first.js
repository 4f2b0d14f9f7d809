import { preferred } from './preferred.js';

// Runs before anything is drawn, so that no page flashes in the other theme or is read in the other language.
try {
  const root = document.documentElement;
  const theme = localStorage.getItem('hadir.theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
} catch {
  /* private windows may refuse; then the device decides */
}
document.documentElement.lang = preferred();
