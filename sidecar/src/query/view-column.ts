/**
 * The views: what each is about, its columns, and how a column is kept. Columns that repeat a field
 * of the log come from the catalogue of events, so they cannot fall behind it.
 */
import {
  EVENTS,
  type EventName,
  type Field,
  type FieldType,
} from '@tradetail/core/events/catalogue.ts';

/**
 * How a value is kept, which is what it costs: DuckDB takes numbers ten times as fast as texts, so
 * a text of few values is kept as the number of a word.
 */
export type Kind =
  'word' | 'text' | 'integer' | 'double' | 'flag' | 'decimal' | 'time' | 'levels' | 'json';

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly doc: string;
}

export const SQL_TYPES: Readonly<Record<Kind, string>> = {
  word: 'VARCHAR',
  text: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  flag: 'BOOLEAN',
  // Twenty digits before the point and eighteen after it: every decimal of the log, and sums of them.
  decimal: 'DECIMAL(38,18)',
  time: 'TIMESTAMP_NS',
  levels: 'STRUCT(px DECIMAL(38,18), qty DECIMAL(38,18))[]',
  json: 'JSON',
};

const KINDS: Readonly<Record<FieldType, Kind>> = {
  decimal: 'decimal',
  positive: 'decimal',
  int: 'integer',
  number: 'double',
  measure: 'decimal',
  text: 'word',
  side: 'word',
  flag: 'flag',
  levels: 'levels',
  texts: 'json',
  amounts: 'json',
  object: 'json',
  list: 'json',
};

/** Texts of which there are as many as rows. */
const MANY: ReadonlySet<string> = new Set([
  'cl_ord_id',
  'order_id',
  'exec_id',
  'trade_id',
  'ours',
  'theirs',
]);

const column = (name: string, kind: Kind, doc: string): Column => ({ name, kind, doc });

const fieldColumn = ({ name, type, doc = '' }: Field): Column =>
  column(name, MANY.has(name) ? 'text' : KINDS[type], doc);

const WHEN: readonly Column[] = [
  column('engine', 'word', 'name of the engine'),
  column('run', 'word', 'its run, a ULID'),
  column('seq', 'integer', 'order within the run'),
  column('ts', 'time', 'engine clock: `ts` of the line, else its `time`; UTC'),
  column('time', 'time', 'wall clock, UTC'),
  column('mono_ns', 'integer', 'monotonic ns since the run started'),
  column('event', 'word', ''),
  column('cause', 'integer', '`seq` of the event that directly caused this one'),
];
const STRATEGY = column('strategy', 'word', 'empty where the line names none');
const VENUE = column('venue', 'word', '');
const SYMBOL = column('symbol', 'word', '');
const ACCOUNT = column('account', 'word', '');
const NOTIONAL = (qty: string, px: string): Column =>
  column(
    'notional',
    'decimal',
    `${qty} · ${px} · multiplier; NULL before the instrument is defined`,
  );

/** Each name once, where it stands first. */
function fieldsOf(names: readonly EventName[]): Column[] {
  const columns = new Map<string, Column>();
  for (const name of names)
    for (const field of EVENTS[name].fields)
      if (!columns.has(field.name)) columns.set(field.name, fieldColumn(field));
  return [...columns.values()];
}

const eventsLike = (prefix: string): EventName[] =>
  (Object.keys(EVENTS) as EventName[]).filter((name) => name.startsWith(prefix));

/** A view with a row for each line of some events. */
export interface LineView {
  readonly name: string;
  readonly doc: string;
  /** undefined: all. */
  readonly events: ReadonlySet<string> | undefined;
  readonly columns: readonly Column[];
}

const about = (
  name: string,
  doc: string,
  events: readonly EventName[],
  more: readonly Column[] = [],
): LineView => {
  const scopes = [STRATEGY, VENUE, SYMBOL, ACCOUNT];
  return {
    name,
    doc,
    events: new Set(events),
    columns: unique([...WHEN, ...scopes, ...fieldsOf(events), ...more]),
  };
};

const unique = (columns: readonly Column[]): Column[] => {
  const names = new Set<string>();
  return columns.filter(({ name }) => !names.has(name) && names.add(name));
};

export const LINE_VIEWS: readonly LineView[] = [
  about(
    'order_events',
    'one row an event of an order, fills (and their repetitions) among them',
    eventsLike('order.'),
  ),
  about(
    'fills',
    'one row a fill; a repetition (same engine, run, venue, symbol, side, exec_id) is left out',
    ['order.filled'],
    [NOTIONAL('last_qty', 'last_px')],
  ),
  {
    name: 'books',
    doc: 'one row an `md.book`',
    events: new Set(['md.book']),
    columns: [
      ...WHEN,
      VENUE,
      SYMBOL,
      column('bid_px', 'decimal', 'best bid; NULL where the side is empty'),
      column('bid_qty', 'decimal', ''),
      column('ask_px', 'decimal', 'best ask'),
      column('ask_qty', 'decimal', ''),
      column('usable', 'flag', 'both sides, bid below ask'),
      ...fieldsOf(['md.book']).map((one) =>
        one.kind === 'levels' ? { ...one, doc: 'best first; a bad row ends the levels' } : one,
      ),
    ],
  },
  about(
    'trades',
    "one row an `md.trade`: the market's trades, not ours",
    ['md.trade'],
    [NOTIONAL('qty', 'px')],
  ),
  about('positions', "one row a `position.updated`: the engine's claim after each fill", [
    'position.updated',
  ]),
  about('risk', 'one row a `risk.*` event', eventsLike('risk.')),
  {
    name: 'events',
    doc: 'one row a line that counts, also of events of unknown name',
    events: undefined,
    columns: [
      ...WHEN,
      column('level', 'word', ''),
      STRATEGY,
      VENUE,
      SYMBOL,
      ACCOUNT,
      column('msg', 'text', ''),
      column('fields', 'json', "the event's own fields, as logged: `fields->>'reason'`"),
    ],
  },
];

/** A view made from another one. */
export interface DerivedView {
  readonly name: string;
  readonly doc: string;
  readonly of: string;
  readonly sql: string;
  readonly columns: readonly Column[];
}

const ORDER_KEY = ['engine', 'run', 'venue', 'symbol', 'cl_ord_id'];
/** Of an order: from the last of its events that has the field; of the others from the first that has it. */
const LAST = ['order_id', 'px', 'qty', 'ord_status', 'cum_qty', 'leaves_qty'];
const FIRST = [
  'strategy',
  'side',
  'ord_type',
  'tif',
  'post_only',
  'intent',
  'ref_bid',
  'ref_ask',
  'tick_to_trade_ns',
  'decision_ns',
  'risk_ns',
  'ack_ns',
  'deny_code',
  'code',
  'text',
];
const moment = (event: string): string => `min(ts) FILTER (event = '${event}')`;
const ORDER_MOMENTS: readonly (readonly [string, Kind, string, string])[] = [
  ['first_seq', 'integer', 'min(seq)', 'of its first event'],
  ['last_seq', 'integer', 'max(seq)', 'of its last one'],
  ['submitted_ts', 'time', moment('order.submitted'), 'engine clock'],
  ['accepted_ts', 'time', moment('order.accepted'), ''],
  ['filled_ts', 'time', moment('order.filled'), 'of the first fill'],
  ['cancel_requested_ts', 'time', moment('order.cancel_requested'), ''],
  [
    'ended_ts',
    'time',
    "min(ts) FILTER (ord_status IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'DENIED'))",
    'of its first terminal event',
  ],
];

const orderColumns = (): Column[] => {
  const { columns } = LINE_VIEWS[0]!;
  const named = (name: string): Column => columns.find((one) => one.name === name)!;
  return [
    ...[...ORDER_KEY, ...FIRST.slice(0, 5), ...LAST, ...FIRST.slice(5)].map(named),
    ...ORDER_MOMENTS.map(([name, kind, , doc]) => column(name, kind, doc)),
  ];
};

export const DERIVED_VIEWS: readonly DerivedView[] = [
  {
    name: 'orders',
    doc: 'one row an order (engine, run, venue, symbol, cl_ord_id), as its events leave it',
    of: 'order_events',
    columns: orderColumns(),
    sql: `SELECT ${[
      ...ORDER_KEY,
      ...FIRST.slice(0, 5).map((name) => `arg_min(${name}, seq) AS ${name}`),
      ...LAST.map((name) => `arg_max(${name}, seq) AS ${name}`),
      ...FIRST.slice(5).map((name) => `arg_min(${name}, seq) AS ${name}`),
      ...ORDER_MOMENTS.map(([name, , sql]) => `${sql} AS ${name}`),
    ].join(', ')} FROM order_events GROUP BY ALL`,
  },
];

/** @returns the tables of docs/query.md */
export function viewsMarkdown(): string {
  return [...DERIVED_VIEWS, ...LINE_VIEWS]
    .map(({ name, doc, columns }) =>
      [
        `### \`${name}\``,
        '',
        `${doc[0]!.toUpperCase()}${doc.slice(1)}.`,
        '',
        '| column | type | meaning |',
        '| --- | --- | --- |',
        ...columns.map(
          (one) =>
            `| \`${one.name}\` | \`${SQL_TYPES[one.kind]}\` | ${one.doc.replaceAll('|', '\\|')} |`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}
