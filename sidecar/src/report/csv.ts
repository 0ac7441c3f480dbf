/**
 * Tables that Excel, pandas and everything between read without options: commas, CRLF, a header, a
 * point in numbers, RFC 3339 times, quotes where needed (RFC 4180).
 *
 * What a log says is hostile: a text that a spreadsheet would take for a formula gets an apostrophe
 * before it (OWASP: CSV injection).
 */
export type Cell = string | number | boolean | undefined;

const FORMULA = /^[=+\-@\t\r]/;
const TO_QUOTE = /[",\r\n]/;

export function csvRow(cells: readonly Cell[]): string {
  let row = cellText(cells[0]);
  for (let at = 1; at < cells.length; at += 1) row += `,${cellText(cells[at])}`;
  return `${row}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  if (typeof cell === 'boolean') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return TO_QUOTE.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
