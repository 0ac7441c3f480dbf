import type { RiskName } from '@tradetail/core/events/catalogue.ts';
import type { Recorder } from '../log/recorder.ts';
import type { Order } from '../order/order.ts';
import type { Measure, RiskCheck, RiskWorld } from './check.ts';

/** A breach is logged when none like it was within this time: it can come with every tick. */
const STREAK_NS = 5e9;

/** Holds orders against all checks, logs breaches, and says how near each limit is. */
export class Risk {
  /** Of the check that refused last. */
  readonly measure: Measure = { value: NaN, limit: NaN };
  readonly #checks: readonly RiskCheck[];
  readonly #world: RiskWorld;
  readonly #recorder: Recorder;
  readonly #seen: Measure = { value: NaN, limit: NaN };
  /** The order nearest to each limit since the last report: by strategy, then check. */
  readonly #nearest: { value: number; limit: number; instrument: number }[][];
  readonly #breachedNs = new Map<string, number>();

  constructor(
    checks: readonly RiskCheck[],
    world: RiskWorld,
    strategies: number,
    recorder: Recorder,
  ) {
    this.#checks = checks;
    this.#world = world;
    this.#recorder = recorder;
    this.#nearest = Array.from({ length: strategies }, () =>
      checks.map(() => ({ value: NaN, limit: NaN, instrument: -1 })),
    );
  }

  /** @returns the check that refuses the order, undefined when it may go */
  refuses(order: Order): RiskName | undefined {
    const nearest = this.#nearest[order.strategy]!;
    for (let index = 0; index < this.#checks.length; index += 1) {
      const check = this.#checks[index]!;
      const allowed = check.allows(order, this.#world, this.measure);
      if (check.gradual) keepNearest(nearest[index]!, this.measure, order.instrument);
      if (!allowed) return check.name;
    }
    return undefined;
  }

  /** Records risk.breach, on the first of a streak. @returns its seq, else `cause` */
  breach(
    name: RiskName,
    { value, limit }: Measure,
    action: 'DENY' | 'REDUCE' | 'HALT' | 'FLATTEN',
    strategy: number,
    instrument: number,
    cause: number,
  ): number {
    const key = `${name} ${action} ${strategy} ${instrument}`;
    const lastNs = this.#breachedNs.get(key) ?? -Infinity;
    this.#breachedNs.set(key, this.#world.nowNs);
    if (this.#world.nowNs - lastNs < STREAK_NS) return cause;
    return this.#recorder.event(
      'risk.breach',
      { name, value: finite(value), limit: finite(limit), action },
      { strategy, cause, instrument },
    );
  }

  /** Records risk.limit: of each check and strategy the instrument that is nearest to its limit. */
  report(): void {
    for (const [strategy, nearest] of this.#nearest.entries()) {
      for (const [index, check] of this.#checks.entries()) {
        if (!check.gradual) continue;
        const one = nearest[index]!;
        for (const { index: instrument } of this.#world.instruments) {
          check.standing?.(strategy, instrument, this.#world, this.#seen);
          if (check.standing) keepNearest(one, this.#seen, instrument);
        }
        if (Number.isFinite(one.value) && Number.isFinite(one.limit))
          this.#recorder.event(
            'risk.limit',
            { name: check.name, limit: one.limit, value: one.value },
            { strategy, instrument: one.instrument },
          );
        one.value = NaN;
        one.limit = NaN;
      }
    }
  }
}

function keepNearest(
  kept: Measure & { instrument: number },
  measure: Measure,
  instrument: number,
): void {
  if (!Number.isFinite(measure.value) || !Number.isFinite(measure.limit)) return;
  if (kept.value / kept.limit >= measure.value / measure.limit) return;
  kept.value = measure.value;
  kept.limit = measure.limit;
  kept.instrument = instrument;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
