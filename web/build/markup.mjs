// Puts the partials of src/partials into markup: <ui-field …> stands for src/partials/field.html. A partial names what
// it is given in <script props>; its other attributes go to its first element, or to the one that says "attributes";
// its content goes to <yield>. An attribute that comes out as null is left out. {{ }} escapes quotes, which names of
// values may have, and {{{ }}} does not. More in https://github.com/posthtml/posthtml-components.
import { join } from 'node:path';
import posthtml from 'posthtml';
import parts from 'posthtml-component';

// The types of both packages do not say what they are called with, and what an answer at once is.
const components =
  /** @type {(options: import('posthtml-component').PostHTMLComponents) => posthtml.Plugin<unknown>} */ (
    /** @type {unknown} */ (parts)
  );
const atOnce = (result) => /** @type {posthtml.Result<unknown>} */ (result);

const root = join(import.meta.dirname, '../src');

// Comments are for those who write pages.
const withoutComments = (tree) =>
  tree.walk((node) => (typeof node === 'string' ? node.replace(/<!--[\s\S]*?-->/g, '') : node));

// expand returns markup with all its partials in place. What a partial asks for and is not given is an error.
export function expand(markup) {
  const parser = { recognizeSelfClosing: true };
  const partials = components({
    root,
    folders: ['partials'],
    tagPrefix: 'ui-',
    safelistAttributes: ['x-*', 'data-*', 'aria-*'],
    parserOptions: parser,
  });
  return atOnce(posthtml([partials, withoutComments]).process(markup, { ...parser, sync: true })).html;
}
