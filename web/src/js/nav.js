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

// personAt is where the profile of an employee is.
export function personAt(id) {
  return pageNamed('orang').path.replace(':id', String(id));
}

// within is an address of ours that a link names, and '' for anything else: links must not send people to other sites.
export function within(address) {
  try {
    const url = new URL(address, location.origin);
    const path = url.pathname + url.search;
    // "/.//other.example" is ours as it stands, and another site's once the dot is gone.
    if (address.startsWith('/') && url.origin === location.origin && !path.startsWith('//')) return path;
  } catch {
    /* not an address */
  }
  return '';
}

// wished is what the link that opened a page asks for, such as a form to be open: what stands behind the # of the
// address. It is taken once; Back and reload do not ask again.
export function wished() {
  const wish = location.hash.slice(1);
  if (wish) history.replaceState(history.state, '', location.pathname + location.search);
  return wish;
}

// due tells whether a user has something to do on the profile before anything else: change a password that somebody
// else knows, or set up the second factor that their role needs.
export function due(user) {
  return Boolean(user.must_change_password || user.must_set_up_second_factor);
}

// mayOpen tells whether a page is meant for a user. It only saves them an empty page: the server decides what they may
// read. While something is due, only the profile opens.
export function mayOpen(page, user) {
  if (due(user)) return page.path === profile;
  if (!page.menu) return !page.roles || page.roles.includes(user.role);
  return user.role in page.menu && (!page.person || Boolean(user.employee_id));
}

// pagesFor returns the menu of a user in its order. The pages of the group data share one menu. The group own stands
// beside the name.
export function pagesFor(user) {
  if (!user) return [];
  return pages
    .filter((p) => p.menu && mayOpen(p, user))
    .map((p) => ({ href: p.path, name: p.name, group: p.menu?.[user.role] }));
}
