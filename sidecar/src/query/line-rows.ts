/** What a line says, as the values of a view's row: what is not what the catalogue says of it is NULL. */
import { isDecimal, parseAtoms } from '@tradetail/core/decimal.ts';
import { isLevel, type Json, type LineTimes } from '@tradetail/core/events/check.ts';
import type { Instant } from '@tradetail/core/time.ts';
import { marketId, type Run } from './line-reader.ts';
import type { Column, Kind, LineView } from './view-column.ts';

/** Decimals in atoms, times in ns since the epoch, levels and JSON as text. */
export type Value = string | number | bigint | boolean | null;

type ValueOf = (line: Json, times: LineTimes, run: Run) => Value;

/** @returns what makes the values of a view's row, one a column */
export const rowOf = (view: LineView): readonly ValueOf[] =>
  view.columns.map((column) => special(view.name, column) ?? plain(column));

const NS = 1_000_000_000n;
const ns = ({ seconds, nanos }: Instant): bigint => BigInt(seconds) * NS + BigInt(nanos);

function special(view: string, { name }: Column): ValueOf | undefined {
  switch (name) {
    case 'ts':
      return (_line, { engine }) => ns(engine);
    case 'time':
      // Only that of the engine is held to 1970–2199; a column of ns reaches 1677–2262.
      return (_line, { wall }) => (wall.seconds < 9.2e9 ? ns(wall) : null);
    case 'strategy':
      return (line) => (line['strategy'] as string | undefined) ?? '';
    case 'notional':
      return view === 'fills'
        ? (line, _times, run) => notional(line, 'last_qty', 'last_px', run)
        : (line, _times, run) => notional(line, 'qty', 'px', run);
    case 'fee_quote':
      return view === 'fills' ? feeInQuote : undefined;
    case 'bid_px':
      return (line) => best(line['bids'], 0);
    case 'bid_qty':
      return (line) => best(line['bids'], 1);
    case 'ask_px':
      return (line) => best(line['asks'], 0);
    case 'ask_qty':
      return (line) => best(line['asks'], 1);
    case 'usable':
      return (line) => {
        const bid = best(line['bids'], 0);
        const ask = best(line['asks'], 0);
        return bid !== null && ask !== null && bid < ask;
      };
    case 'fields':
      return fields;
    default:
      return undefined;
  }
}

const plain = ({ name, kind }: Column): ValueOf => {
  const read = READERS[kind];
  return (line) => read(line[name]);
};

const text = (value: unknown): Value => (typeof value === 'string' ? value : null);
const json = (value: unknown): Value => (value === undefined ? null : JSON.stringify(value));
const READERS: Readonly<Record<Kind, (value: unknown) => Value>> = {
  word: text,
  text,
  integer: (value) => (Number.isSafeInteger(value) ? (value as number) : null),
  double: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null),
  flag: (value) => (typeof value === 'boolean' ? value : null),
  decimal: (value) => {
    if (typeof value === 'string') return isDecimal(value) ? parseAtoms(value) : null;
    // A limit that is counted in plain numbers.
    if (typeof value !== 'number' || !(Math.abs(value) < 1e18)) return null;
    return parseAtoms(isDecimal(String(value)) ? String(value) : value.toFixed(18));
  },
  time: () => null,
  levels: (value) => {
    if (!Array.isArray(value)) return '[]';
    const bad = value.findIndex((row) => !isLevel(row));
    return JSON.stringify(bad === -1 ? value : value.slice(0, bad));
  },
  json,
};

/** @returns one of a book's best row; null where the side is empty */
function best(levels: unknown, index: 0 | 1): bigint | null {
  const row = Array.isArray(levels) ? (levels[0] as readonly string[] | undefined) : undefined;
  return row === undefined ? null : parseAtoms(row[index]!);
}

/** Twenty digits before the point, eighteen after it. */
const DECIMAL_END = 10n ** 38n;
const ONE = 10n ** 18n;

/** @returns atoms of the product, rounded half away from zero past 18 digits; null past 20 before the point */
function product(a: bigint, b: bigint, c: bigint): bigint | null {
  const whole = a * b * c;
  const half = (ONE * ONE) / 2n;
  const rounded = (whole + (whole < 0n ? -half : half)) / (ONE * ONE);
  return rounded < DECIMAL_END && rounded > -DECIMAL_END ? rounded : null;
}

function notional(line: Json, qty: string, px: string, run: Run): Value {
  const instrument = run.instruments.get(marketId(line['venue'], line['symbol']));
  if (instrument === undefined) return null;
  const { multiplier } = instrument;
  return product(parseAtoms(line[qty] as string), parseAtoms(line[px] as string), multiplier);
}

/** The fee in the quote asset as the ledger counts it; null where it is counted apart. */
function feeInQuote(line: Json, _times: LineTimes, run: Run): Value {
  if (line['fee_quote'] !== undefined) return parseAtoms(line['fee_quote'] as string);
  const instrument = run.instruments.get(marketId(line['venue'], line['symbol']));
  const fee = parseAtoms(line['fee'] as string);
  if (instrument === undefined) return null;
  if (line['fee_ccy'] === instrument.quote) return fee;
  if (line['fee_ccy'] !== instrument.base || instrument.multiplier !== ONE) return null;
  return product(fee, parseAtoms(line['last_px'] as string), ONE);
}

const ENVELOPE = new Set(
  'level time ts v engine run seq mono_ns event cause venue symbol strategy account msg'.split(' '),
);

/** The event's own fields. That of `account.drift` stands where the envelope has a venue. */
function fields(line: Json): Value {
  const own: [string, unknown][] = [];
  const isDrift = line['event'] === 'account.drift';
  for (const name of Object.keys(line))
    if (!ENVELOPE.has(name) || (isDrift && name === 'venue')) own.push([name, line[name]]);
  return JSON.stringify(Object.fromEntries(own));
}
