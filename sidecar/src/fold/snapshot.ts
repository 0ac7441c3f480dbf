/**
 * `engine.snapshot`: the engine's whole state, in one line or in several parts that count once the
 * last of them is read.
 *
 * - Before the first fill it sets the opening positions: they were there when the run began, at their
 *   average price, with nothing realized.
 * - In a run that has lost lines it replaces orders, positions, capital, cash, peak and drawdown: what
 *   was lost is in it. What it does not name is flat.
 * - Otherwise it is only a claim.
 */
import { isDecimal, moneyToDouble, parseAtoms } from '@tradetail/core/decimal.ts';
import type { Json } from '@tradetail/core/events/check.ts';
import { moneyOf } from '@tradetail/core/ledger/position.ts';
import { TERMINAL_STATUSES } from '@tradetail/core/events/catalogue.ts';
import { IdHash } from '../decode/id-hash.ts';
import { lookAt } from './account.ts';
import { claimBalance } from './balance.ts';
import { claimPosition, noteResidual } from './claim.ts';
import { admitsStrategy, admitsSymbol, join, type EngineState } from './engine-state.ts';
import { accountOf, holdingOf } from './holding.ts';
import { label } from './label.ts';
import { contradicts, defineInstrument } from './market.ts';
import { setPosition } from './opening.ts';
import { closeAllOrders, followOrder, marketSeed, type OrderReport, openOrders } from './order.ts';
import type { Holding, RunState } from './run-state.ts';

const PARTS_MAX = 10_000;
/** A set of parts longer than this cannot be a real one, and is not kept. */
const PARTS_ROWS_MAX = 1_000_000;

type Rows = readonly Json[];
const rowsOf = (lines: Rows, name: string): Rows =>
  lines.flatMap((line) => (line[name] ?? []) as Rows);

/** @returns whether the line redefines an instrument with another multiplier, so that it breaks the schema */
export const contradictsInstruments = (run: RunState, line: Json): boolean =>
  ((line['instruments'] ?? []) as Rows).some((one) =>
    contradicts(run, label(one['venue'] as string), label(one['symbol'] as string), one),
  );

/** Takes a line of it; the state changes with the last part. */
export function takeSnapshot(engine: EngineState, run: RunState, line: Json, seq: number): void {
  const part = (line['part'] as number | undefined) ?? 1;
  const parts = (line['parts'] as number | undefined) ?? 1;
  if (part === 1)
    run.snapshot = parts >= 1 && parts <= PARTS_MAX ? { parts, next: 1, lines: [] } : undefined;
  const pending = run.snapshot;
  if (pending === undefined || pending.parts !== parts || pending.next !== part) {
    run.snapshot = undefined;
    return;
  }
  pending.lines.push(line);
  pending.next += 1;
  const rows = pending.lines.reduce((sum, one) => sum + countRows(one), 0);
  if (rows > PARTS_ROWS_MAX) run.snapshot = undefined;
  else if (part === parts) {
    run.snapshot = undefined;
    applySnapshot(engine, run, pending.lines, seq);
  }
}

const countRows = (line: Json): number =>
  ['instruments', 'strategies', 'orders', 'positions', 'balances'].reduce(
    (sum, name) => sum + ((line[name] ?? []) as Rows).length,
    0,
  );

function applySnapshot(engine: EngineState, run: RunState, lines: Rows, seq: number): void {
  for (const one of rowsOf(lines, 'instruments')) {
    const venue = label(one['venue'] as string);
    const symbol = label(one['symbol'] as string);
    if (admitsSymbol(engine, venue, symbol) && !contradicts(run, venue, symbol, one))
      defineInstrument(run, venue, symbol, one);
  }
  const isReplacing = run.isPrunedOpen || run.sequence.uncovered.length > 0;
  const positions = rowsOf(lines, 'positions');
  const orders = rowsOf(lines, 'orders');
  if (isReplacing) replace(engine, run, lines, positions, orders, seq);
  // After a replacing one the first fill may lie in what was lost: then this is a claim like any other.
  else if (!run.hasFills && run.replacedAt === 0)
    for (const one of positions) openAt(engine, run, one);

  for (const one of positions) {
    const holding = named(engine, run, one);
    if (holding !== undefined)
      claimPosition(engine, run, holding, {
        qty: parseAtoms(one['qty'] as string),
        realizedPnl: parseAtoms(one['realized_pnl'] as string),
        fees: parseAtoms(one['fees'] as string),
      });
  }
  claimOrders(engine, run, orders);
  for (const one of rowsOf(lines, 'balances')) {
    const venue = label(one['venue'] as string);
    const asset = label(one['asset'] as string);
    const residual = claimBalance(run, venue, asset, one, seq, isReplacing);
    if (residual !== undefined)
      noteResidual(engine, run, 'balance', join(venue, asset), moneyToDouble(residual));
  }
  for (const account of run.accounts.values()) lookAt(account);
}

/** The holding that a row names; undefined past the caps. */
function named(engine: EngineState, run: RunState, row: Json): Holding | undefined {
  const strategy = label(row['strategy'] as string);
  const venue = label(row['venue'] as string);
  const symbol = label(row['symbol'] as string);
  if (!admitsStrategy(engine, strategy) || !admitsSymbol(engine, venue, symbol)) return undefined;
  return holdingOf(run, strategy, venue, symbol);
}

const averageOf = (row: Json): bigint | undefined =>
  row['avg_px'] === undefined ? undefined : parseAtoms(row['avg_px'] as string);

function openAt(engine: EngineState, run: RunState, row: Json): void {
  const holding = named(engine, run, row);
  if (holding !== undefined)
    setPosition(holding, parseAtoms(row['qty'] as string), averageOf(row), 0n, 0n);
}

function replace(
  engine: EngineState,
  run: RunState,
  lines: Rows,
  positions: Rows,
  orders: Rows,
  seq: number,
): void {
  run.isPrunedOpen = false;
  run.sequence.uncovered = [];
  run.replacedAt = seq;

  const rows = new Map<Holding, Json>();
  for (const one of positions) {
    const holding = named(engine, run, one);
    if (holding !== undefined) rows.set(holding, one);
  }
  for (const holding of run.holdings.values()) {
    holding.unconverted.clear();
    const row = rows.get(holding);
    if (row === undefined) {
      setPosition(holding, 0n, undefined, 0n, 0n);
      continue;
    }
    const realized = moneyOf(parseAtoms(row['realized_pnl'] as string));
    const fees = moneyOf(parseAtoms(row['fees'] as string));
    setPosition(holding, parseAtoms(row['qty'] as string), averageOf(row), realized, fees);
    const unconverted = (row['fees_unconverted'] ?? {}) as Readonly<Record<string, string>>;
    for (const [currency, amount] of Object.entries(unconverted))
      holding.unconverted.set(currency, parseAtoms(amount));
  }

  closeAllOrders(run);
  for (const one of orders) {
    const holding = named(engine, run, one);
    if (holding !== undefined) followOrder(run, holding, orderReport(holding, one), true, false);
  }

  for (const one of rowsOf(lines, 'strategies')) {
    const strategy = label(one['strategy'] as string);
    if (!admitsStrategy(engine, strategy)) continue;
    const account = accountOf(run, strategy);
    account.capital = moneyOf(parseAtoms(one['capital'] as string));
    account.currency = one['capital_ccy'] as string;
    account.cash = moneyOf(parseAtoms(one['cash'] as string));
    account.peak = moneyOf(parseAtoms(one['equity_peak'] as string));
    account.maxDrawdown = one['max_drawdown'] as number;
  }
}

/** A row of the snapshot's orders. */
function orderReport({ venue, symbol }: Holding, row: Json): OrderReport {
  const hash = new IdHash();
  hash.takeText(row['cl_ord_id'] as string, marketSeed(venue, symbol));
  const { side, px, leaves_qty: leaves } = row;
  const number = (value: unknown): number =>
    typeof value === 'string' && isDecimal(value) ? Number(value) : NaN;
  return {
    hash,
    status: row['ord_status'] as string,
    side: typeof side === 'string' ? side.slice(0, 40) : undefined,
    px: number(px),
    leavesQty: number(leaves),
    orderId: () => label(row['cl_ord_id'] as string),
  };
}

/** Orders that are open on one side only, by key. */
function claimOrders(engine: EngineState, run: RunState, orders: Rows): void {
  const claimed = new Map<Holding, Set<string>>();
  for (const one of orders) {
    const holding = TERMINAL_STATUSES.has(one['ord_status'] as string)
      ? undefined
      : named(engine, run, one);
    if (holding === undefined) continue;
    const ids = claimed.get(holding) ?? new Set();
    claimed.set(holding, ids.add(label(one['cl_ord_id'] as string)));
  }
  const differing = new Map<Holding, number>();
  for (const [holding, ids] of claimed) differing.set(holding, ids.size);
  for (const { holding, orderId } of openOrders(run)) {
    const isClaimed = claimed.get(holding)?.has(orderId) === true;
    differing.set(holding, (differing.get(holding) ?? 0) + (isClaimed ? -1 : 1));
  }
  for (const holding of run.holdings.values())
    noteResidual(
      engine,
      run,
      'order',
      join(holding.strategy, holding.venue, holding.symbol),
      differing.get(holding) ?? 0,
    );
}
