/** The last fills of a run, in a ring whose rows are used again. */
import { emptyText } from './kept-text.ts';
import type { Holding, RecentFill, RunState } from './run-state.ts';

const RECENT_FILLS_MAX = 50;

/** @returns the row that the next fill of a holding is noted in: a new one, or that of the oldest */
export function nextRecentFill(run: RunState, holding: Holding): RecentFill {
  const { recentFills } = run;
  if (recentFills.length === RECENT_FILLS_MAX) {
    const fill = recentFills[run.oldestFill]!;
    run.oldestFill = (run.oldestFill + 1) % RECENT_FILLS_MAX;
    fill.holding = holding;
    return fill;
  }
  const fill: RecentFill = {
    seq: 0,
    seconds: 0,
    nanos: 0,
    holding,
    side: 'BUY',
    px: NaN,
    qty: NaN,
    liquidity: '',
    fee: NaN,
    feeCcy: '',
    orderId: emptyText(),
    execId: emptyText(),
  };
  recentFills.push(fill);
  return fill;
}

/** @returns them, the oldest first */
export const recentFillsOf = ({ recentFills, oldestFill }: RunState): RecentFill[] => [
  ...recentFills.slice(oldestFill),
  ...recentFills.slice(0, oldestFill),
];
