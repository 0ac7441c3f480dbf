/**
 * Reading one line, as section 3 of the contract says it: which of the five reasons makes it
 * invalid, or what it says. The lists of fields are written here a second time, from the
 * contract's text, so that they can disagree with the product's catalogue.
 */
export type InvalidReason = 'too_long' | 'utf8' | 'json' | 'version' | 'schema';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A line whose envelope and used fields are of the schema. */
export interface Line {
  readonly engine: string;
  readonly run: string;
  readonly seq: number;
  readonly event: string;
  readonly known: boolean;
  /** ns since the epoch. */
  readonly wallNs: bigint;
  readonly engineNs: bigint;
  readonly hasTs: boolean;
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly fields: JsonObject;
}

/** @param bytes the line without its newline */
export function readLine(bytes: Buffer): Line | InvalidReason {
  if (bytes.length + 1 > 65_536) return 'too_long';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'utf8';
  }
  let value: Json;
  try {
    value = wellFormed(JSON.parse(text) as Json);
  } catch {
    return 'json';
  }
  if (!isObject(value)) return 'json';
  if (Number.isInteger(value['v']) && value['v'] !== 1) return 'version';
  return readObject(value) ?? 'schema';
}

/** A lone surrogate becomes U+FFFD. */
function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '\uFFFD');
  if (Array.isArray(value)) return value.map(wellFormed);
  if (isObject(value))
    // A null prototype, so that a key such as `__proto__` is a key like any other.
    return Object.entries(value).reduce<Record<string, Json>>(
      (copy, [key, inner]) => {
        copy[wellFormed(key) as string] = wellFormed(inner);
        return copy;
      },
      Object.create(null) as Record<string, Json>,
    );
  return value;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Check = (value: Json) => boolean;
const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => Number.isSafeInteger(value);
const finite: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const decimal: Check = (value) =>
  typeof value === 'string' && /^-?(0|[1-9]\d{0,17})(\.\d{1,18})?$/.test(value);
const positive: Check = (value) => decimal(value) && !/^-|^[0.]*$/.test(value as string);
const side: Check = (value) => value === 'BUY' || value === 'SELL';
// READING: `limit` and `value` of risk.limit are not said to be money or ratio: both spellings.
const measure: Check = (value) => decimal(value) || finite(value);
const amounts: Check = (value) => isObject(value) && Object.values(value).every(decimal);
/** READING: an absent list of a snapshot is an empty one (a part carries some of them). */
const listOf =
  (shape: Shape): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => isObject(item) && fits(item, shape));
/** The best row counts. READING: a row may carry more than price and quantity; any decimal is a quantity. */
const levels: Check = (value) =>
  Array.isArray(value) && (value.length === 0 || isLevel(value[0] as Json));
export const isLevel = (row: Json | undefined): row is readonly [string, string] =>
  Array.isArray(row) && positive(row[0] as Json) && decimal(row[1] as Json);

/** Name of a field → its check; a name that ends in `?` may be absent. */
type Shape = Readonly<Record<string, Check>>;

function fits(object: JsonObject, shape: Shape): boolean {
  return Object.entries(shape).every(([key, check]) => {
    const name = key.replace('?', '');
    const value = object[name];
    if (value === undefined) return key.endsWith('?');
    return check(value);
  });
}

const ENVELOPE: Shape = {
  level: text,
  time: (value) => typeof value === 'string' && parseTime(value) !== undefined,
  'ts?': (value) => typeof value === 'string' && parseTime(value) !== undefined,
  v: (value) => value === 1,
  engine: (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value),
  // READING: a run is a ULID, so anything else breaks the schema.
  run: (value) => typeof value === 'string' && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(value),
  seq: (value) => integer(value) && (value as number) >= 1,
  // READING: any integer, of any size and sign.
  mono_ns: (value) => Number.isInteger(value),
  event: text,
  'cause?': integer,
  'venue?': text,
  'symbol?': text,
  'strategy?': text,
  'account?': text,
  'msg?': text,
};

const MARKET: Shape = { venue: text, symbol: text };
const ORDER: Shape = { ...MARKET, cl_ord_id: text, ord_status: text };
const INSTRUMENT: Shape = {
  ...MARKET,
  base: text,
  quote: text,
  lot_size: positive,
  multiplier: positive,
  'minutes_per_year?': finite,
};
const BALANCE: Shape = { asset: text, free: decimal, locked: decimal };

/** The fields of each known event that sections 3 and 4 use. */
const EVENTS: Readonly<Record<string, Shape>> = {
  'engine.started': { version: text, mode: text },
  'engine.state': { to: text },
  'engine.heartbeat': {},
  'engine.snapshot': {
    'instruments?': listOf(INSTRUMENT),
    'strategies?': listOf({
      'strategy?': text,
      capital: decimal,
      capital_ccy: text,
      cash: decimal,
      equity_peak: decimal,
      max_drawdown: finite,
    }),
    'orders?': listOf({ ...ORDER, 'strategy?': text }),
    'positions?': listOf({
      ...MARKET,
      'strategy?': text,
      qty: decimal,
      'avg_px?': positive,
      realized_pnl: decimal,
      fees: decimal,
      'fees_unconverted?': amounts,
    }),
    'balances?': listOf({ venue: text, ...BALANCE }),
    'part?': integer,
    'parts?': integer,
  },
  'engine.error': {},
  'engine.stopped': {},
  'log.segment': { n: integer, first_seq: integer },
  'log.dropped': { from_seq: integer, to_seq: integer },
  'instrument.defined': INSTRUMENT,
  // READING: no number uses the venue of these, so its absence is not looked at.
  'venue.connecting': {},
  'venue.connected': {},
  'venue.disconnected': {},
  'venue.clock': {},
  'venue.rate_limit': {},
  'venue.token_expired': {},
  'md.book': { ...MARKET, 'bids?': levels, 'asks?': levels },
  'md.trade': { ...MARKET, px: positive, qty: decimal, aggressor_side: side },
  'md.gap': MARKET,
  'md.resync': MARKET,
  'md.stale': MARKET,
  'md.fresh': MARKET,
  'md.crossed': MARKET,
  'strategy.started': { capital: decimal, capital_ccy: text },
  'strategy.stopped': {},
  'strategy.state': { state: text },
  'strategy.signal': {},
  'order.submitted': {
    ...ORDER,
    side,
    ord_type: text,
    qty: decimal,
    'tick_to_trade_ns?': integer,
    'decision_ns?': integer,
  },
  'order.denied': { ...ORDER, deny_code: text },
  'order.accepted': { ...ORDER, ack_ns: integer },
  'order.rejected': { ...ORDER, code: text },
  'order.cancel_requested': ORDER,
  'order.canceled': ORDER,
  'order.cancel_rejected': ORDER,
  'order.replaced': ORDER,
  'order.filled': {
    ...ORDER,
    side,
    exec_id: text,
    last_px: positive,
    last_qty: positive,
    last_liquidity: text,
    fee: decimal,
    fee_ccy: text,
    'fee_quote?': decimal,
    'fill_ns?': integer,
  },
  'order.expired': ORDER,
  'order.unknown': ORDER,
  'order.resolved': ORDER,
  'position.updated': { ...MARKET, qty: decimal, realized_pnl: decimal, fees: decimal },
  'account.balance': { venue: text, balances: listOf(BALANCE) },
  'account.drift': {},
  'account.cash': { kind: text, amount: decimal, ccy: text },
  'risk.breach': { name: text, action: text },
  'risk.kill': {},
  'risk.rearmed': {},
  'risk.limit': { name: text, limit: measure, value: measure },
  'recon.started': {},
  'recon.diff': {},
  'recon.completed': {},
};

function readObject(fields: JsonObject): Line | undefined {
  if (!fits(fields, ENVELOPE)) return undefined;
  const event = fields['event'] as string;
  const shape = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  if (shape !== undefined && !fits(fields, shape)) return undefined;
  const wallNs = parseTime(fields['time'] as string)!;
  const hasTs = fields['ts'] !== undefined;
  const engineTime = (fields['ts'] ?? fields['time']) as string;
  const year = Number(engineTime.slice(0, 4));
  if (year < 1970 || year > 2199) return undefined;
  return {
    engine: fields['engine'] as string,
    run: fields['run'] as string,
    seq: fields['seq'] as number,
    event,
    known: shape !== undefined,
    wallNs,
    engineNs: parseTime(engineTime)!,
    hasTs,
    strategy: (fields['strategy'] ?? '') as string,
    venue: (fields['venue'] ?? '') as string,
    symbol: (fields['symbol'] ?? '') as string,
    fields,
  };
}

/** @returns ns since the epoch of an RFC 3339 UTC time with nine decimals, undefined where it is none */
export function parseTime(time: string): bigint | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(time)) return undefined;
  const ms = Date.parse(`${time.slice(0, 19)}Z`);
  // READING: a 30 February, an hour 24 and a leap second are not times.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== time.slice(0, 19))
    return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(time.slice(20, 29));
}
