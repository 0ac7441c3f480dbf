/**
 * What the report reads of a line and the fold does not. A line that was scanned has no escapes, no key
 * twice and nothing but ASCII, so a field is found in its bytes by its key; any other was parsed.
 */
import type { Json } from '@tradetail/core/events/check.ts';
import { label } from '../fold/label.ts';

const NEWLINE = 0x0a;
const TERMS_MAX = 1_024;

export class LineText {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end: number | undefined;
  #text: string | undefined;
  #line: Json | undefined;
  readonly #terms = new Map<string, string>();

  /** @param end undefined where it is not known yet: at the newline */
  place(bytes: Buffer, start: number, end: number | undefined): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#text = undefined;
  }

  /** It was parsed; undefined: it was scanned. */
  set line(line: Json | undefined) {
    this.#line = line;
  }

  /** All of the line. */
  parsed(): Json {
    return (
      this.#line ?? (JSON.parse(this.#bytes.toString('latin1', this.#start, this.#lineEnd)) as Json)
    );
  }

  get #lineEnd(): number {
    return (this.#end ??= this.#bytes.indexOf(NEWLINE, this.#start));
  }

  /** @returns a text, or a number's; empty where there is none */
  word(name: LineField): string {
    if (this.#line !== undefined) return textOf(this.#line[name]);
    const value = this.#value(name);
    return label(value.startsWith('"') ? value.slice(1, -1) : value);
  }

  /** @returns one of few, and the same string again: what is kept of a hundred thousand orders is kept once */
  term(name: LineField): string {
    const word = this.word(name);
    const known = this.#terms.get(word);
    if (known !== undefined) return known;
    if (this.#terms.size < TERMS_MAX) this.#terms.set(word, word);
    return word;
  }

  isTrue(name: LineField): boolean {
    return this.#line === undefined ? this.#value(name) === 'true' : this.#line[name] === true;
  }

  /** @returns of a number; NaN where there is none */
  number(name: LineField): number {
    if (this.#line === undefined) return Number.parseFloat(this.#value(name));
    const value = this.#line[name];
    return typeof value === 'number' ? value : NaN;
  }

  /** @returns of a decimal; NaN where there is none */
  decimal(name: LineField): number {
    if (this.#line !== undefined) return numberOf(this.#line[name]);
    const value = this.#value(name);
    return value.startsWith('"') ? Number(value.slice(1, -1)) : NaN;
  }

  /** As it stands in the bytes. */
  #value(name: LineField): string {
    const text = (this.#text ??= this.#bytes.toString('latin1', this.#start, this.#lineEnd));
    const key = KEYS[name];
    const at = text.indexOf(key);
    if (at < 0) return '';
    const start = at + key.length;
    let end = text.charCodeAt(start) === QUOTE ? text.indexOf('"', start + 1) + 1 : start;
    while (text.charCodeAt(end) !== COMMA && text.charCodeAt(end) !== CLOSE) end += 1;
    return text.slice(start, end);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE = 0x7d;

const NAMES = [
  'order_id',
  'intent',
  'ord_type',
  'tif',
  'post_only',
  'qty',
  'ref_bid',
  'ref_ask',
  'risk_ns',
  'reason',
  'expiry_reason',
] as const;
export type LineField = (typeof NAMES)[number];
const KEYS = Object.fromEntries(NAMES.map((name) => [name, `"${name}":`])) as Readonly<
  Record<LineField, string>
>;

/** The log's decimals, as numbers; what is none is NaN. */
export const numberOf = (value: unknown): number =>
  typeof value === 'string' ? Number(value) : NaN;

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? label(value) : typeof value === 'number' ? String(value) : '';
