/**
 * A real sidecar that is fed what no engine writes: random bytes, more symbols than anybody trades, and
 * words meant for whoever prints or parses them. It stays within a bound of memory, its exposition
 * stays valid, its log stays lines of JSON without a control character.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { component } from '../setup/components.ts';
import { writing } from './kill-play.ts';
import { Random } from '../oracle/random.ts';
import { seriesOf, Sidecar, untilRight } from './sidecar.ts';

const RUN = '01JDGZ00000000000000000001';
const PIECE_BYTES = 1 << 20;
const LINES_A_PIECE = 5_000;
/** What may stand in a file and not be read yet, for the disk's sake and the reader's. */
const AHEAD_BYTES = 32 * PIECE_BYTES;
/** Of symbols of an engine that have series; the others are `other`. */
const SYMBOLS_MAX = 2_000;
/** Resident at most, whatever it was fed. */
const PEAK_MB = 400;

const HOSTILE_WORDS = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'quote " and \\ backslash',
  'new\nline',
  '</script><script>alert(1)</script>',
  '{symbol="x"} 1',
  '# HELP x',
  '\u001b[2J\u001b]0;title\u0007',
  '\u0000\u007f\u009b31m',
  '\u202eright to left',
  '=cmd|calc',
  '\ud800',
  'x'.repeat(60_000),
];
const HOSTILE_NUMBERS = ['1e400', '-1e400', '-0', '1e-400', '9007199254740993', '1'.repeat(400)];

const line = (seq: number, engine: string, event: string, fields: string): string =>
  `{"level":"trace","time":"2026-01-01T00:00:00.000000000Z","v":1,"engine":"${engine}","run":"${RUN}","seq":${seq},"mono_ns":${seq},"event":"${event}",${fields}}\n`;
const trade = (seq: number, engine: string, symbol: string): string => {
  const fields = `"trade_id":"${seq}","px":"1","qty":"1","aggressor_side":"BUY"`;
  return line(seq, engine, 'md.trade', `"venue":"v","symbol":${JSON.stringify(symbol)},${fields}`);
};

function* randomBytes(megabytes: number, random: Random): Generator<Buffer> {
  for (let piece = 0; piece < megabytes; piece += 1) {
    const words = new Int32Array(PIECE_BYTES / 4);
    let state = random.integer(1, 0x7fff_ffff);
    for (let at = 0; at < words.length; at += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[at] = state;
    }
    yield Buffer.from(words.buffer);
  }
}

function* manySymbols(symbols: number): Generator<Buffer> {
  for (let first = 0; first < symbols; first += LINES_A_PIECE) {
    let text = '';
    for (let seq = first + 1; seq <= Math.min(symbols, first + LINES_A_PIECE); seq += 1)
      text += trade(seq, 'many', `SYMBOL-${seq}`);
    yield Buffer.from(text);
  }
}

function* hostileLines(): Generator<Buffer> {
  let seq = 0;
  for (const word of HOSTILE_WORDS) {
    const text = JSON.stringify(word);
    yield Buffer.from(trade((seq += 1), 'hostile', word));
    const order = `"venue":${text},"symbol":${text},"strategy":${text},"cl_ord_id":${text},"side":"BUY","ord_type":"LIMIT","tif":"GTC","post_only":true,"px":"1","qty":"1","ord_status":"DENIED","cum_qty":"0","leaves_qty":"0","deny_code":${text}`;
    yield Buffer.from(line((seq += 1), 'hostile', 'order.denied', order));
    yield Buffer.from(line((seq += 1), 'hostile', 'engine.heartbeat', `${text}:${text}`));
    yield Buffer.from(line(seq, 'hostile', word, '"x":1').replace('"v":1', `"v":1,${text}:{}`));
  }
  for (const number of HOSTILE_NUMBERS)
    for (const key of ['v', 'seq', 'mono_ns'])
      yield Buffer.from(
        trade((seq += 1), 'hostile', 'S').replace(
          new RegExp(`"${key}":\\d+`),
          `"${key}":${number}`,
        ),
      );
  for (const shape of ['null', '[]', '{}', '""', '0', '[[[[', '{"a":'.repeat(10_000)])
    yield Buffer.from(`${shape}\n`);
}

const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

const NAME = '[a-z_][a-z0-9_]*';
const SAMPLE_LINE = new RegExp(
  String.raw`^($|# (HELP|TYPE) ${NAME} |${NAME}(\{(${NAME}="([^"\\]|\\["\\n])*",?)*\})? \S+$)`,
);

/** @throws Error with what a parser of expositions has to say */
function checkExposition(metrics: string): void {
  for (const one of metrics.split('\n'))
    if (!SAMPLE_LINE.test(one))
      throw new Error(`no line of an exposition: ${JSON.stringify(one.slice(0, 300))}`);
  const promtool = component('promtool');
  if (promtool === undefined) return;
  try {
    execFileSync(promtool, ['check', 'metrics'], { input: metrics, stdio: 'pipe' });
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    // 3: advice on names, which are the contract's.
    if (status !== 3)
      throw new Error(`promtool: ${stderr.toString().slice(0, 1000)}`, { cause: error });
  }
}

export interface Fed {
  readonly what: string;
  readonly bytes: number;
  readonly peakMb: number;
  readonly series: number;
}

/** @throws Error saying which bound was passed, or what was not valid */
export async function playNoise(
  megabytes: number,
  symbols: number,
  random: Random,
  fed: (step: Fed) => void = () => undefined,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'noise-play-'));
  const logs = join(root, 'logs');
  mkdirSync(logs);
  let sidecar: Sidecar | undefined;
  let total = 0;
  const feed = async (what: string, pieces: Iterable<Buffer>): Promise<void> => {
    let bytes = 0;
    const readTo = (behind: number): Promise<void> =>
      untilRight(async () => {
        const read = Number(seriesOf(await sidecar!.metrics()).get('sidecar_bytes_total'));
        return total - read <= behind ? undefined : `${total - read} bytes of ${what} are not read`;
      }, 120);
    let unread = 0;
    for (const piece of pieces) {
      appendFileSync(join(logs, `${what.replaceAll(' ', '-')}.jsonl`), piece);
      bytes += piece.length;
      total += piece.length;
      unread += piece.length;
      if (unread < AHEAD_BYTES) continue;
      await readTo(AHEAD_BYTES / 2);
      unread = AHEAD_BYTES / 2;
    }
    // Random bytes may end within a line.
    if (what === 'random bytes') {
      appendFileSync(join(logs, 'random-bytes.jsonl'), '\n');
      total += 1;
    }
    await readTo(0);
    const metrics = await sidecar!.metrics();
    checkExposition(metrics);
    const step = { what, bytes, peakMb: peakMb(sidecar!.pid), series: seriesOf(metrics).size };
    fed(step);
    if (step.peakMb > PEAK_MB) throw new Error(`${what}: ${step.peakMb} MB, at most ${PEAK_MB}`);
  };
  try {
    for (const _ of writing(logs, random, 1));
    sidecar = await Sidecar.start(join(logs, '*.jsonl'), join(root, 'state'));
    total = Number(
      execFileSync('sh', ['-c', `cat '${logs}'/*.jsonl | wc -c`], { encoding: 'utf8' }),
    );
    await feed('a log', []);
    await feed('hostile words', hostileLines());
    await feed('many symbols', manySymbols(symbols));
    await feed('random bytes', randomBytes(megabytes, random));
    const kept = [...seriesOf(await sidecar.metrics()).keys()].filter((series) =>
      series.startsWith('trading_market_volume_total{engine="many"'),
    );
    const wanted = Math.min(symbols, SYMBOLS_MAX + 1);
    if (kept.length > wanted) throw new Error(`${kept.length} symbols have series, not ${wanted}`);
    if (Object.keys((await (await fetch(`${sidecar.url}api/state`)).json()) as object).length === 0)
      throw new Error('the state is empty');
    await sidecar.end('SIGTERM');
    for (const said of sidecar.said.trim().split('\n')) {
      JSON.parse(said);
      if (/[\u0000-\u001f\u007f-\u009f]/.test(said)) throw new Error(`unescaped: ${said}`);
    }
  } finally {
    sidecar?.kill();
    rmSync(root, { recursive: true, force: true });
  }
}
