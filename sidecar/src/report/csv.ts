/**
 * Tables that Excel, pandas and everything between read without options: commas, CRLF, a header, a
 * point in numbers, RFC 3339 times, quotes where needed (RFC 4180).
 *
 * What a log says is hostile: a text that a spreadsheet would take for a formula gets an apostrophe
 * before it (OWASP: CSV injection).
 */
import { formatTime, type Instant } from '@tradetail/core/time.ts';

export type Cell = string | number | boolean | undefined;

const QUOTE = 0x22;
const COMMA = 0x2c;

export function csvRow(cells: readonly Cell[]): string {
  let row = cellText(cells[0]);
  for (let at = 1; at < cells.length; at += 1) row += `,${cellText(cells[at])}`;
  return `${row}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === undefined || typeof cell === 'number') return csvNumber(cell);
  return typeof cell === 'boolean' ? String(cell) : csvText(cell);
}

/** @returns the cell of a number, empty where it is none */
export const csvNumber = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '' : String(value);

/** @returns the cell of a text that anybody wrote */
export function csvText(text: string): string {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === COMMA || code === 0x0a || code === 0x0d) isQuoted = true;
  }
  const safe = FORMULA.includes(text.charAt(0)) && text !== '' ? `'${text}` : text;
  return isQuoted ? `"${safe.replaceAll('"', '""')}"` : safe;
}
const FORMULA = '=+-@\t\r';

/** @returns the cell of a time */
export function csvTime(time: Instant): string {
  if (time.seconds !== lastSecond) {
    lastSecond = time.seconds;
    lastText = formatTime({ seconds: time.seconds, nanos: 0 }).slice(0, NANOS_AT);
  }
  return `${lastText}${String(1e9 + time.nanos).slice(1)}Z`;
}
const NANOS_AT = '2026-01-01T00:00:00.'.length;
/** Times come mostly within one second. */
let lastSecond = NaN;
let lastText = '';
