/**
 * An id of the log that is kept as its bytes: nearly all of them are gone before anybody looks, and
 * making a string costs more than all else that is done with it.
 */
import type { Fields } from '../decode/fields.ts';
import { label } from './label.ts';

/** A longer one is kept as its label, which is short. */
const BYTES_MAX = 128;

export interface KeptText {
  bytes: Uint8Array;
  /** How many of the bytes are the text. */
  length: number;
  long: string | undefined;
}

export const emptyText = (): KeptText => ({
  bytes: new Uint8Array(32),
  length: 0,
  long: undefined,
});

/** Keeps the text that stands in a field. */
export function keepText(text: KeptText, fields: Fields, at: number): void {
  fields.locate(at);
  const start = fields.starts[at]!;
  const length = fields.ends[at]! - start;
  if (length > BYTES_MAX) {
    text.long = label(fields.text(at));
    return;
  }
  text.long = undefined;
  if (text.bytes.length < length) text.bytes = new Uint8Array(BYTES_MAX);
  const { bytes } = text;
  for (let index = 0; index < length; index += 1) bytes[index] = fields.bytes[start + index]!;
  text.length = length;
}

/** @returns the text as a label */
export const labelOf = ({ bytes, length, long }: KeptText): string =>
  long ?? Buffer.from(bytes.buffer, bytes.byteOffset, length).toString();
