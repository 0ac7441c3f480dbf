/** Text that may come from a log, on its way to a terminal: nothing in it moves a cursor or turns the order of letters. */

// Control characters, line and paragraph separators, and marks that change the direction of text.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @returns the text with what is unsafe shown as `\n`, `\x1b`, `\u202e` */
export const visible = (text: string): string =>
  text.replace(UNSAFE, (letter) => SHORT[letter] ?? escapeOf(letter.charCodeAt(0)));

const escapeOf = (code: number): string =>
  code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** @returns JSON that says the same in which nothing is unsafe */
export const visibleJson = (json: string): string =>
  json.replace(UNSAFE, (letter) =>
    letter === '\n' ? letter : `\\u${hex(letter.charCodeAt(0), 4)}`,
  );

// East Asian wide and emoji, coarsely: what most terminals draw two cells wide.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** @returns cells of a terminal */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const letter of text)
    width += /\p{Mn}|\p{Me}|\u200d/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}

/** @returns the text, or its beginning and `…`, in at most so many cells */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const letter of text) {
    used += widthOf(letter);
    if (used > width) break;
    kept += letter;
  }
  return `${kept}…`;
}
