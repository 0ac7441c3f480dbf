/**
 * Recorded market data: files of frames, read as one session in the order of their local times.
 *
 * A file is plain or gzipped text, and each of its lines says by itself what it is:
 *
 *     <local ns> <JSON>          a frame as it came, or a REST reply at the moment it came
 *     <local seconds>: <JSON>    the same, as cryptofeed writes it
 *     <url> -> <seconds>: <JSON> a REST reply with the request it answers
 *     <url> <-> <seconds>        a connection; nothing
 *
 * The JSON is a frame of a combined stream, a depth snapshot, or an exchangeInfo. A snapshot names
 * no symbol: it belongs to that of its url, of its own `symbol`, or to the only one of its file.
 * A file is held in memory as a whole, uncompressed.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { streamOf, type StreamName } from './binance-frame.ts';

export interface RecordedLine {
  /** ns since the session began. */
  readonly tNs: number;
  readonly text: string;
  /** The stream of a frame; undefined for a REST reply. */
  readonly stream: StreamName | undefined;
  /** Upper case; undefined where the line does not say. */
  readonly symbol: string | undefined;
}

interface Located {
  readonly seconds: number;
  readonly ns: number;
  readonly json: number;
  readonly url?: string;
}

const NEWLINE = 10;
const GZIP_MAGIC = 0x1f8b;

/** Reads the files into memory. @throws where one cannot be read or has no line of a known form */
export async function openSession(files: readonly string[]): Promise<RecordedSession> {
  const opened = await Promise.all(files.map(openFile));
  return new RecordedSession(opened);
}

async function openFile(path: string): Promise<RecordedFile> {
  const raw = await readFile(path);
  const bytes =
    raw.length > 2 && raw.readUInt16BE(0) === GZIP_MAGIC ? await promisify(gunzip)(raw) : raw;
  const file = new RecordedFile(bytes);
  if (file.next === undefined) throw new Error(`${path}: no line of recorded market data`);
  return file;
}

/** One file, line after line. */
class RecordedFile {
  readonly #bytes: Buffer;
  #at = 0;
  /** The only symbol so far, for what does not name its own. */
  #symbol: string | undefined;
  next:
    | {
        readonly seconds: number;
        readonly ns: number;
        readonly text: string;
        readonly stream: StreamName | undefined;
        readonly symbol: string | undefined;
      }
    | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.step();
  }

  restart(): void {
    this.#at = 0;
    this.step();
  }

  step(): void {
    this.next = undefined;
    while (this.next === undefined && this.#at < this.#bytes.length) {
      const newline = this.#bytes.indexOf(NEWLINE, this.#at);
      const end = newline < 0 ? this.#bytes.length : newline;
      const line = this.#bytes.toString('utf8', this.#at, end);
      this.#at = end + 1;
      const located = locate(line);
      if (located === undefined) continue;
      const text = line.slice(located.json);
      const stream = streamOf(text);
      const symbol = stream?.symbol ?? located.url ?? this.#symbol;
      if (stream !== undefined) this.#symbol ??= symbol;
      this.next = { seconds: located.seconds, ns: located.ns, text, stream, symbol };
    }
  }
}

const FRAME = /^(\d+)(?:(\.\d+)?:)? (?=\{)/;
const REPLY = /^(\S+) -> (\d+)(\.\d+)?: (?=\{)/;

/** Finds the time and the JSON of a line; undefined where it is of no known form. */
function locate(line: string): Located | undefined {
  if (line.charCodeAt(19) === 32) {
    // The usual one: 19 digits of ns, past what a double holds, so read in two parts.
    const seconds = Number(line.slice(0, 10));
    const ns = Number(line.slice(10, 19));
    if (!Number.isNaN(seconds + ns)) return { seconds, ns, json: 20 };
  }
  const frame = FRAME.exec(line);
  if (frame !== null)
    return { seconds: Number(frame[1]), ns: nsOf(frame[2]), json: frame[0].length };
  const reply = REPLY.exec(line);
  if (reply === null) return undefined;
  const url = URL.canParse(reply[1]!) ? new URL(reply[1]!).searchParams.get('symbol') : null;
  const at = { seconds: Number(reply[2]), ns: nsOf(reply[3]), json: reply[0].length };
  return url === null ? at : { ...at, url: url.toUpperCase() };
}

const nsOf = (fraction: string | undefined): number =>
  Math.round(Number(`0${fraction ?? ''}`) * 1e9);

export class RecordedSession {
  readonly #files: readonly RecordedFile[];
  readonly #startSeconds: number;
  readonly #startNs: number;
  readonly startEpochNs: bigint;
  #due: RecordedFile | undefined;
  #dueNs = 0;

  constructor(files: readonly RecordedFile[]) {
    this.#files = files;
    const first = files.reduce((a, b) => (earlier(b, a) ? b : a)).next!;
    this.#startSeconds = first.seconds;
    this.#startNs = first.ns;
    this.startEpochNs = BigInt(first.seconds) * 1_000_000_000n + BigInt(first.ns);
    this.#find();
  }

  /** When the next line is due, ns since the session began; Infinity after the last. Never goes back. */
  get nextNs(): number {
    return this.#due === undefined ? Infinity : this.#dueNs;
  }

  /** Takes the next line; there must be one. */
  take(): RecordedLine {
    const { text, stream, symbol } = this.#due!.next!;
    const line = { tNs: this.#dueNs, text, stream, symbol };
    this.#due!.step();
    this.#find();
    return line;
  }

  /** Goes back to the first line. */
  restart(): void {
    for (const file of this.#files) file.restart();
    this.#dueNs = 0;
    this.#find();
  }

  #find(): void {
    let due: RecordedFile | undefined;
    for (const file of this.#files)
      if (file.next !== undefined && (due === undefined || earlier(file, due))) due = file;
    this.#due = due;
    if (due === undefined) return;
    const { seconds, ns } = due.next!;
    this.#dueNs = Math.max(
      this.#dueNs,
      (seconds - this.#startSeconds) * 1e9 + (ns - this.#startNs),
    );
  }
}

const earlier = (a: RecordedFile, b: RecordedFile): boolean =>
  a.next!.seconds < b.next!.seconds ||
  (a.next!.seconds === b.next!.seconds && a.next!.ns < b.next!.ns);
