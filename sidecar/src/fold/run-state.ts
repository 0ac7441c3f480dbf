/** The state of one run of an engine: what every gauge is computed from. Plain data. */
import type { Instant } from '@tradetail/core/time.ts';
import { flatPosition, type Position } from '@tradetail/core/ledger/position.ts';
import { emptySum, type Sum } from '@tradetail/core/stats/sum.ts';
import { emptyTotal, type Total } from '@tradetail/core/total.ts';
import { newIdTable, type IdTable } from './id-table.ts';
import type { KeptText } from './kept-text.ts';
import type { Units } from './market-price.ts';
import { newMarkoutQueue, type MarkoutQueue, type Markouts } from './markout-queue.ts';
import { newSequence, type Sequence } from './sequence.ts';

export interface RunState {
  readonly run: string;
  readonly sequence: Sequence;
  /** Whether the run's lines carry `ts`: the first line decides. */
  readonly hasEngineTime: boolean;
  /** The greatest engine time of the lines read so far. */
  readonly clock: Instant;
  /** Seqs before the first segment there is. */
  pruned: number;
  /** The first segments are gone and no snapshot has replaced the state since. */
  isPrunedOpen: boolean;
  /** Of the snapshot that replaced the state last; lines below it move counters only. */
  replacedAt: number;
  hasFills: boolean;
  started: Latest<{ mode: string; version: string }> | undefined;
  engineState: Latest<string> | undefined;
  killed: Latest<boolean>;
  isStopped: boolean;
  /** Wall clock of the line with the greatest seq. */
  lastTime: Latest<Instant>;
  readonly instruments: Map<string, Instrument>;
  readonly markets: Map<string, Market>;
  readonly holdings: Map<string, Holding>;
  readonly accounts: Map<string, Account>;
  /** By 32 bits of a hash of venue, symbol and id; those that share them are chained. */
  readonly orders: Map<number, Order>;
  /** Ids of orders that ended, so that a late line cannot open them again; the oldest go. */
  readonly closedOrders: IdTable;
  /** Of venue, symbol, side and exec_id. */
  readonly execIds: IdTable;
  readonly markouts: MarkoutQueue;
  readonly balances: Map<string, Balance>;
  readonly limits: Map<string, Limit>;
  /** By kind and key: |claim − ours| of the latest claim. */
  readonly residuals: Map<string, Map<string, number>>;
  snapshot: PendingSnapshot | undefined;
  /** A ring, and the place of the one to be replaced next. */
  readonly recentFills: RecentFill[];
  oldestFill: number;
  readonly alarms: Alarm[];
}

/** A value and the seq of the line that said it, so that a late line never replaces a later one. */
export interface Latest<T> {
  value: T;
  seq: number;
}

export interface Instrument {
  readonly base: string;
  readonly quote: string;
  /** Atoms. */
  readonly lotSize: bigint;
  readonly multiplier: bigint;
  readonly minutesPerYear: number;
}

export interface Market {
  readonly venue: string;
  readonly symbol: string;
  instrument: Instrument | undefined;
  readonly holdings: Holding[];
  /** The latest book as logged, whatever its state; see `book.ts`. */
  readonly book: Book;
  /** Of the units below; −1 before the first price. */
  digits: number;
  isWide: boolean;
  /** Of the last usable book. */
  bid: Units | undefined;
  ask: Units | undefined;
  /** Twice the mark, and what set it. */
  doubledMark: Units | undefined;
  markSeq: number;
  markSource: MarkSource;
  /** The mark as a double, for estimates. */
  markNumber: number;
  /** Wall clock of the latest data, by seq. */
  readonly lastTime: Latest<Instant>;
  /** The whole second of engine clock sampled last, its mid, and the log returns of the last 300 s. */
  sampledSecond: number;
  sampledDoubledMid: Units | undefined;
  readonly logReturns: number[];
}

/** A book as the line has it: its text `"bids":[…],"asks":[…]`, read only when someone looks at it. */
export interface Book {
  /** Of its line; 0 before the first. */
  seq: number;
  text: Uint8Array;
  length: number;
  /** Where the text still stands in what is read; −1 once it is in `text`. */
  start: number;
  /** The text parsed; undefined before someone looked. */
  sides: Readonly<Record<'bids' | 'asks', readonly unknown[]>> | undefined;
}

/** A book's mid outranks a trade, a trade outranks a fill of ours. */
export type MarkSource = 0 | 1 | 2 | 3;
export const FILL_MARK: MarkSource = 1;
export const TRADE_MARK: MarkSource = 2;
export const BOOK_MARK: MarkSource = 3;

/** One (strategy, venue, symbol). */
export interface Holding {
  readonly strategy: string;
  readonly venue: string;
  readonly symbol: string;
  readonly market: Market;
  readonly account: Account;
  position: Position;
  /** It holds something whose price or multiplier is not known, so that no PnL can be given. */
  isUnvalued: boolean;
  /** What a snapshot said of it before its instrument was known: it is valued once that is. */
  opening: Opening | undefined;
  readonly unconverted: Map<string, bigint>;
  openOrders: number;
  readonly submittedQuantity: Total;
  readonly filledQuantity: Total;
  /** Submissions, replacements, cancel requests. */
  requests: number;
  readonly fillCounts: Map<string, number>;
  fills: number;
  /** Realized − fees where the open round trip began; undefined while flat. */
  tripStart: bigint | undefined;
  /** Realized − fees where the last one ended. */
  tripEnd: bigint;
  /** By liquidity. */
  readonly markouts: Map<string, Markouts>;
  /** Quantity × multiplier, and its net PnL, as doubles, for estimates of equity. */
  exposureNumber: number;
  netNumber: number;
  /** Net PnL as money when equity was looked at exactly, and whether it has changed since. */
  net: bigint;
  isStale: boolean;
}

export interface Opening {
  /** Atoms. */
  readonly averagePrice: bigint;
  /** Money. */
  readonly realized: bigint;
}

export interface Account {
  readonly strategy: string;
  readonly holdings: Holding[];
  /** Money; undefined before strategy.started. */
  capital: bigint | undefined;
  currency: string;
  startedSeq: number;
  /** Funding, dividends, interest. Money. */
  cash: bigint;
  peak: bigint;
  maxDrawdown: number;
  /** Sum of its holdings' `net`, and the holdings of which it is out of date. */
  net: bigint;
  readonly stale: Holding[];
  readonly estimate: EquityEstimate;
  state: Latest<string> | undefined;
  /** Equity where the last finished minute ended, and the returns so far. */
  minuteEquity: bigint | undefined;
  readonly returns: number[];
  trips: number;
  wins: number;
  /** Money. */
  won: bigint;
  lost: bigint;
  /** [seconds since the epoch, equity, drawdown ratio], thinned. */
  curve: [number, number, number][];
  curveStrideSeconds: number;
}

/** Equity in doubles, to tell when it need not be known exactly; see `account.ts`. */
export interface EquityEstimate {
  readonly equity: Sum;
  /** Sum of the magnitudes that went into it, and when it was summed anew. */
  gross: number;
  grossAnew: number;
  /** The records in doubles: the peak, and the equity of the worst drawdown from it. */
  peak: number;
  trough: number;
  /** Whether equity can be given at all. */
  isGiven: boolean;
}

export interface Order {
  /** As a label. */
  readonly orderId: string;
  /** The other 32 bits of its hash, and the next order with the same first ones. */
  readonly hi: number;
  next: Order | undefined;
  status: string;
  side: string | undefined;
  /** NaN where the line has none. */
  px: number;
  leavesQty: number;
  readonly holding: Holding;
}

export interface Balance {
  readonly venue: string;
  readonly asset: string;
  free: string;
  locked: string;
  seq: number;
  /** Money: the first claim of the run, and what our fills and cash did to it since. */
  start: bigint;
  change: bigint;
  /** A venue's margin moves it in ways the fills do not say. */
  isComparable: boolean;
}

export interface Limit {
  readonly strategy: string;
  readonly name: string;
  limit: number;
  value: number;
  seq: number;
}

export interface PendingSnapshot {
  readonly parts: number;
  next: number;
  readonly lines: Readonly<Record<string, unknown>>[];
}

export interface RecentFill {
  seq: number;
  seconds: number;
  nanos: number;
  holding: Holding;
  side: 'BUY' | 'SELL';
  px: number;
  qty: number;
  liquidity: string;
  fee: number;
  feeCcy: string;
  readonly orderId: KeptText;
  readonly execId: KeptText;
}

export interface Alarm {
  readonly seq: number;
  readonly seconds: number;
  readonly nanos: number;
  readonly event: string;
  readonly strategy: string;
  readonly text: string;
}

const CLOSED_ORDERS_MAX = 100_000;
const EXEC_IDS_MAX = 2_000_000;

export function newRun(run: string, hasEngineTime: boolean): RunState {
  return {
    run,
    sequence: newSequence(),
    hasEngineTime,
    clock: { seconds: -1, nanos: 0 },
    pruned: 0,
    isPrunedOpen: false,
    replacedAt: 0,
    hasFills: false,
    started: undefined,
    engineState: undefined,
    killed: { value: false, seq: 0 },
    isStopped: false,
    lastTime: { value: { seconds: 0, nanos: 0 }, seq: 0 },
    instruments: new Map(),
    markets: new Map(),
    holdings: new Map(),
    accounts: new Map(),
    orders: new Map(),
    closedOrders: newIdTable(CLOSED_ORDERS_MAX),
    execIds: newIdTable(EXEC_IDS_MAX),
    markouts: newMarkoutQueue(),
    balances: new Map(),
    limits: new Map(),
    residuals: new Map(),
    snapshot: undefined,
    recentFills: [],
    oldestFill: 0,
    alarms: [],
  };
}

const NO_BYTES = new Uint8Array(0);

export function newMarket(
  venue: string,
  symbol: string,
  instrument: Instrument | undefined,
): Market {
  return {
    venue,
    symbol,
    instrument,
    holdings: [],
    book: { seq: 0, text: NO_BYTES, length: 0, start: -1, sides: undefined },
    digits: -1,
    isWide: false,
    bid: undefined,
    ask: undefined,
    doubledMark: undefined,
    markSeq: 0,
    markSource: 0,
    markNumber: NaN,
    lastTime: { value: { seconds: 0, nanos: 0 }, seq: 0 },
    sampledSecond: 0,
    sampledDoubledMid: undefined,
    logReturns: [],
  };
}

export function newAccount(strategy: string): Account {
  return {
    strategy,
    holdings: [],
    capital: undefined,
    currency: '',
    startedSeq: 0,
    cash: 0n,
    peak: 0n,
    maxDrawdown: 0,
    net: 0n,
    stale: [],
    estimate: { equity: emptySum(), gross: 0, grossAnew: 0, peak: 0, trough: 0, isGiven: false },
    state: undefined,
    minuteEquity: undefined,
    returns: [],
    trips: 0,
    wins: 0,
    won: 0n,
    lost: 0n,
    curve: [],
    curveStrideSeconds: 1,
  };
}

export function newHolding(account: Account, market: Market): Holding {
  return {
    strategy: account.strategy,
    venue: market.venue,
    symbol: market.symbol,
    market,
    account,
    position: flatPosition(),
    isUnvalued: false,
    opening: undefined,
    unconverted: new Map(),
    openOrders: 0,
    submittedQuantity: emptyTotal(),
    filledQuantity: emptyTotal(),
    requests: 0,
    fillCounts: new Map(),
    fills: 0,
    tripStart: undefined,
    tripEnd: 0n,
    markouts: new Map(),
    exposureNumber: 0,
    netNumber: 0,
    net: 0n,
    isStale: false,
  };
}
