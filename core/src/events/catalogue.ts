/**
 * Every event of the log, as data: the one definition from which the engine's writer takes the
 * order of the fields, the reader its checks, and the documentation its tables and JSON Schema.
 *
 * A line is the envelope, then the event's fields in the order listed here, then `msg`. `read`
 * marks what the sidecar's numbers use: only that is checked when a line is read; everything else
 * is carried for people and may be wrong without making the line invalid.
 */

/**
 * | type | JSON |
 * |---|---|
 * | decimal | string `-?(0\|[1-9]\d*)(\.\d+)?`, at most 18 digits before and 18 after the point |
 * | positive | a decimal above zero |
 * | int | integer, magnitude below 2^53 |
 * | number | finite number |
 * | measure | a decimal (string) or a finite number, whatever the limit it belongs to is counted in |
 * | text | string |
 * | side | `BUY` or `SELL` |
 * | flag | boolean |
 * | levels | `[[px, qty], …]`, best first |
 * | texts | array of strings |
 * | amounts | object from currency to decimal |
 * | object | any JSON object |
 * | list | array of objects whose fields are given |
 */
export type FieldType =
  | 'decimal'
  | 'positive'
  | 'int'
  | 'number'
  | 'measure'
  | 'text'
  | 'side'
  | 'flag'
  | 'levels'
  | 'texts'
  | 'amounts'
  | 'object'
  | 'list';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly optional?: true;
  /** Used by the sidecar's numbers, hence checked when a line is read. */
  readonly read?: true;
  /** The words it is written with; other words are read as they come. */
  readonly words?: readonly string[];
  /** The fields of a list's objects. */
  readonly of?: readonly Field[];
  readonly doc?: string;
}

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Envelope fields that say what an event is about. */
export type Scope = 'venue' | 'symbol' | 'strategy' | 'account';
export const SCOPES: readonly Scope[] = ['venue', 'symbol', 'strategy', 'account'];

export interface EventSpec {
  readonly level: Level;
  /** Scopes it always has. An absent strategy is the empty one. */
  readonly scopes: readonly Scope[];
  /** A number is kept by those scopes, hence a line without one is invalid. */
  readonly areScopesRead: boolean;
  readonly fields: readonly Field[];
  readonly doc: string;
}

type Extra = Omit<Field, 'name' | 'type'>;
const field =
  (type: FieldType) =>
  (name: string, extra: Extra = {}): Field => ({ name, type, ...extra });
const decimal = field('decimal');
const positive = field('positive');
const int = field('int');
const number = field('number');
const measure = field('measure');
const text = field('text');
const side = field('side');
const flag = field('flag');
const levels = field('levels');
const texts = field('texts');
const amounts = field('amounts');
const object = field('object');
const list = (name: string, of: readonly Field[], extra: Extra = {}): Field => ({
  name,
  type: 'list',
  of,
  ...extra,
});
const optional = { optional: true } as const;
const read = { read: true } as const;
const maybeRead = { optional: true, read: true } as const;

export const MODES = ['READ_ONLY', 'PAPER', 'LIVE_LIMITED', 'LIVE'] as const;
export const ENGINE_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;
export const STRATEGY_STATES = ['QUOTING', 'WATCHING', 'PAUSED', 'STOPPED'] as const;
export const ORDER_STATUSES = [
  'CREATED',
  'PENDING_NEW',
  'NEW',
  'PARTIALLY_FILLED',
  'PENDING_CANCEL',
  'PENDING_REPLACE',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
  'DENIED',
  'UNKNOWN',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const TERMINAL_STATUSES: ReadonlySet<string> = new Set<OrderStatus>([
  'DENIED',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
]);
export const RISK_NAMES = [
  'MAX_ORDER_QTY',
  'MAX_ORDER_NOTIONAL',
  'MAX_POSITION',
  'MAX_OPEN_ORDERS',
  'MAX_DAILY_LOSS',
  'MAX_DRAWDOWN',
  'ORDER_RATE',
  'CANCEL_RATE',
  'PRICE_BAND',
  'STALE_MD',
  'SELF_CROSS',
  'BALANCE',
  'DUPLICATE',
  'VENUE_FILTER',
] as const;
export type RiskName = (typeof RISK_NAMES)[number];

const ORDER: readonly Field[] = [
  text('cl_ord_id', { ...read, doc: 'our id of the order' }),
  text('order_id', { ...optional, doc: "the venue's id, once it has told it" }),
  side('side'),
  text('ord_type', { words: ['LIMIT', 'MARKET'] }),
  text('tif', { words: ['GTC', 'IOC', 'FOK', 'DAY'] }),
  flag('post_only'),
  decimal('px', { ...optional, doc: 'limit price' }),
  decimal('qty', { doc: 'order quantity' }),
  text('ord_status', { ...read, words: ORDER_STATUSES, doc: 'after the event' }),
  decimal('cum_qty', { doc: 'filled so far' }),
  decimal('leaves_qty', { doc: 'still open' }),
];
/** The common fields with some of them used by the numbers of this event. */
const orderReading = (...names: readonly string[]): readonly Field[] =>
  ORDER.map((one) => (names.includes(one.name) ? { ...one, ...read } : one));

const INSTRUMENT: readonly Field[] = [
  text('base', read),
  text('quote', read),
  positive('tick_size'),
  positive('lot_size', read),
  decimal('min_qty'),
  decimal('max_qty', optional),
  decimal('min_notional', optional),
  positive('multiplier', { ...read, doc: '"1" for spot; linear instruments only' }),
  decimal('maker_fee', { doc: 'fraction of notional, may be negative' }),
  decimal('taker_fee', { doc: 'fraction of notional, may be negative' }),
  number('minutes_per_year', { ...maybeRead, doc: 'trading minutes, 525,600 where absent' }),
];
const where: readonly Field[] = [text('venue', read), text('symbol', read)];

const order = (
  level: Level,
  doc: string,
  fields: readonly Field[],
  common: readonly Field[] = ORDER,
): EventSpec => ({
  level,
  scopes: ['venue', 'symbol'],
  areScopesRead: true,
  fields: [...common, ...fields],
  doc,
});
const about =
  (scopes: readonly Scope[], areScopesRead = false) =>
  (level: Level, doc: string, fields: readonly Field[] = []): EventSpec => ({
    level,
    scopes,
    areScopesRead,
    fields,
    doc,
  });
const engine = about([]);
const venue = about(['venue']);
const market = about(['venue', 'symbol'], true);
/** About a market, and no number is kept of it. */
const feed = about(['venue', 'symbol']);
const balances = about(['venue'], true);
const strategy = about([]);

export const EVENTS = {
  'engine.started': engine('info', 'the first thing a run says of itself', [
    text('version', read),
    text('mode', { ...read, words: MODES }),
    text('clock', { words: ['WALL', 'SIM'] }),
    int('seed', optional),
    object('config', { doc: 'redacted' }),
    text('config_sha256', { doc: 'of the redacted configuration' }),
    texts('strategies'),
    texts('venues'),
  ]),
  'engine.state': engine('warn', 'trading state changed', [
    text('from', { words: ENGINE_STATES }),
    text('to', { ...read, words: ENGINE_STATES }),
    text('reason'),
  ]),
  'engine.heartbeat': engine('debug', 'every 5 s', [
    number('uptime_s'),
    int('loop_p50_ns'),
    int('loop_p99_ns'),
    number('rss_mb'),
    int('orders_open'),
    int('events_logged'),
    int('events_dropped'),
  ]),
  'engine.snapshot': engine(
    'info',
    'the whole state, at start, every minute, at the start of a segment and at stop; several lines where one is too short, in effect with the last part',
    [
      list('instruments', [...where, ...INSTRUMENT], { ...read, optional: true }),
      list(
        'strategies',
        [
          text('strategy', read),
          decimal('capital', read),
          text('capital_ccy', read),
          decimal('cash', { ...read, doc: 'funding, dividends and interest so far' }),
          decimal('equity_peak', read),
          number('max_drawdown', read),
        ],
        { ...read, optional: true },
      ),
      list('orders', [text('strategy', read), ...where, ...ORDER], { ...read, optional: true }),
      list(
        'positions',
        [
          text('strategy', read),
          ...where,
          decimal('qty', { ...read, doc: 'signed' }),
          positive('avg_px', maybeRead),
          decimal('realized_pnl', { ...read, doc: 'before fees' }),
          decimal('fees', { ...read, doc: 'in quote, paid is positive' }),
          amounts('fees_unconverted', maybeRead),
        ],
        { ...read, optional: true, doc: 'every key of the run, flat ones too' },
      ),
      list(
        'balances',
        [text('venue', read), text('asset', read), decimal('free', read), decimal('locked', read)],
        {
          ...read,
          optional: true,
        },
      ),
      int('part', maybeRead),
      int('parts', maybeRead),
    ],
  ),
  'engine.error': engine('error', 'something failed', [
    text('error_type'),
    text('error_message'),
    text('error_stack'),
    flag('fatal'),
  ]),
  'engine.stopped': engine('info', 'the last thing a run says of itself', [
    text('reason'),
    int('exit_code'),
    object('totals'),
  ]),
  'log.segment': engine('debug', 'the first line of a segment', [
    int('n', read),
    int('first_seq', read),
  ]),
  'log.dropped': engine(
    'warn',
    'events that were not written; they used up their seqs; only md.* may be dropped',
    [int('count'), int('from_seq', read), int('to_seq', read)],
  ),

  'instrument.defined': market('info', 'what is traded', INSTRUMENT),

  'venue.connecting': venue('info', 'a connection is being made', [
    text('channel', { words: ['MD', 'ORDER', 'USER', 'REST'] }),
    int('attempt', optional),
  ]),
  'venue.connected': venue('info', 'a connection stands', [text('channel')]),
  'venue.disconnected': venue('warn', 'a connection ended', [
    text('channel'),
    int('code', optional),
    text('reason', optional),
    int('attempt', optional),
    int('delay_ms', { ...optional, doc: 'until the next attempt' }),
  ]),
  'venue.clock': venue('debug', "the venue's clock against ours", [
    int('offset_us'),
    int('rtt_us'),
  ]),
  'venue.rate_limit': venue('warn', "the venue's request limits", [
    text('limit_type'),
    text('interval'),
    int('limit'),
    int('used'),
    int('retry_after_ms', optional),
  ]),
  'venue.token_expired': venue('error', 'a person must log in again'),

  'md.book': market('trace', 'the book changed; at most one a symbol in md_interval_ms', [
    levels('bids', maybeRead),
    levels('asks', maybeRead),
    int('update_id', optional),
    int('venue_us', optional),
  ]),
  'md.trade': market('trace', 'a trade of the market', [
    text('trade_id'),
    positive('px', read),
    decimal('qty', read),
    side('aggressor_side', read),
    flag('inferred', optional),
    int('venue_us', optional),
  ]),
  'md.gap': market('warn', 'updates are missing', [int('expected_id'), int('got_id')]),
  'md.resync': market('info', 'the book was made anew', [text('reason'), int('took_ms')]),
  'md.stale': feed('warn', 'nothing came for too long', [int('age_ms')]),
  'md.fresh': feed('info', 'data comes again'),
  'md.crossed': feed('warn', 'bid at or above ask'),

  'strategy.started': strategy('info', 'a strategy begins', [
    text('algo'),
    object('params'),
    decimal('capital', read),
    text('capital_ccy', read),
  ]),
  'strategy.stopped': strategy('info', 'a strategy ended'),
  'strategy.state': strategy('debug', 'on change and every 5 s', [
    text('state', {
      ...read,
      words: STRATEGY_STATES,
      doc: 'of the strategy as a whole: it works as long as it does on one of its instruments',
    }),
    text('reason', { ...optional, doc: 'why nothing is done on this instrument' }),
    decimal('fair_px', optional),
    decimal('target_bid', optional),
    decimal('target_ask', optional),
    number('skew', optional),
    number('signal', optional),
    decimal('position'),
  ]),
  'strategy.signal': strategy('debug', 'a feature passed its threshold', [
    text('name'),
    number('value'),
    number('threshold'),
    side('side'),
  ]),

  'order.submitted': order(
    'info',
    'sent to the venue',
    [
      text('intent', { words: ['QUOTE', 'TAKE', 'EXIT', 'FLATTEN'] }),
      decimal('ref_bid', { ...optional, doc: 'best bid at the decision' }),
      decimal('ref_ask', { ...optional, doc: 'best ask at the decision' }),
      int('tick_to_trade_ns', maybeRead),
      int('decision_ns', maybeRead),
      int('risk_ns', optional),
    ],
    orderReading('side', 'ord_type', 'qty'),
  ),
  'order.denied': order('warn', 'refused by our own risk check, never sent', [
    text('deny_code', { ...read, words: RISK_NAMES }),
    measure('limit', optional),
    measure('value', optional),
  ]),
  'order.accepted': order('info', 'the venue has it', [
    int('ack_ns', read),
    int('transact_us', optional),
  ]),
  'order.rejected': order('warn', 'refused by the venue', [text('code', read), text('text')]),
  'order.cancel_requested': order('debug', 'we asked to cancel', [text('reason')]),
  'order.canceled': order('info', 'no longer open', [
    text('reason', optional),
    int('transact_us', optional),
  ]),
  'order.cancel_rejected': order('warn', 'the venue did not cancel', [text('code'), text('text')]),
  'order.replaced': order('info', 'price or quantity changed', [
    decimal('old_px'),
    decimal('old_qty'),
  ]),
  'order.filled': order(
    'info',
    'a fill; it wins over everything, also after a cancel',
    [
      text('exec_id', read),
      text('trade_id', optional),
      positive('last_px', read),
      positive('last_qty', read),
      text('last_liquidity', { ...read, words: ['MAKER', 'TAKER'] }),
      decimal('fee', { ...read, doc: 'paid is positive, a rebate negative' }),
      text('fee_ccy', read),
      decimal('fee_quote', { ...maybeRead, doc: 'the fee in the quote asset' }),
      int('fill_ns', { ...maybeRead, doc: 'submission to fill' }),
      int('transact_us', optional),
      flag('late', optional),
    ],
    orderReading('side'),
  ),
  'order.expired': order('info', 'ended by the venue', [text('expiry_reason')]),
  'order.unknown': order('warn', 'the venue did not say what became of it', [text('why')]),
  'order.resolved': order('info', 'known again', [text('by')]),

  'position.updated': market('info', "the engine's own claim after each fill", [
    decimal('qty', { ...read, doc: 'signed' }),
    decimal('avg_px', optional),
    decimal('realized_pnl', { ...read, doc: 'before fees' }),
    decimal('fees', { ...read, doc: 'in quote' }),
  ]),
  'account.balance': balances('info', 'balances as somebody claims them', [
    text('source', { words: ['REST', 'STREAM', 'LEDGER'] }),
    list('balances', [text('asset', read), decimal('free', read), decimal('locked', read)], read),
  ]),
  // Its field `venue` is a balance, so it has no envelope field of that name: no key stands twice.
  'account.drift': engine('error', 'our balance and the venue’s differ', [
    text('asset'),
    decimal('ledger', { doc: 'ours' }),
    decimal('venue', { doc: "the venue's" }),
    decimal('diff'),
  ]),
  'account.cash': engine('info', 'money that moved without a fill', [
    text('kind', { ...read, words: ['DEPOSIT', 'WITHDRAWAL', 'FUNDING', 'DIVIDEND', 'INTEREST'] }),
    decimal('amount', { ...read, doc: 'signed' }),
    text('ccy', read),
  ]),

  'risk.breach': engine('warn', 'a limit was passed', [
    text('name', { ...read, words: RISK_NAMES }),
    measure('value'),
    measure('limit'),
    text('action', { ...read, words: ['DENY', 'REDUCE', 'HALT', 'FLATTEN'] }),
  ]),
  'risk.kill': engine('fatal', 'the kill switch latched', [text('trigger'), text('by')]),
  'risk.rearmed': engine('warn', 'a person re-armed the kill switch', [text('by')]),
  'risk.limit': engine('debug', 'how near each limit is, every 5 s', [
    text('name', { ...read, words: RISK_NAMES }),
    measure('limit', read),
    measure('value', read),
  ]),
  'recon.started': venue('info', 'our state is being compared with the venue’s'),
  'recon.diff': venue('warn', 'a difference', [
    text('kind', { words: ['ORDER', 'FILL', 'POSITION', 'BALANCE'] }),
    text('ours'),
    text('theirs'),
    text('action'),
  ]),
  'recon.completed': venue('info', 'the comparison ended', [int('diffs'), int('took_ms')]),
} as const satisfies Record<string, EventSpec>;

export type EventName = keyof typeof EVENTS;
export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];
