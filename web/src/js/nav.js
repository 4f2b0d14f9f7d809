import pages from '../../pages.json' with { type: 'json' };

// Which page is for whom. build/registry.mjs explains an entry; the build leaves out the fields that are not used here.

export const admin = (u) => u.role === 'admin';
export const admins = (u) => admin(u) || u.role === 'branch_admin';

/** @typedef {(typeof pages)[number]} Page */

/** @param {string} name */
export function pageNamed(name) {
  return /** @type {Page} */ (pages.find((p) => p.name === name));
}

// mayOpen tells whether a page is meant for a user. It only saves them an empty page: the server decides what they may
// read.
export function mayOpen(page, user) {
  if (!page.menu) return true;
  return user.role in page.menu && (!page.person || Boolean(user.employee_id));
}

// pagesFor returns the menu of a user in its order. The pages of the group data share one menu.
export function pagesFor(user) {
  if (!user) return [];
  return pages
    .filter((p) => p.menu && mayOpen(p, user))
    .map((p) => ({ href: p.path, name: `page.${p.name}`, group: p.menu?.[user.role] }));
}
