import { toast } from './ui.js';

/**
 * kept is what a form shows after the server has changed what it is about: the new values, except where somebody typed
 * another one than the form began with.
 * @template {Record<string, unknown>} V
 * @param {V} values
 * @param {V} before
 * @param {V} now
 */
export function kept(values, before, now) {
  const typed = Object.entries(values).filter(([name, value]) => value !== before[name]);
  return { ...now, ...Object.fromEntries(typed) };
}

/**
 * editing is the part of a page that changes the rows of its list in a drawer, <dialog x-ref="editor">. The component
 * that it becomes part of has the list and the form, which is called editor.
 */
export const editing = {
  close() {
    /** @type {any} */ (this).$refs.editor.close();
  },
  submit() {
    return /** @type {any} */ (this).editor.submit();
  },
  // stored puts the server's answer to a change into the page.
  async stored(/** @type {string} */ message) {
    toast('good', message);
    this.close();
    await /** @type {any} */ (this).load();
  },
};
