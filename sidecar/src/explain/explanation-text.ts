/** An explanation for people: 80 columns, colour on a terminal, everything from the log escaped. */
import { visible, widthOf } from '../query/terminal-text.ts';
import type { BookView, ExplainedEvent, OrderExplanation } from './explanation.ts';

const WIDTH = 80;

/** Colours of a terminal, or nothing. */
export interface Ink {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly event: (event: string, text: string) => string;
}

const sgr =
  (code: string) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;
const same = (text: string): string => text;
const EVENT_COLOURS: Readonly<Record<string, string>> = {
  'order.filled': '32',
  'order.accepted': '36',
  'order.denied': '31',
  'order.rejected': '31',
  'order.unknown': '31',
  'order.cancel_rejected': '31',
};

export const PLAIN: Ink = { bold: same, dim: same, event: (_event, text) => text };
export const COLOURED: Ink = {
  bold: sgr('1'),
  dim: sgr('2'),
  event: (event, text) => sgr(EVENT_COLOURS[event] ?? '1')(text),
};

/** A number and its unit stay on one line. */
const NBSP = '\u00a0';

/** @param ns a difference: signed */
export function durationText(ns: number): string {
  const size = Math.abs(ns);
  const sign = ns < 0 ? '−' : '';
  const units = [
    [3_600e9, 'h'],
    [60e9, 'min'],
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ] as const;
  const [unit, name] = units.find(([one]) => size >= one) ?? [1, 'ns'];
  const value = size / unit;
  return `${sign}${unit === 1 ? value : value.toPrecision(value >= 100 ? 4 : 3)}${NBSP}${name}`;
}

const text = (value: unknown): string =>
  typeof value === 'string'
    ? visible(value)
    : value === undefined
      ? '–'
      : visible(JSON.stringify(value));

export function orderText(order: OrderExplanation, ink: Ink): string {
  const own = order.events.filter(({ relation }) => relation === 'order');
  const last = own.at(-1)?.fields ?? {};
  const first = own.at(0)?.fields ?? {};
  const terms = [
    last['ord_type'],
    last['tif'],
    last['post_only'] === true ? 'post-only' : undefined,
  ]
    .filter((one) => one !== undefined)
    .map(text)
    .join(' ');
  const px = last['px'] === undefined ? 'market' : text(last['px']);
  const lines = [
    ink.bold(
      `${text(order.cl_ord_id)}: ${text(first['side'])} ${text(last['qty'])} at ${px}, ${text(order.ord_status)}, filled ${text(last['cum_qty'])}`,
    ),
    `${terms} on ${text(order.symbol)} at ${text(order.venue)}${order.strategy === '' ? '' : `, by ${text(order.strategy)}`}`,
    `engine ${text(order.engine)}, run ${text(order.run)}${order.order_id === null ? '' : `, venue's id ${text(order.order_id)}`}`,
    '',
    ink.dim('       seq  engine clock (UTC)              + engine      + mono'),
  ];
  for (const event of order.events) lines.push(...eventLines(event, ink));
  if (order.missing_causes.length > 0)
    lines.push(...wrap(`not in the logs: cause ${order.missing_causes.join(', ')}`, 2));
  return `${lines.join('\n')}\n`;
}

const MARKS = { cause: 'why', state: 'why', order: ' ● ', effect: ' → ' } as const;

function eventLines(event: ExplainedEvent, ink: Ink): string[] {
  const { relation, seq, ts, since_ns: since } = event;
  const own = relation === 'order';
  const date = ts.slice(0, 29).replace('T', ' ');
  const passed = (ns: number | undefined): string =>
    (ns === undefined ? '' : durationText(ns)).padStart(11);
  const head = `${MARKS[relation]}${String(seq).padStart(7)}  ${date}${passed(since?.engine)} ${passed(since?.mono)}`;
  const name = own ? event.event.replace('order.', '') : event.event;
  const repeated = event.repeated ? ' (repeated: counts once)' : '';
  return [
    own ? head : ink.dim(head),
    ...wrap(`${name}${repeated} ${detail(event)}`.trim(), 12).map((line, index) =>
      index === 0 && own
        ? line.replace(name, ink.event(event.event, name))
        : own
          ? line
          : ink.dim(line),
    ),
    ...notes(event)
      .flatMap((note) => wrap(note, 12))
      .map(ink.dim),
  ];
}

/** What an event says, without what the order's head has said already. */
function detail({ event, fields: f, relation, cause }: ExplainedEvent): string {
  const parts: (string | undefined)[] = [];
  const add = (label: string, value: unknown): void => {
    if (value !== undefined) parts.push(`${label}${label === '' ? '' : ' '}${text(value)}`);
  };
  const ns = (label: string, value: unknown): void => {
    if (typeof value === 'number') parts.push(`${label} ${durationText(value)}`);
  };
  if (relation !== 'order' && event.startsWith('order.')) {
    add('of', f['cl_ord_id']);
    add('', f['side']);
    parts.push(`${text(f['qty'])} at ${text(f['px'] ?? 'market')}`);
  }
  switch (event) {
    case 'order.submitted':
      add('', f['intent']);
      parts.push(`best ${text(f['ref_bid'])} | ${text(f['ref_ask'])}`);
      ns('tick to trade', f['tick_to_trade_ns']);
      ns('decision', f['decision_ns']);
      if (typeof f['risk_ns'] === 'number')
        parts.push(`risk check passed in ${durationText(f['risk_ns'])}`);
      break;
    case 'order.denied':
      parts.push(`by our own risk check: ${text(f['deny_code'])}`);
      add('value', f['value']);
      add('limit', f['limit']);
      break;
    case 'order.accepted':
      add("venue's id", f['order_id']);
      ns('acknowledged after', f['ack_ns']);
      break;
    case 'order.filled':
      parts.push(`${text(f['last_qty'])} at ${text(f['last_px'])} as ${text(f['last_liquidity'])}`);
      parts.push(`fee ${text(f['fee'])} ${text(f['fee_ccy'])}`);
      ns('after', f['fill_ns']);
      add('execution', f['exec_id']);
      parts.push(`${text(f['cum_qty'])} filled, ${text(f['leaves_qty'])} open`);
      if (f['late'] === true) parts.push('late');
      break;
    case 'md.book':
      parts.push(bookText(f['bids'], f['asks']));
      break;
    case 'md.trade':
      parts.push(`${text(f['aggressor_side'])} ${text(f['qty'])} at ${text(f['px'])}`);
      break;
    case 'strategy.signal':
      parts.push(
        `${text(f['name'])} ${text(f['value'])} past ${text(f['threshold'])}: ${text(f['side'])}`,
      );
      break;
    case 'position.updated':
      parts.push(
        `position after: ${text(f['qty'])}${f['avg_px'] === undefined ? '' : ` at ${text(f['avg_px'])}`}`,
      );
      parts.push(`realized ${text(f['realized_pnl'])}`, `fees ${text(f['fees'])}`);
      break;
    default:
      for (const [name, value] of Object.entries(f)) if (!COMMON.has(name)) add(name, value);
  }
  if (relation === 'effect') parts.push(`cause ${text(cause)}`);
  return parts.join(', ');
}

const COMMON = new Set(
  'venue symbol strategy account msg cl_ord_id order_id side ord_type tif post_only px qty ord_status cum_qty leaves_qty transact_us'.split(
    ' ',
  ),
);

function bookText(bids: unknown, asks: unknown): string {
  const best = (levels: unknown): string => {
    const row: unknown = Array.isArray(levels) ? levels[0] : undefined;
    return Array.isArray(row) ? `${text(row[1])} at ${text(row[0])}` : 'nobody';
  };
  return `${best(bids)} | ${best(asks)}`;
}

function notes(event: ExplainedEvent): string[] {
  const lines: string[] = [];
  if (event.book !== null) lines.push(`book ${levelsText(event.book)} (seq ${event.book.seq})`);
  if (event.queue_ahead !== null)
    lines.push(
      `queue: at most ${event.queue_ahead} before it at its price (estimate from the books)`,
    );
  if (event.markouts !== null) {
    const marks = event.markouts.map(
      ({ horizon_s: horizon, bps }) => `${horizon}s${NBSP}${bps === null ? '–' : signed(bps)}`,
    );
    lines.push(`markout, bps: ${marks.join(', ')}`);
  }
  return lines;
}

const signed = (bps: number): string =>
  `${bps > 0 ? '+' : bps < 0 ? '−' : ''}${Math.abs(bps).toFixed(2)}`;

/** Best in the middle, as a book is drawn on its side. */
function levelsText({ bids, asks }: BookView): string {
  const level = ([px, qty]: readonly [string, string]): string => `${qty}@${px}`;
  return `${bids.map(level).reverse().join(' ') || 'nobody'} | ${asks.map(level).join(' ') || 'nobody'}`;
}

/** @returns lines of at most WIDTH cells, broken at spaces; a longer word is broken anywhere */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  const room = WIDTH - indent;
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = '';
    }
    for (; widthOf(word) > room; word = word.slice(room / 2)) lines.push(word.slice(0, room / 2));
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => ' '.repeat(indent) + one);
}
