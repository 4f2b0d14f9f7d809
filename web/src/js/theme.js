// The theme follows the device until somebody chooses one. The button goes round: auto, light, dark.
const key = 'hadir.theme';
const order = ['auto', 'light', 'dark'];

function stored() {
  try {
    const kept = localStorage.getItem(key) ?? '';
    return order.includes(kept) ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

// state is made reactive by start.js.
export const theme = { state: { now: stored() } };

export function nextTheme() {
  setTheme(order[(order.indexOf(theme.state.now) + 1) % order.length]);
}

export function setTheme(next) {
  theme.state.now = next;
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'auto') localStorage.removeItem(key);
    else localStorage.setItem(key, next);
  } catch {
    /* it lasts as long as the page */
  }
  document.dispatchEvent(new CustomEvent('hadir:theme'));
}
