import pages from '../../pages.json' with { type: 'json' };

// Which page is for whom. build/registry.mjs explains an entry; the build leaves out the fields that are not used here.

export const admin = (u) => u.role === 'admin';
export const admins = (u) => admin(u) || u.role === 'branch_admin';

/** @typedef {(typeof pages)[number]} Page */

/** @param {string} name */
export function pageNamed(name) {
  return /** @type {Page} */ (pages.find((p) => p.name === name));
}

export const profile = pageNamed('profil').path;

// within is an address of ours that a link names, and '' for anything else: links must not send people to other sites.
export function within(address) {
  try {
    const url = new URL(address, location.origin);
    if (address.startsWith('/') && url.origin === location.origin) return url.pathname + url.search;
  } catch {
    /* not an address */
  }
  return '';
}

// mayOpen tells whether a page is meant for a user. It only saves them an empty page: the server decides what they may
// read. Until a password that somebody else knows is changed, only the profile opens.
export function mayOpen(page, user) {
  if (user.must_change_password) return page.path === profile;
  if (!page.menu) return true;
  return user.role in page.menu && (!page.person || Boolean(user.employee_id));
}

// pagesFor returns the menu of a user in its order. The pages of the group data share one menu. The group own stands
// beside the name.
export function pagesFor(user) {
  if (!user) return [];
  return pages
    .filter((p) => p.menu && mayOpen(p, user))
    .map((p) => ({ href: p.path, name: `page.${p.name}`, group: p.menu?.[user.role] }));
}
