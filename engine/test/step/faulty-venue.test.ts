import { describe, expect, test } from 'vitest';
import { simConfig } from '../../src/feed/sim-config.ts';
import { MemoryRecorder } from '../../src/log/memory-recorder.ts';
import { openSimulatedMarket } from '../../src/market/simulated-market.ts';
import { riskConfig } from '../../src/risk/config.ts';
import { stepConfig } from '../../src/step/config.ts';
import type { Input } from '../../src/step/input.ts';
import { Trader } from '../../src/step/trader.ts';
import { strategiesConfig } from '../../src/strategy/config.ts';
import { TimerHeap } from '../../src/timer-heap.ts';
import { paperConfig } from '../../src/venue/paper-config.ts';

const RUN_NS = 60e9;
const START_NS = 1_700_000_000_000_000_000n;

/** A minute of the simulated market at a venue that rejects, loses, repeats, delays and goes down. */
function run(seed: number) {
  const faults = {
    reject: 0.02,
    late_ack: 0.05,
    lost_ack: 0.03,
    duplicate_fill: 0.1,
    fill_after_cancel: 0.2,
    disconnect: 0.005,
  };
  const { feed, venue } = openSimulatedMarket({
    seed,
    sim: simConfig.parse({}),
    paper: paperConfig.parse({ faults }),
    startEpochNs: START_NS,
  });
  const recorder = new MemoryRecorder();
  const timers = new TimerHeap();
  const trader = new Trader({
    instruments: feed.instruments,
    strategies: strategiesConfig.parse({}),
    risk: riskConfig.parse({}),
    step: stepConfig.parse({}),
    mode: 'PAPER',
    recorder,
    send: (command, tNs) => venue.send(command, tNs),
    schedule: (tNs, id) => timers.push(tNs, id),
    monotonicNs: () => 0,
  });
  recorder.names(feed.instruments, trader.strategies);
  let tNs = 0;
  const sink = (input: Input): void => trader.step(input, tNs);
  const until = (endNs: number): void => {
    for (;;) {
      const nextNs = Math.min(feed.nextNs(), venue.nextNs(), timers.nextNs());
      if (nextNs > endNs || (trader.quiescent && endNs === Infinity)) return;
      tNs = Math.max(tNs, nextNs);
      recorder.at(tNs);
      if (feed.nextNs() <= nextNs) feed.advance(sink);
      else if (venue.nextNs() <= nextNs) venue.advance(sink);
      else sink({ kind: 'TIMER', id: timers.pop() });
    }
  };
  trader.start(0, START_NS);
  until(RUN_NS);
  trader.stop('END', tNs);
  until(tNs + 10e9);
  return { lines: recorder.lines, trader };
}

describe.each([1, 2, 3])('over a faulty venue, seed %i,', (seed) => {
  const { lines, trader } = run(seed);
  const of = (event: string) => lines.filter((line) => line.event === event);

  test('the faults happen', () => {
    for (const event of [
      'order.unknown',
      'order.resolved',
      'order.rejected',
      'order.cancel_rejected',
      'order.filled',
    ])
      expect(of(event).length, event).toBeGreaterThan(0);
  });

  test('every order ends, and is not open after the stop', () => {
    expect(trader.openOrders).toBe(0);
    const status = new Map<unknown, unknown>();
    for (const line of lines)
      if (line.event.startsWith('order.')) status.set(line['cl_ord_id'], line['ord_status']);
    const open = [...status].filter(
      ([, one]) => !['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'DENIED'].includes(String(one)),
    );
    expect(open).toEqual([]);
  });

  test('no fill is missed or counted twice: the balances never drift', () => {
    expect(of('account.drift')).toEqual([]);
    const execs = of('order.filled').map(
      (line) =>
        `${line['symbol'] as string} ${line['side'] as string} ${line['exec_id'] as string}`,
    );
    expect(new Set(execs).size).toBe(execs.length);
  });

  test('the same seed gives the same lines', () => {
    expect(run(seed).lines).toEqual(lines);
  });
});
