/**
 * The exposition is, to the byte, what prom-client writes of the same samples; in both formats, for
 * whatever a log says.
 */
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { moneyIn } from '@tradetail/core/total.ts';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { generateLog } from '../../../test/oracle/log-generator.ts';
import { LogScript } from '../../../test/oracle/log-script.ts';
import {
  BUCKETS_SECONDS,
  emptyHistogram,
  exemplarId,
  exemplify,
  observe,
} from '../../src/fold/histogram.ts';
import type { Histogram } from '../../src/fold/histogram.ts';
import { Replica } from '../../src/fold/replica.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { Metric } from '../../src/metrics/catalogue.ts';
import { CONTENT_TYPE_OPENMETRICS, CONTENT_TYPE_TEXT } from '../../src/metrics/process-metrics.ts';
import { Exposition, metricsText } from '../../src/metrics/registry.ts';
import { collectSamples } from '../../src/metrics/samples.ts';
import type { Liveness, Sample } from '../../src/metrics/samples.ts';

const FOLLOWER = { files: 2, lagBytes: 17, rotations: 1, truncations: 0, errors: 3 };
const LIVENESS: Liveness = {
  nowSeconds: 1_800_000_000,
  ingestDelay: emptyHistogram(),
  checkpoint: { lastSeconds: undefined, failures: 0 },
};

/** The same samples, as objects that prom-client writes. */
async function promClientText(replica: Replica, isOpenMetrics: boolean): Promise<string> {
  const registry = new Registry();
  registry.setContentType((isOpenMetrics ? CONTENT_TYPE_OPENMETRICS : CONTENT_TYPE_TEXT) as never);
  const samples = collectSamples(replica.state, FOLLOWER, LIVENESS);
  for (const metric of METRICS) {
    const list = samples.get(metric.name);
    if (list === undefined) continue;
    registry.registerMetric({
      ...metric,
      get(this: { name: string }) {
        return { ...metric, name: this.name, values: list.flatMap((one) => valuesOf(metric, one)) };
      },
    } as never);
  }
  return registry.metrics();
}

function valuesOf({ name, labels: names }: Metric, { labels: values, value }: Sample): object[] {
  const labels = Object.fromEntries(names.map((label, index) => [label, values[index]!]));
  return typeof value === 'number' ? [{ labels, value }] : histogramValues(name, labels, value);
}

function histogramValues(name: string, labels: object, histogram: Histogram): object[] {
  let below = 0;
  const buckets = histogram.counts.map((count, index) => {
    below += count;
    const exemplar = histogram.exemplars[index];
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: BUCKETS_SECONDS[index] ?? '+Inf' },
      value: below,
      exemplar: exemplar && {
        labelSet: { order_id: exemplarId(exemplar) },
        value: exemplar.ns / 1e9,
        timestamp: toSeconds(exemplar.wall),
      },
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: moneyToDouble(moneyIn(histogram.sum)) },
    { metricName: `${name}_count`, labels, value: histogram.count },
  ];
}

function observeOrder(
  histogram: Histogram,
  ns: number,
  orderId: string,
  wall = { seconds: 0, nanos: 0 },
): void {
  const id = Buffer.from(orderId);
  exemplify(histogram, observe(histogram, ns), ns, wall, id, 0, id.length);
}

function replicaOf(lines: readonly (string | Buffer)[]): Replica {
  const replica = new Replica();
  for (const line of lines) {
    const bytes = Buffer.from(line as string);
    replica.line(bytes, 0, bytes.length, undefined);
  }
  return replica;
}

async function expectSame(replica: Replica): Promise<void> {
  for (const isOpenMetrics of [false, true])
    expect(await metricsText(replica.state, FOLLOWER, { isOpenMetrics, liveness: LIVENESS })).toBe(
      await promClientText(replica, isOpenMetrics),
    );
}

const order = (cl_ord_id: string, deny_code = 'X'): object => ({
  cl_ord_id,
  side: 'BUY',
  ord_type: 'LIMIT',
  tif: 'GTC',
  post_only: true,
  px: '1',
  qty: '1',
  ord_status: 'PENDING_NEW',
  cum_qty: '0',
  leaves_qty: '1',
  deny_code,
  intent: 'QUOTE',
  tick_to_trade_ns: 1_234_567,
  decision_ns: 999,
});

describe('the text is that of prom-client', () => {
  test('of nothing', () => expectSame(new Replica()));

  test.each([1, 2, 3])('of everything that log %i gives', async (seed) => {
    const files = generateLog(seed, { lines: 1_500, mutations: 0 });
    const lines = files.flatMap(({ bytes }) => bytes.toString().trimEnd().split('\n'));
    const replica = replicaOf(lines);
    expect((await metricsText(replica.state, FOLLOWER)).length).toBeGreaterThan(10_000);
    await expectSame(replica);
  });

  test('of whatever stands in a name', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 150 }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', 'é', '€', '🙂') }),
      fc.constantFrom('__proto__', 'constructor', '"}\n# EOF\n', '\u001b[31m', '\u2028', ''),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (strategy, symbol, orderId) => {
        const market = { venue: 'sim', symbol: symbol || 'x' };
        const script = new LogScript()
          .add({ event: 'log.segment', fields: { n: 1, first_seq: 1 } })
          .add({ event: 'order.submitted', ...market, strategy, fields: order(orderId || 'o') })
          .add({ event: 'order.denied', ...market, strategy, fields: order('d', symbol) });
        await expectSame(replicaOf(script.lines));
      }),
      { numRuns: 150 },
    );
  });
});

describe('an exemplar', () => {
  test('is the first order of the last second in which one fell into the bucket, in OpenMetrics only', async () => {
    const delays = emptyHistogram();
    observeOrder(delays, 3_000, 'o-1', { seconds: 1_767_225_600, nanos: 250_000_000 });
    observeOrder(delays, 4_000, 'o-"2"', { seconds: 1_767_225_601, nanos: 500_000_000 });
    observeOrder(delays, 4_500, 'o-3', { seconds: 1_767_225_601, nanos: 600_000_000 });
    observeOrder(delays, 12_000_000_000, 'slow', { seconds: 1_767_225_602, nanos: 0 });
    const liveness = { ...LIVENESS, ingestDelay: delays };
    const { state } = new Replica();
    const open = await metricsText(state, FOLLOWER, { isOpenMetrics: true, liveness });
    const buckets = open.split('\n').filter((line) => line.includes('delay_seconds_bucket'));
    expect(buckets.filter((line) => line.includes('#'))).toEqual([
      'sidecar_ingest_delay_seconds_bucket{le="0.000005"} 3 # {order_id="o-\\"2\\""} 0.000004 1767225601.5',
      'sidecar_ingest_delay_seconds_bucket{le="+Inf"} 4 # {order_id="slow"} 12 1767225602',
    ]);
    expect(await metricsText(state, FOLLOWER, { liveness })).not.toContain('order_id');
  });

  test('is left out where the id is longer than OpenMetrics allows', async () => {
    const delays = emptyHistogram();
    observeOrder(delays, 3_000, 'x'.repeat(120));
    observeOrder(delays, 3_000_000, 'y'.repeat(121));
    const liveness = { ...LIVENESS, ingestDelay: delays };
    const text = await metricsText(new Replica().state, FOLLOWER, {
      isOpenMetrics: true,
      liveness,
    });
    expect(text).toContain('xxx');
    expect(text).not.toContain('yyy');
  });
});

describe('a text that is kept from scrape to scrape is the one that is made anew', () => {
  test.each([4, 5, 6, 7])('while log %i is read, in any portions', async (seed) => {
    const files = generateLog(seed, { lines: 1_200, mutations: 60 });
    const lines = files.flatMap(({ bytes }) => bytes.toString('latin1').trimEnd().split('\n'));
    const replica = new Replica();
    const kept = new Exposition();
    const random = fc.sample(fc.integer({ min: 1, max: 60 }), { seed, numRuns: lines.length });
    for (let at = 0, turn = 0; at < lines.length; turn += 1) {
      const end = at + random[turn]!;
      for (; at < Math.min(end, lines.length); at += 1) {
        const bytes = Buffer.from(lines[at]!, 'latin1');
        replica.line(bytes, 0, bytes.length, undefined);
      }
      const isOpenMetrics = turn % 3 === 0;
      const options = { isOpenMetrics, liveness: LIVENESS };
      const text = await kept.bytes(replica.state, FOLLOWER, options);
      expect(text.toString()).toBe(await metricsText(replica.state, FOLLOWER, options));
    }
    await expectSame(replica);
  });

  test('when series come, go and come back, few of them or many', async () => {
    const strategies = Array.from({ length: 200 }, (_, index) => `s${index}`);
    const kept = new Exposition();
    const replica = new Replica();
    let run = 0;
    const take = (chosen: readonly string[]): void => {
      // A later run begins with no series of the one before it.
      run += 1;
      const script = new LogScript('engine-1', `01K9${String(run).padStart(22, '0')}`);
      for (const strategy of chosen)
        script.add({
          event: 'order.submitted',
          venue: 'sim',
          symbol: 'x',
          strategy,
          fields: order('o'),
        });
      for (const line of script.lines) {
        const bytes = Buffer.from(line);
        replica.line(bytes, 0, bytes.length, undefined);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.subarray(strategies), async (chosen) => {
        take(chosen);
        const text = await kept.bytes(replica.state, FOLLOWER);
        expect(text.toString()).toBe(await metricsText(replica.state, FOLLOWER));
      }),
      { numRuns: 150 },
    );
  });

  test('after a scrape that failed halfway', async () => {
    const files = generateLog(1, { lines: 1_500, mutations: 0 });
    const lines = files.flatMap(({ bytes }) => bytes.toString().trimEnd().split('\n'));
    const replica = replicaOf(lines.slice(0, 700));
    const kept = new Exposition();
    await kept.bytes(replica.state, FOLLOWER);
    for (const line of lines.slice(700)) {
      const bytes = Buffer.from(line);
      replica.line(bytes, 0, bytes.length, undefined);
    }
    let asked = 0;
    const rest = (): undefined => {
      if ((asked += 1) === 5) throw new Error('halfway');
    };
    await expect(kept.bytes(replica.state, FOLLOWER, { rest })).rejects.toThrow('halfway');
    expect((await kept.bytes(replica.state, FOLLOWER)).toString()).toBe(
      await metricsText(replica.state, FOLLOWER),
    );
  });
});

test('whoever renders may let others run between two keys', async () => {
  const files = generateLog(1, { lines: 1_500, mutations: 0 });
  const replica = replicaOf(files.flatMap(({ bytes }) => bytes.toString().trimEnd().split('\n')));
  let asked = 0;
  const rest = (): Promise<void> | undefined => {
    asked += 1;
    return asked % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
  };
  expect(await metricsText(replica.state, FOLLOWER, { rest })).toBe(
    await metricsText(replica.state, FOLLOWER),
  );
  expect(asked).toBeGreaterThan(10);
});
