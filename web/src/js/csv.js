// A cell begins a formula with one of these signs. Blanks, quotation marks and invisible characters before the sign do
// not matter.
const formula = /^["\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠﹦﹢﹣﹫]/u;

// inert keeps spreadsheets from reading a text as a formula. It puts an apostrophe before a sign wherever a cell may
// begin for one spreadsheet or another, in the same cases as package csvfile on the server.
export function inert(text) {
  const parts = text.split(/([;\t\r\n])/).map((part) => (formula.test(part) ? `'${part}` : part));
  return /^[\t\r\n]/.test(text) ? `'${parts.join('')}` : parts.join('');
}

// csv returns a file with every cell quoted, in UTF-8 with the byte order mark by which spreadsheets recognise it.
export function csv(rows) {
  const cell = (v) => `"${inert(String(v)).replaceAll('"', '""')}"`;
  return `\uFEFF${rows.map((r) => r.map(cell).join(',')).join('\r\n')}\r\n`;
}
