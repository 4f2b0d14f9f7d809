// What pages know about zones and circles.

// Zones of Indonesia come first, with the names that people use for them.
const home = { 'Asia/Jakarta': 'WIB', 'Asia/Pontianak': 'WIB', 'Asia/Makassar': 'WITA', 'Asia/Jayapura': 'WIT' };

export function zones() {
  const rest = Intl.supportedValuesOf('timeZone').filter((z) => !(z in home));
  return [
    ...Object.entries(home).map(([name, label]) => ({ name, label })),
    ...rest.map((name) => ({ name, label: '' })),
  ];
}

// decimal parses a number with a decimal comma or point; null for anything else.
export function decimal(value) {
  const s = String(value).trim().replace('−', '-').replace(',', '.');
  return s === '' || !Number.isFinite(Number(s)) ? null : Number(s);
}

// circle scales a radius in metres to a square of the given side. It returns the radius to draw and a scale bar for a
// round number of metres, or null for a radius that cannot be drawn.
export function circle(radius, side = 100) {
  if (radius === null || !(radius > 0) || radius > 1e7) return null;
  let width = 1;
  while (width < radius * 2.2) width *= [2, 2.5, 2][Math.round(Math.log10(width) * 3) % 3];
  return { r: (radius / width) * side, bar: side / 5, metres: width / 5 };
}

const earthRadius = 6_371_008.8; // metres

function metresBetween(a, b) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const half = (x, y) => Math.sin(radians(y - x) / 2) ** 2;
  const along = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude);
  return 2 * earthRadius * Math.asin(Math.sqrt(Math.min(half(a.latitude, b.latitude) + along, 1)));
}

/**
 * nearest tells how far a position is from the centre of the nearest site, in metres, and whether it can be inside of
 * one. The server decides; this is what a person is told before they punch.
 * @param {{ latitude: number, longitude: number, accuracy: number }} fix
 * @param {{ latitude: number, longitude: number, radius: number }[]} sites at least one
 */
export function nearest(fix, sites) {
  const far = sites.map((s) => ({ distance: metresBetween(fix, s), radius: s.radius }));
  return {
    distance: Math.min(...far.map((s) => s.distance)),
    inside: far.some((s) => s.distance - s.radius <= fix.accuracy),
  };
}

// metres writes a length.
export function metres(n, language) {
  const unit = n >= 1000 ? ['kilometer', n / 1000] : ['meter', n];
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit[0], maximumFractionDigits: 1 }).format(unit[1]);
}

// mapAt is the address of a map with a position on it.
export function mapAt(latitude, longitude) {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=18/${latitude}/${longitude}`;
}
