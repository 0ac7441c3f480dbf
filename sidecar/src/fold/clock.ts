/**
 * What the passing of engine time does. The run's clock is the greatest engine time of its lines
 * read so far, this line's included; whatever lies strictly before it is taken before the line is
 * applied: horizons of markouts, mids at whole seconds, equity at the end of minutes. So a book that
 * carries exactly the time of a horizon still counts for it.
 */
import { isBefore, type Instant } from '@tradetail/core/time.ts';
import { endMinute, extendCurve } from './account.ts';
import { changeOf, midDoubled } from './market-price.ts';
import { takeDue } from './markout-queue.ts';
import type { Market, RunState } from './run-state.ts';

export { HORIZONS } from './markout-queue.ts';

const VOLATILITY_SECONDS = 300;

export function advanceClock(run: RunState, time: Instant): void {
  const { clock, markouts } = run;
  const previous = clock.seconds;
  if (isBefore(clock, time)) {
    clock.seconds = time.seconds;
    clock.nanos = time.nanos;
  }
  if (
    clock.seconds > markouts.dueSeconds ||
    (clock.seconds === markouts.dueSeconds && clock.nanos > markouts.dueNanos)
  )
    takeDue(markouts, clock);
  if (previous < 0 || clock.seconds === previous) return;
  if (Math.floor(clock.seconds / 60) > Math.floor(previous / 60))
    for (const account of run.accounts.values()) endMinute(account);
  for (const account of run.accounts.values()) extendCurve(run, account, clock.seconds);
}

/**
 * Samples the mid at the whole seconds of engine clock that have passed since the last sample; called
 * before a new mid replaces the old one, and when the volatility is asked for. Realized volatility is
 * the deviation of the log returns between samples.
 */
export function sampleMids(market: Market, clock: Instant): void {
  const mid = midDoubled(market);
  // The last whole second strictly before the clock.
  const last = clock.nanos > 0 ? clock.seconds : clock.seconds - 1;
  if (mid === undefined || last <= market.sampledSecond) {
    if (mid === undefined) market.sampledSecond = last;
    return;
  }
  if (market.sampledDoubledMid === undefined) {
    market.sampledDoubledMid = mid;
    market.sampledSecond += 1;
  }
  const { logReturns, sampledDoubledMid } = market;
  const passed = Math.min(last - market.sampledSecond, VOLATILITY_SECONDS + 1);
  if (passed > 0) logReturns.push(Math.log1p(changeOf(sampledDoubledMid, mid)));
  // It stood still for the rest.
  for (let second = 1; second < passed; second += 1) logReturns.push(0);
  if (logReturns.length > VOLATILITY_SECONDS)
    logReturns.splice(0, logReturns.length - VOLATILITY_SECONDS);
  market.sampledSecond = last;
  market.sampledDoubledMid = mid;
}
