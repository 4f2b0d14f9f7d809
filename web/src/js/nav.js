import pages from '../../pages.json' with { type: 'json' };

// Who has business where: see build/registry.mjs for what an entry holds. The build leaves out what is of no use here.

export const admin = (u) => u.role === 'admin';
export const admins = (u) => admin(u) || u.role === 'branch_admin';

/** @typedef {(typeof pages)[number]} Page */

/** @param {string} name */
export function pageNamed(name) {
  return /** @type {Page} */ (pages.find((p) => p.name === name));
}

// mayOpen tells whether a page is for a user. What it shows is the server's to refuse; this only spares them an empty
// page.
export function mayOpen(page, user) {
  if (!page.menu) return true;
  return user.role in page.menu && (!page.person || Boolean(user.employee_id));
}

// pagesFor returns the menu of a user, in its order. Those of the group data share one menu.
export function pagesFor(user) {
  if (!user) return [];
  return pages
    .filter((p) => p.menu && mayOpen(p, user))
    .map((p) => ({ href: p.path, name: `page.${p.name}`, group: p.menu?.[user.role] }));
}
