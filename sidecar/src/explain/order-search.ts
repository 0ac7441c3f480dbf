/** Which orders had an id, ours or the venue's. */
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import type { LineTaker, Run, ScannedLine } from '../query/line-reader.ts';

export interface OrderKey {
  readonly engine: string;
  readonly run: string;
  readonly venue: string;
  readonly symbol: string;
  readonly clOrdId: string;
}

const idOf = (key: OrderKey): string =>
  [key.engine, key.run, key.venue, key.symbol, key.clOrdId].join('\0');

export const isOrderEvent = (event: string): boolean => event.startsWith('order.');

export class OrderSearch implements LineTaker {
  readonly #orders = new Map<string, OrderKey>();
  readonly #id: string;
  readonly #needle: Buffer;

  constructor(id: string) {
    this.#id = id;
    this.#needle = needleOf(id);
  }

  /** By engine and run, then in the order in which they were met. */
  get orders(): readonly OrderKey[] {
    const runOf = ({ engine, run }: OrderKey): string => `${engine}\0${run}`;
    return [...this.#orders.values()].sort((a, b) =>
      runOf(a) < runOf(b) ? -1 : runOf(a) > runOf(b) ? 1 : 0,
    );
  }

  wants({ event }: ScannedLine, bytes: Buffer, start: number, end: number): boolean {
    return isOrderEvent(event) && bytes.subarray(start, end).includes(this.#needle);
  }

  take(line: Json, _times: LineTimes, { engine, run }: Run): void {
    if (!isOrderEvent(line['event'] as string)) return;
    // An event of unknown name has been checked by nobody.
    const { cl_ord_id: clOrdId, order_id: orderId, venue, symbol } = line;
    if (clOrdId !== this.#id && orderId !== this.#id) return;
    if (typeof clOrdId !== 'string' || typeof venue !== 'string' || typeof symbol !== 'string')
      return;
    const key = { engine, run, venue, symbol, clOrdId };
    if (!this.#orders.has(idOf(key))) this.#orders.set(idOf(key), key);
  }
}

/** @returns the text as it stands in a line that was scanned: what needs an escape never does */
const needleOf = (text: string): Buffer => Buffer.from(`"${text}"`);
