/**
 * The byte scanner against JSON.parse and the schema, in two ways:
 *
 * - What it takes, they take too, and every field is the same.
 * - Every line is read twice, as it is and with a space before it, which no scanner takes for the
 *   engine's shape. Both replicas refuse the same lines for the same reasons and print the same
 *   metrics to the last digit.
 *
 *     TRADETAIL_FUZZ_LINES=10000000 npx vitest run sidecar/test/decode/line-fuzz.test.ts -t fields
 *     TRADETAIL_FUZZ_LINES=1000000 npx vitest run sidecar/test/decode/line-fuzz.test.ts -t fold
 *     TRADETAIL_FUZZ_SEED=17 …   the sequence of that seed alone
 */
import { isDeepStrictEqual } from 'node:util';
import type { LineTimes } from '@tradetail/core/events/check.ts';
import { expect, test } from 'vitest';
import { logLines } from '../../../bench/log-generator.ts';
import { generateLog } from '../../../test/oracle/log-generator.ts';
import { Random } from '../../../test/oracle/random.ts';
import { decodeLine } from '../../src/decode/decode.ts';
import { AT, type Fields } from '../../src/decode/fields.ts';
import { POSITIVE, SIDE, TEXT, type Grammar } from '../../src/decode/grammar.ts';
import { LineScanner } from '../../src/decode/line-scanner.ts';
import { Replica } from '../../src/fold/replica.ts';
import { metricsText } from '../../src/metrics/registry.ts';
import { mutated } from './line-mutation.ts';

const LINES_A_SEQUENCE = 400;
const lines = Number(process.env['TRADETAIL_FUZZ_LINES'] ?? 30_000);
const only = process.env['TRADETAIL_FUZZ_SEED'];
const first = only === undefined ? 1 : Number(only);
/** Odd lines that are made of each. */
const ODD = 3;
const last = only === undefined ? Math.ceil(lines / LINES_A_SEQUENCE / (ODD + 1)) : first;

/** Logs to begin with: long and plain ones, with engine time, with keys in foreign order, and odd ones of every event. */
const LOGS: readonly (readonly string[])[] = [
  ...[1, 2, 3, 4].map((seed) => [...logLines(LINES_A_SEQUENCE, seed)]),
  ...[5, 6].map((seed) =>
    [...logLines(LINES_A_SEQUENCE, seed)].map((line) =>
      line.replace(/"time":"([^"]*)"/, '"time":"2026-01-01T00:00:00.000000001Z","ts":"$1"'),
    ),
  ),
  ...[7, 8].map((seed) =>
    [...logLines(LINES_A_SEQUENCE, seed)].map((line) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse())),
    ),
  ),
  ...Array.from({ length: 12 }, (_, seed) =>
    generateLog(seed + 1).flatMap(({ bytes }) =>
      bytes.toString().split('\n').slice(0, LINES_A_SEQUENCE),
    ),
  ),
];

const SPACE = Buffer.from(' ');
const FOLLOWER = { files: 1, lagBytes: 0, rotations: 0, truncations: 0, errors: 0 };

/** @returns the metrics but for the count of bytes, which differs by the spaces */
async function shown(replica: Replica): Promise<string> {
  const text = (await metricsText(replica.state, FOLLOWER)).toString();
  return text.replace(/^sidecar_bytes_total .*$/m, '');
}

async function compareFolds(seed: number): Promise<void> {
  const random = new Random(seed);
  const log = random.pick(LOGS);
  const scanning = new Replica();
  const parsing = new Replica();
  for (const line of log) {
    const few = Array.from({ length: random.integer(0, 2 * ODD) }, () =>
      mutated(line, random, random.pick(log)),
    );
    // The line itself comes after what was made of it: else the next one would find a gap.
    for (const bytes of [...few, Buffer.from(line)]) {
      scanning.line(Buffer.concat([bytes, SPACE]), 0, bytes.length, undefined);
      parsing.line(Buffer.concat([SPACE, bytes]), 0, bytes.length + 1, undefined);
      const told = scanning.state.invalidLines;
      if (JSON.stringify(told) !== JSON.stringify(parsing.state.invalidLines))
        expect(told, `seed ${seed}: ${bytes.toString()}`).toEqual(parsing.state.invalidLines);
    }
  }
  const [scanned, parsed] = [await shown(scanning), await shown(parsing)];
  if (scanned !== parsed) expect(scanned, `replay with TRADETAIL_FUZZ_SEED=${seed}`).toBe(parsed);
}

const newTimes = (): LineTimes => ({
  engine: { seconds: 0, nanos: 0 },
  wall: { seconds: 0, nanos: 0 },
});

const word = (line: string, key: string): string | undefined =>
  new RegExp(`"${key}":"([^"]*)"`).exec(line)?.[1];

/** @returns a scanner that knows the runs of the log */
function scannerOf(log: readonly string[]): LineScanner<string> {
  const scanner = new LineScanner<string>(newTimes());
  const known = new Set<string>();
  for (const line of log) {
    const engine = word(line, 'engine');
    const run = word(line, 'run');
    if (engine === undefined || run === undefined || known.has(run)) continue;
    known.add(run);
    scanner.know(engine, run, line.includes('"ts":'), run);
  }
  return scanner;
}

/** @returns what was scanned of a line, and what JSON and the schema say of it */
function bothReadings(scanner: LineScanner<string>, bytes: Buffer): readonly [object, object] {
  const { fields, grammar, times } = scanner;
  const scanned = {
    seq: scanner.seq,
    run: scanner.run,
    event: grammar.event,
    times: structuredClone(times),
    scope: JSON.parse(
      `{${scanner.bytes.toString('latin1', scanner.scopeStart + 1, scanner.scopeEnd)}}`,
    ),
    fields: fieldsOf(fields, grammar),
    book: grammar.isBook
      ? JSON.parse(`{${scanner.bytes.toString('latin1', scanner.bookStart, scanner.bookEnd)}}`)
      : {},
  };
  const said = newTimes();
  const line = decodeLine(bytes, 0, bytes.length, said);
  if (typeof line === 'string') return [scanned, { line }];
  if (grammar.isBook) fields.takeBook(line);
  fields.take(line, grammar.places);
  const { seq, run, event, venue, symbol, strategy, bids, asks } = line;
  const given = (one: object): unknown => JSON.parse(JSON.stringify(one));
  const parsed = {
    seq,
    run,
    event,
    times: said,
    scope: given({ venue, symbol, strategy }),
    fields: fieldsOf(fields, grammar),
    book: event === 'md.book' ? given({ bids, asks }) : {},
  };
  return [scanned, parsed];
}

function fieldsOf(fields: Fields, { steps, isBook }: Grammar): unknown[] {
  const of = (place: number, kind: number): unknown[] => {
    if (fields.isGiven[place] === 0) return [];
    if (kind === TEXT || kind === SIDE) return [fields.text(place)];
    return [fields.units[place], fields.digits[place], fields.wide(place)];
  };
  const read: unknown[] = isBook ? [of(AT.best_bid, POSITIVE), of(AT.best_ask, POSITIVE)] : [];
  for (let step = 0; step < steps.length; step += 5 + (steps[step + 3]! >> 2))
    if (steps[step + 2]! >= 0) read.push(of(steps[step + 2]!, steps[step]!));
  return read;
}

const scanners = LOGS.map(scannerOf);
let taken = 0;

function compareFields(seed: number): void {
  const random = new Random(seed);
  const index = random.integer(0, LOGS.length - 1);
  const log = LOGS[index]!;
  const scanner = scanners[index]!;
  for (const line of log)
    for (let odd = 0; odd <= ODD; odd += 1) {
      const bytes = odd === 0 ? Buffer.from(line) : mutated(line, random, random.pick(log));
      if (!scanner.scan(bytes, 0, bytes.length)) continue;
      taken += 1;
      const [scanned, parsed] = bothReadings(scanner, bytes);
      if (!isDeepStrictEqual(scanned, parsed))
        expect(scanned, `seed ${seed}: ${bytes.toString()}`).toEqual(parsed);
    }
}

const LIMIT_MS = 36_000_000;

test(
  `the fields of what is scanned are those that JSON and the schema give, in ${lines} lines`,
  () => {
    for (let seed = first; seed <= last; seed += 1) compareFields(seed);
    // The lines themselves and harmless changes of them: else nothing was tested.
    expect(taken).toBeGreaterThan((last - first) * LINES_A_SEQUENCE * 0.5);
  },
  LIMIT_MS,
);

test(
  `the fold is that of JSON and the schema, in ${lines} lines`,
  async () => {
    for (let seed = first; seed <= last; seed += 1) await compareFolds(seed);
  },
  LIMIT_MS,
);

test('a log of the engine is scanned but for what is too rare for it', () => {
  for (const log of LOGS.slice(0, 8)) {
    const scanner = scannerOf(log);
    const left = log.filter((line) => !scanner.scan(Buffer.from(line), 0, line.length));
    const events = left.map((line) => (JSON.parse(line) as { event: string }).event);
    expect([...new Set(events)]).toEqual([
      'log.segment',
      'engine.started',
      'instrument.defined',
      'strategy.started',
    ]);
  }
});
