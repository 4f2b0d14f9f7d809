const plain = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

// differences lists the fields in which two rows differ, nested fields by their path. A row that did not exist has no
// fields. A value that is no row at all (a text, a list) counts as a single field without a name.
export function differences(before, after) {
  if (same(before ?? null, after ?? null)) return [];
  if (!plain(before ?? {}) || !plain(after ?? {})) return [{ field: '', before, after }];
  const out = [];
  const walk = (path, a, b) => {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const field = path ? `${path}.${key}` : key;
      if (plain(a[key]) && plain(b[key])) walk(field, a[key], b[key]);
      else if (!same(a[key], b[key])) out.push({ field, before: a[key], after: b[key] });
    }
  };
  walk('', before ?? {}, after ?? {});
  return out;
}
