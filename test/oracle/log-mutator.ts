/** What may happen to the lines of a log between the engine that wrote them and their reader. */
import type { SegmentLines } from './log-generator.ts';
import type { Random } from './random.ts';

/** @param mutations how many; the segments are changed in place */
export function mutateSegments(random: Random, segments: SegmentLines[], mutations: number): void {
  for (let left = mutations; left > 0; left -= 1) {
    const segment = random.pick(segments);
    const mutate = random.weighted<
      (random: Random, segment: SegmentLines, all: SegmentLines[]) => void
    >([
      [3, dropLines],
      [3, repeatLine],
      [3, delayLine],
      [2, pruneRun],
      [1, tearLastLine],
      [3, insertInvalidLine],
      [4, respellLines],
    ]);
    mutate(random, segment, segments);
  }
}

function dropLines(random: Random, { lines }: SegmentLines): void {
  const first = random.integer(1, lines.length - 1);
  const count = random.integer(1, 4);
  lines.splice(first, count);
}

function repeatLine(random: Random, { lines }: SegmentLines): void {
  const from = random.integer(0, lines.length - 1);
  lines.splice(random.integer(from + 1, lines.length), 0, lines[from]!);
}

function delayLine(random: Random, { lines }: SegmentLines): void {
  const from = random.integer(1, lines.length - 1);
  const [line] = lines.splice(from, 1);
  lines.splice(
    random.integer(from, Math.min(lines.length, from + random.pick([1, 3, 100]))),
    0,
    line!,
  );
}

function pruneRun(random: Random, { engine, run }: SegmentLines, all: SegmentLines[]): void {
  const ofRun = all.filter((one) => one.engine === engine && one.run === run);
  const gone = random.integer(0, ofRun.length - 1);
  for (const segment of ofRun.slice(0, gone)) all.splice(all.indexOf(segment), 1);
}

function tearLastLine(random: Random, segment: SegmentLines): void {
  if (segment.lines.length < 3 || segment.torn.length > 0) return;
  const last = segment.lines.pop()!;
  segment.torn = last.subarray(0, random.integer(1, last.length - 1));
}

function insertInvalidLine(random: Random, { lines }: SegmentLines): void {
  const at = random.integer(1, lines.length);
  const like = lines[at - 1]!.toString('latin1');
  const bad = random.pick<(line: string) => string>([
    () => '',
    () => '   \r',
    () => 'null',
    () => '[{"v":1}]',
    () => '\ufeff{}',
    (line) => line.slice(0, -1),
    (line) => `${line.slice(0, -1)},"x":"\xff"}`,
    (line) => `${line.slice(0, -1)},"x":"\xed\xa0\x80"}`,
    (line) => `${line.slice(0, -1)},"x":"${'y'.repeat(65_536)}"}`,
    (line) => `${line.slice(0, -1)},"x":"${'y'.repeat(65_536 - line.length - 7)}"}`,
    (line) => line.replace('"v":1', '"v":2'),
    (line) => line.replace('"v":1', '"v":1.5'),
    (line) => line.replace('"v":1', '"v":"1"'),
    (line) => line.replace('"v":1', '"v":-7e3'),
    (line) => line.replace(/"seq":\d+/, '"seq":0'),
    (line) => line.replace(/"seq":\d+/, '"seq":"7"'),
    (line) => line.replace(/"seq":\d+/, '"seq":1e15'),
    (line) => line.replace(/"time":"\d{4}/, '"time":"20x6'),
    (line) => line.replace(/"event":"[^"]*"/, '"event":7'),
    (line) => line.replace(/"engine":"[^"]*"/, '"engine":"a b"'),
    (line) => line.replace(/"(px|qty|last_px|realized_pnl)":"/, '"$1":"+'),
    (line) => line.replace(/"(last_px|last_qty|px)":"[^"]*"/, '"$1":"0.000"'),
    (line) => line.replace(/"(side|aggressor_side)":"[^"]*"/, '"$1":"HOLD"'),
    (line) => line.replace(/"(venue|cl_ord_id|state)":"[^"]*",?/, ''),
    (line) => line.replace(/"(fee|amount|capital)":"([^"]*)"/, '"$1":$2'),
    (line) => line.replace('"ts":', '"was_ts":'),
    (line) => line.replace('"strategy":"', '"strategy":null,"x":"'),
  ])(like);
  // Instead of the line, so that its seq is missing, or before it, so that a good line brings it.
  lines.splice(at - 1, random.pick([0, 1]), Buffer.from(bad, 'latin1'));
}

/** The same lines, written by somebody else. */
function respellLines(random: Random, { lines }: SegmentLines): void {
  const chance = random.pick([0.02, 1]);
  for (const [index, line] of lines.entries()) {
    if (!random.chance(chance)) continue;
    let object: Record<string, unknown>;
    try {
      object = JSON.parse(line.toString()) as Record<string, unknown>;
    } catch {
      continue;
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object)) continue;
    const space = random.pick(['', ' ', '\t', ' \r ']);
    const members = random
      .shuffled(
        Object.entries({
          ...object,
          ...(random.chance(0.3) ? { another: { deep: [1, '\u2028'] } } : {}),
        }),
      )
      .flatMap(([key, value]) => {
        const member = `${spell(random, key)}${space}:${space}${spell(random, value)}`;
        return random.chance(0.05) ? [`${JSON.stringify(key)}:null`, member] : [member];
      });
    const text = `${space}{${space}${members.join(`,${space}`)}${space}}${space}`;
    if (text.length < 60_000) lines[index] = Buffer.from(text);
  }
}

function spell(random: Random, value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value) && random.chance(0.2))
    return random.pick([`${value}.0`, `${value}e0`, `${value * 10}E-1`]);
  const text = JSON.stringify(value);
  if (!random.chance(0.2)) return text;
  return text.replace(/[a-z](?=[^"\\]*")/gi, (letter, offset: number) =>
    text[offset - 1] === '\\' || !random.chance(0.3)
      ? letter
      : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
