// Modules that need a browser as soon as they are loaded have a stand-in of the same name in this folder.
export async function resolve(specifier, context, next) {
  if (specifier === '@alpinejs/csp') {
    return { url: new URL('./alpine.js', import.meta.url).href, format: 'module', shortCircuit: true };
  }
  const found = await next(specifier, context);
  const [, name] = found.url.match(/\/src\/js\/(start|live)\.js$/) ?? [];
  return name ? { ...found, url: new URL(`./${name}.js`, import.meta.url).href } : found;
}
