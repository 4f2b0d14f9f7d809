// This takes the place of src/js/start.js, which needs Alpine and a document.
import { text } from '../../src/js/language.js';

const branch = { id: 1, code: 'JKT', name: 'Jakarta', zone: 'Asia/Jakarta' };

export const speak = async () => {};
export const signOut = async () => {};
export const session = {
  user: { id: 7, role: 'admin', name: 'Admin', employee_id: 3, branch_ids: [] },
  employee: { id: 3, number: 'JKT-0003', name: 'Admin' },
  branches: [branch],
  config: null,
};

export const components = new Map(); // what pages give to start, by their names

export function start(name, component) {
  components.set(name, component);
}
export const serverNow = () => Date.now();
export const learnTime = () => {};
export { text };
