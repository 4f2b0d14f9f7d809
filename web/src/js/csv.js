// A part begins a formula with a sign, before which blanks, quotation marks and what cannot be seen do not count.
const formula = /^["\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠﹦﹢﹣﹫]/u;

// inert keeps spreadsheets from taking a text for a formula, as package csvfile does on the server and for the same
// cases: an apostrophe comes before a sign wherever a cell may begin for one spreadsheet or another.
export function inert(text) {
  const parts = text.split(/([;\t\r\n])/).map((part) => (formula.test(part) ? `'${part}` : part));
  return /^[\t\r\n]/.test(text) ? `'${parts.join('')}` : parts.join('');
}

// csv is a file with every cell quoted, in UTF-8 with the mark by which spreadsheets know it.
export function csv(rows) {
  const cell = (v) => `"${inert(String(v)).replaceAll('"', '""')}"`;
  return `\uFEFF${rows.map((r) => r.map(cell).join(',')).join('\r\n')}\r\n`;
}
