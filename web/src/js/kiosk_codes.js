import encodeQR from 'qr';

// A kiosk's code is 1.<kiosk>.<step>.<mac>: it is of one step of the server's time, and good in that one and the next.
// The pages make a link of it, which a phone opens.

/** @typedef {{step: number, code: string}} Code */

const shape = /^1\.\d+\.(\d+)\.[\w-]+$/;
const stepMs = 8000; // of the codes that begin with 1
const quiet = 4; // modules of white around a QR code, as its standard wants it

/**
 * codeAt returns the code of an instant, out of those that the server has handed out; '' if it is not among them.
 * @param {Code[]} codes
 * @param {number} now milliseconds of the server's time
 * @param {number} step how long one lasts, in milliseconds
 */
export function codeAt(codes, now, step) {
  return codes.find((c) => c.step === Math.floor(now / step))?.code ?? '';
}

export const linkOf = (code, origin) => `${origin}/k#${code}`;

// codeIn returns the code behind the # of an address; '' if there is none.
export function codeIn(hash) {
  const code = hash.slice(1);
  return shape.test(code) ? code : '';
}

// over tells whether a code is too old to be taken, at an instant of the server's time.
export function over(code, now) {
  const [, step] = shape.exec(code) ?? [];
  return step === undefined || Math.floor(now / stepMs) > Number(step) + 1;
}

// picture returns the address of an image of a text as a QR code.
export function picture(content) {
  const rows = encodeQR(content, 'raw', { ecc: 'medium', border: quiet });
  const runs = rows.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? '1' : '0'))
        .join('')
        .matchAll(/1+/g),
    ].map(({ 0: { length }, index }) => `M${index} ${y}h${length}v1h-${length}z`),
  );
  // Whole pixels only: between squares that end within one, cameras see lines.
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rows.length} ${rows.length}"
    shape-rendering="crispEdges"><path d="${runs.join('')}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
