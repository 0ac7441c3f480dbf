/**
 * The byte scanner against JSON.parse and the schema, in two ways:
 *
 * - What it takes, they take too, and every field is the same.
 * - Every line is read twice, as it is and with a space before it, which no scanner takes for the
 *   engine's shape. Both replicas refuse the same lines for the same reasons and print the same
 *   metrics to the last digit.
 *
 * A seed makes a sequence of some 1,600 lines out of a log, most of them odd.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LineTimes } from '@tradetail/core/events/check.ts';
import { logLines } from '../../../bench/log-generator.ts';
import { generateLog } from '../../../test/oracle/log-generator.ts';
import { Random } from '../../../test/oracle/random.ts';
import { decodeLine } from '../../src/decode/decode.ts';
import { AT, type Fields } from '../../src/decode/fields.ts';
import { MEASURE, NUMBER, POSITIVE, SIDE, TEXT, type Grammar } from '../../src/decode/grammar.ts';
import { LineScanner } from '../../src/decode/line-scanner.ts';
import { input, memory } from '../../src/decode/scanner-memory.ts';
import { Replica } from '../../src/fold/replica.ts';
import { metricsText } from '../../src/metrics/registry.ts';
import { mutated } from './line-mutation.ts';

const LINES_A_SEQUENCE = 400;
/** Odd lines that are made of each. */
const ODD = 3;

/** Logs to begin with: long and plain ones, with engine time, with keys in foreign order, and odd ones of every event. */
export const LOGS: readonly (readonly string[])[] = [
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

/** @returns lines compared. @throws Error naming the seed, where the two folds differ */
export async function compareFolds(seed: number): Promise<number> {
  let compared = 0;
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
      compared += 1;
      const told = JSON.stringify(scanning.state.invalidLines);
      const wanted = JSON.stringify(parsing.state.invalidLines);
      if (told !== wanted)
        throw new Error(`seed ${seed}: ${bytes.toString()}\nrefused ${told}, not ${wanted}`);
    }
  }
  const [scanned, parsed] = [await shown(scanning), await shown(parsing)];
  if (scanned === parsed) return compared;
  const others = parsed.split('\n');
  const at = scanned.split('\n').findIndex((line, index) => line !== others[index]);
  throw new Error(`seed ${seed}: ${scanned.split('\n')[at]}\ninstead of ${others[at]}`);
}

const newTimes = (): LineTimes => ({
  engine: { seconds: 0, nanos: 0 },
  wall: { seconds: 0, nanos: 0 },
});

type Scanner = LineScanner<string, undefined>;

/** @returns a scanner that knows the runs of the log, and the days of its lines once they were learnt */
export function scannerOf(log: readonly string[]): Scanner {
  const scanner: Scanner = new LineScanner(newTimes());
  scanner.forget();
  const known = new Set<string>();
  for (const text of log) {
    const bytes = Buffer.from(text);
    const line = decodeLine(bytes, 0, bytes.length, scanner.times);
    if (typeof line === 'string' || known.has(line['run'] as string)) continue;
    const run = line['run'] as string;
    known.add(run);
    scanner.know(line['engine'] as string, run, line['ts'] !== undefined, run, undefined);
  }
  return scanner;
}

/** Makes the day of a line known, as it is once a line of that day was read. */
export function learnDay(scanner: Scanner, bytes: Buffer): void {
  const line = decodeLine(bytes, 0, bytes.length, scanner.times);
  if (typeof line !== 'string') scanner.knowDay(line);
}

/**
 * Scans a line where files are read into, among the remains of what was read before.
 *
 * @returns whether it was taken, as a whole
 */
function scanInPlace(scanner: Scanner, bytes: Buffer, random: Random): boolean {
  const start = random.integer(0, 1_000);
  const end = start + bytes.length + 1;
  input.write(random.pick(['}\n', '"}\n', '0}\n{', ',"msg":"x"}\n', ' ', '\n\n']), end);
  bytes.copy(input, start);
  input[end - 1] = NEWLINE;
  // Half of a line is none, whatever comes after it.
  const cut = random.integer(start, end - 1);
  const isCutTaken = scanner.scanNext(input, start, cut) >= 0;
  const next = scanner.scanNext(input, start, end);
  if (isCutTaken || (next >= 0 && next !== end))
    throw new Error(`${bytes.toString()} taken up to ${next - start}, cut at ${cut - start}`);
  return next === end;
}

const NEWLINE = 0x0a;

/** @returns what was scanned of a line, and what JSON and the schema say of it */
function bothReadings(scanner: Scanner, bytes: Buffer): readonly [object, object] {
  const { fields, grammar, times } = scanner;
  const scanned = {
    seq: scanner.seq,
    run: scanner.run,
    event: grammar.event,
    times: structuredClone(times),
    scope: JSON.parse(`{${memory.toString('latin1', scanner.scopeStart + 1, scanner.scopeEnd)}}`),
    fields: fieldsOf(fields, grammar),
    book: grammar.isBook
      ? JSON.parse(`{${memory.toString('latin1', scanner.bookStart, scanner.bookEnd)}}`)
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
    if (kind === NUMBER || kind === MEASURE) return [fields.double(place), fields.wide(place)];
    return [fields.units[place], fields.digits[place], fields.wide(place)];
  };
  const read: unknown[] = isBook ? [of(AT.best_bid, POSITIVE), of(AT.best_ask, POSITIVE)] : [];
  for (const { place, kind } of steps) if (place >= 0) read.push(of(place, kind));
  return read;
}

/**
 * @returns lines compared, and how many of them the scanner took; the others are the schema's alone
 * @throws Error naming the seed, where the two readings of a line differ
 */
export function compareFields(seed: number): { compared: number; taken: number } {
  let compared = 0;
  let taken = 0;
  const random = new Random(seed);
  const index = random.integer(0, LOGS.length - 1);
  const log = LOGS[index]!;
  const scanner = scannerOf(log);
  for (const line of log) {
    learnDay(scanner, Buffer.from(line));
    for (let odd = 0; odd <= ODD; odd += 1) {
      const bytes = odd === 0 ? Buffer.from(line) : mutated(line, random, random.pick(log));
      compared += 1;
      const isTaken = scanInPlace(scanner, bytes, random);
      if (!isTaken && !scanner.scan(bytes, 0, bytes.length)) continue;
      taken += 1;
      const [scanned, parsed] = bothReadings(scanner, bytes);
      if (isDeepStrictEqual(scanned, parsed)) continue;
      const [told, wanted] = [JSON.stringify(scanned), JSON.stringify(parsed)];
      throw new Error(`seed ${seed}: ${bytes.toString()}\nread as ${told}\ninstead of ${wanted}`);
    }
  }
  return { compared, taken };
}
