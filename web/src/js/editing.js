import { toast } from './ui.js';

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
