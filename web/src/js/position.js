import { device } from './device.js';

// Where the device is, and whether it may say so.

const consentKey = 'hadir.location';
const wait = 8000; // milliseconds
const recent = 30_000; // milliseconds for which a position is still the present one

// position asks the device once. It resolves to the fix for a punch, or to the reason why there is none: insecure
// (browsers answer pages on https only), denied, or unavailable.
export function position() {
  return new Promise((resolve) => {
    if (!globalThis.isSecureContext) {
      resolve({ why: 'insecure' });
      return;
    }
    if (!navigator.geolocation) {
      resolve({ why: 'unavailable' });
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy } }) => {
        resolve({ fix: { latitude, longitude, accuracy: Math.min(accuracy, 100_000) } }); // the server takes no more
      },
      (error) => resolve({ why: error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable' }),
      { enableHighAccuracy: true, timeout: wait, maximumAge: recent },
    );
  });
}

// permission calls onChange now and whenever it changes with whether the page may ask for the position: granted,
// denied, prompt (the browser asks the person), or insecure. A browser that does not say counts as prompt.
export async function permission(onChange) {
  if (!globalThis.isSecureContext) {
    onChange('insecure');
    return;
  }
  try {
    const status = await navigator.permissions.query({ name: 'geolocation' });
    status.addEventListener('change', () => onChange(status.state));
    onChange(status.state);
  } catch {
    onChange('prompt');
  }
}

// consented tells whether a user wants their position sent with punches. It asks again where the browser stores
// nothing.
export function consented(user) {
  return device.own(user, consentKey) === 'yes';
}

export function consent(user, given) {
  device.setOwn(user, consentKey, given ? 'yes' : '');
}
