/**
 * What the passing of engine time does. The run's clock is the greatest engine time of its lines
 * read so far, this line's included; whatever lies strictly before it is taken before the line is
 * applied: horizons of markouts, mids at whole seconds, equity at the end of minutes. So a book that
 * carries exactly the time of a horizon still counts for it.
 */
import { scaledQuotient } from '@tradetail/core/decimal.ts';
import { isBefore, type Instant } from '@tradetail/core/time.ts';
import { addTo } from '@tradetail/core/stats/sum.ts';
import { markOf } from '@tradetail/core/ledger/position.ts';
import { endMinute, extendCurve } from './account.ts';
import {
  newMarkout,
  type Holding,
  type Market,
  type Markout,
  type PendingMarkout,
  type RunState,
} from './run-state.ts';

export const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'] as const;
const HORIZONS_MS = [100, 1_000, 5_000, 30_000, 60_000, 300_000];
/** All horizons together; the oldest go. */
const PENDING_MAX = 1_000_000;
const VOLATILITY_SECONDS = 300;

export function advanceClock(run: RunState, time: Instant): void {
  const { clock } = run;
  const previous = clock.seconds;
  if (isBefore(clock, time)) {
    clock.seconds = time.seconds;
    clock.nanos = time.nanos;
  }
  // Also when the clock stands: a fill whose line lies behind it can be due at once.
  for (let horizon = 0; horizon < run.horizons.length; horizon += 1) takeDue(run, horizon);
  if (previous < 0 || clock.seconds === previous) return;
  if (Math.floor(clock.seconds / 60) > Math.floor(previous / 60))
    for (const account of run.accounts.values()) endMinute(account);
  for (const account of run.accounts.values()) extendCurve(run, account, clock.seconds);
}

/** Notes a fill whose markouts are to be taken. */
export function awaitMarkouts(
  run: RunState,
  time: Instant,
  fill: Omit<PendingMarkout, 'dueSeconds' | 'dueNanos'>,
): void {
  for (const [horizon, ms] of HORIZONS_MS.entries()) {
    const queue = (run.horizons[horizon] ??= []);
    let nanos = time.nanos + (ms % 1_000) * 1e6;
    let seconds = time.seconds + Math.floor(ms / 1_000);
    if (nanos >= 1e9) {
      nanos -= 1e9;
      seconds += 1;
    }
    const pending = { ...fill, dueSeconds: seconds, dueNanos: nanos };
    // Fills come nearly in the order of time: the place is at or near the end.
    let at = queue.length;
    while (at > 0 && isDueAfter(queue[at - 1]!, seconds, nanos)) at -= 1;
    if (at === queue.length) queue.push(pending);
    else queue.splice(at, 0, pending);
    if (queue.length > PENDING_MAX / HORIZONS_MS.length) queue.shift();
  }
}

const isDueAfter = (pending: PendingMarkout, seconds: number, nanos: number): boolean =>
  pending.dueSeconds > seconds || (pending.dueSeconds === seconds && pending.dueNanos > nanos);

function takeDue(run: RunState, horizon: number): void {
  const queue = run.horizons[horizon]!;
  const { seconds, nanos } = run.clock;
  let taken = 0;
  for (; taken < queue.length; taken += 1) {
    const pending = queue[taken]!;
    if (
      pending.dueSeconds > seconds ||
      (pending.dueSeconds === seconds && pending.dueNanos >= nanos)
    )
      break;
    const { holding, mid, px, qty, side } = pending;
    const difference = holding.market.mid! - markOf(px);
    const bps = scaledQuotient(side > 0 ? difference : -difference, mid, 4);
    const markout = markoutsOf(holding, pending.liquidity)[horizon]!;
    markout.weight += qty;
    addTo(markout.weighted, (Number(qty) / 1e18) * bps);
  }
  if (taken > 0) queue.splice(0, taken);
}

function markoutsOf(holding: Holding, liquidity: string): Markout[] {
  let markouts = holding.markouts.get(liquidity);
  if (markouts === undefined)
    holding.markouts.set(liquidity, (markouts = HORIZONS.map(newMarkout)));
  return markouts;
}

/**
 * Samples the mid at the whole seconds of engine clock that have passed since the last sample; called
 * before a new mid replaces the old one, and when the volatility is asked for. Realized volatility is
 * the deviation of the log returns between samples.
 */
export function sampleMids(market: Market, clock: Instant): void {
  const { mid } = market;
  // The last whole second strictly before the clock.
  const last = clock.nanos > 0 ? clock.seconds : clock.seconds - 1;
  if (mid === undefined || last <= market.sampledSecond) {
    if (mid === undefined) market.sampledSecond = last;
    return;
  }
  if (market.sampledMid === undefined) {
    market.sampledMid = mid;
    market.sampledSecond += 1;
  }
  const { logReturns, sampledMid } = market;
  const passed = Math.min(last - market.sampledSecond, VOLATILITY_SECONDS + 1);
  if (passed > 0) logReturns.push(Math.log1p(scaledQuotient(mid - sampledMid, sampledMid, 0)));
  // It stood still for the rest.
  for (let second = 1; second < passed; second += 1) logReturns.push(0);
  if (logReturns.length > VOLATILITY_SECONDS)
    logReturns.splice(0, logReturns.length - VOLATILITY_SECONDS);
  market.sampledSecond = last;
  market.sampledMid = mid;
}
