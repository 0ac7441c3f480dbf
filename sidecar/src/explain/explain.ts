/** `explain`: everything the logs say about one order. */
import { Canceled, readLogs, type ReadSurroundings } from '../query/line-reader.ts';
import { visible, visibleJson } from '../query/terminal-text.ts';
import type { Explanation } from './explanation.ts';
import { COLOURED, orderText, PLAIN } from './explanation-text.ts';
import { OrderSearch, type OrderKey } from './order-search.ts';
import { OrderTrace } from './order-trace.ts';

/** Readings for causes that went by too long before what they caused. */
const READINGS_MAX = 8;

/**
 * @param id ours or the venue's
 * @returns undefined where no file matches
 * @throws Canceled
 */
export async function explanationOf(
  id: string,
  patterns: readonly string[],
  surroundings: ReadSurroundings,
): Promise<Explanation | undefined> {
  const search = new OrderSearch(id);
  if (!(await readLogs(patterns, search, surroundings))) return undefined;
  const { orders } = search;
  if (orders.length === 0) return { id, orders: [] };
  let trace = await traceOf(orders, new Map(), patterns, surroundings);
  for (let readings = 1; readings < READINGS_MAX; readings += 1) {
    const missing = trace.missing();
    if (missing.size === 0) break;
    trace = await traceOf(orders, missing, patterns, surroundings);
  }
  return { id, orders: trace.explanations() };
}

async function traceOf(
  orders: readonly OrderKey[],
  sought: ReadonlyMap<string, ReadonlySet<number>>,
  patterns: readonly string[],
  surroundings: ReadSurroundings,
): Promise<OrderTrace> {
  const trace = new OrderTrace(orders, sought);
  if (!(await readLogs(patterns, trace, surroundings))) throw new Error('the logs are gone');
  return trace;
}

/**
 * @param isColoured whether the text goes to a terminal that takes colours
 * @returns false where no file matches
 * @throws where no order has the id; Canceled
 */
export async function explain(
  id: string,
  patterns: readonly string[],
  format: 'text' | 'json',
  isColoured: boolean,
  write: (text: string) => void,
  surroundings: ReadSurroundings,
): Promise<boolean> {
  const explanation = await explanationOf(id, patterns, surroundings);
  if (surroundings.signal.aborted) throw new Canceled();
  if (explanation === undefined) return false;
  const { orders } = explanation;
  if (orders.length === 0) throw new Error(`no order in the logs has the id ${visible(id)}`);
  const ink = isColoured ? COLOURED : PLAIN;
  write(
    format === 'json'
      ? `${visibleJson(JSON.stringify(explanation, null, 2))}\n`
      : orders.map((order) => orderText(order, ink)).join('\n'),
  );
  return true;
}
