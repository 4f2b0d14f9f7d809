// Which language a page begins in, before the user is known: the last one on this device, else the first of the
// browser's languages that Hadir has, else Indonesian.
export const languageKey = 'hadir.language';

/** @param {{ document?: unknown, navigator?: Partial<Navigator>, localStorage?: Pick<Storage, 'getItem'> }} device */
export function preferred(device = globalThis) {
  try {
    const kept = device.localStorage?.getItem(languageKey);
    if (kept === 'id' || kept === 'en') return kept;
  } catch {
    /* private windows may refuse, and a service worker has none */
  }
  if (!device.document) return 'id';
  const known = (device.navigator?.languages ?? []).map((l) => l.slice(0, 2).toLowerCase());
  return known.find((l) => l === 'id' || l === 'en') ?? 'id';
}
