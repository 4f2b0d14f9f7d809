// stayAwake keeps the screen on while the page is seen. Browsers give the lock back whenever the page is hidden, and
// refuse it while the battery is low or without https; then the device's own settings count.
export function stayAwake() {
  const hold = () => {
    if (!document.hidden) navigator.wakeLock?.request('screen').catch(() => {});
  };
  hold();
  document.addEventListener('visibilitychange', hold);
}
