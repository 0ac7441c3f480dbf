/**
 * Samples as text, the bytes that prom-client writes (a test holds both together). prom-client makes
 * an object of each series, escapes each of its labels and joins the strings, at every scrape. Here a
 * metric keeps its text from scrape to scrape. Samples come in the same order each time, so each is
 * held against the line that stands at its place; where its value is what it was, its bytes stay.
 *
 * ```
 * last scrape   …symbol="A"} 100.5⏎name{…symbol="B"} 7⏎name{…symbol="C"} 0.25⏎…
 *                            └ changed                └ the same: its line is
 * this scrape   …symbol="A"} 101.25⏎name{…symbol="B"} 7⏎name{…symbol="C"} 0.25⏎…
 *               └── copied as one ──┘     └── copied as one with what follows ──
 * ```
 *
 * A metric in which nothing has changed is not copied at all. Series that come or go move the place by
 * some lines; whatever is not found there is written anew, so the text never depends on what it was.
 */
import { totalToDouble } from '@tradetail/core/total.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { BUCKETS_SECONDS, exemplarId, type Histogram } from '../fold/histogram.ts';
import { METRICS, type Metric } from './catalogue.ts';
import { NUMERAL_BYTES_MAX, writeNumeral } from './numeral.ts';
import type { Labels, Put } from './samples.ts';

/** OpenMetrics allows an exemplar 128 characters with its label's name; a longer id is left out. */
const EXEMPLAR_ID_MAX = 128 - 'order_id'.length;
const EDGES = [...BUCKETS_SECONDS.map(String), '+Inf'].map((edge) => `le="${edge}"`);
const FAMILY_BYTES = 1_024;
const NO_BYTES = Buffer.alloc(0);
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const SPACE = 0x20;
const NEWLINE = 0x0a;
/** How many series may go at one place before those behind it are written anew. */
const GONE_MAX = 64;

/** A series, as it stands in the text. */
interface Line {
  readonly labels: Labels;
  readonly more: Labels | undefined;
  value: number;
  /** Bytes before the value, and with it and the newline. */
  head: number;
  length: number;
  /** Of a histogram: its own lines, `length` bytes in all, and of how many observations they are. */
  readonly parts: Line[] | undefined;
  histogram: Histogram | undefined;
  count: number;
}

const newLine = (labels: Labels, more: Labels | undefined, parts?: Line[]): Line => ({
  labels,
  more,
  value: NaN,
  head: 0,
  length: 0,
  parts,
  histogram: undefined,
  count: -1,
});

/** The labels put last, and how they stand in a line. */
interface Prefix {
  labels: Labels;
  pairs: Buffer;
}

/** The text of one metric: the last one in one half of the memory, that of this scrape in the other. */
class Family {
  readonly head: Buffer;
  readonly #name: Buffer;
  /** Of a histogram: the name of each of its lines. */
  readonly #opens: readonly Buffer[] = [];
  readonly #prefix: Prefix;
  readonly #names: readonly string[];
  readonly #lines: Line[] = [];
  /** Of the line that the next sample is held against. */
  #next = 0;
  #bytes = Buffer.allocUnsafe(2 * FAMILY_BYTES);
  #half = FAMILY_BYTES;
  /** The last text. */
  #old = 0;
  #length = 0;
  /** Of the last text, `#from` to `#kept` is to be copied, before it is done; it goes to `#to`. */
  #from = 0;
  #kept = 0;
  #to = FAMILY_BYTES;

  constructor({ name, help, type, labels }: Metric, isOpenMetrics: boolean, prefix: Prefix) {
    const shown = isOpenMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
    this.head = Buffer.from(`# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n`);
    this.#names = labels.map((label) => `${label}="`);
    this.#name = Buffer.from(name);
    if (type === 'histogram')
      this.#opens = [...EDGES.map(() => '_bucket'), '_sum', '_count'].map((suffix) =>
        Buffer.from(name + suffix),
      );
    this.#prefix = prefix;
  }

  begin(): void {
    this.#next = 0;
    this.#from = this.#kept = this.#old;
    this.#to = this.#old === 0 ? this.#half : 0;
  }

  end(): void {
    this.#lines.length = this.#next;
    const start = this.#old === 0 ? this.#half : 0;
    if (this.#to === start && this.#from === this.#old) this.#length = this.#kept - this.#old;
    else {
      this.#reserve(0);
      this.#flush();
      this.#old = this.#old === 0 ? this.#half : 0;
      this.#length = this.#to - this.#old;
    }
  }

  get length(): number {
    return this.#length;
  }

  copyTo(text: Buffer, at: number): void {
    this.#bytes.copy(text, at, this.#old, this.#old + this.#length);
  }

  putNumber(labels: Labels, more: Labels | undefined, value: number): void {
    const line = this.#find(labels, more) ?? this.#insert(newLine(labels, more));
    if (line.length > 0 && Object.is(line.value, value)) this.#kept += line.length;
    else if (line.length > 0) this.#replace(line, value, '');
    else {
      const rest = more === undefined ? '' : this.#pairsOf(more, labels.length);
      this.#write(line, this.#name, this.#pairs(labels), rest, value, '');
    }
  }

  /** @param exemplarOf what stands behind a bucket's count; undefined where none are shown */
  putHistogram(
    labels: Labels,
    histogram: Histogram,
    exemplarOf: ((histogram: Histogram, bucket: number) => string) | undefined,
  ): void {
    let block = this.#find(labels, undefined);
    if (block?.histogram === histogram && block.count === histogram.count) {
      this.#kept += block.length;
      return;
    }
    const isNew = block === undefined;
    block ??= this.#insert(
      newLine(
        labels,
        undefined,
        Array.from({ length: EDGES.length + 2 }, () => newLine(labels, undefined)),
      ),
    );
    block.histogram = histogram;
    block.count = histogram.count;
    block.length = 0;
    const pairs = isNew ? this.#pairs(labels) : NO_BYTES;
    let below = 0;
    for (let part = 0; part < EDGES.length + 2; part += 1) {
      const line = block.parts![part]!;
      const isBucket = part < EDGES.length;
      if (isBucket) below += histogram.counts[part]!;
      const value = isBucket
        ? below
        : part === EDGES.length
          ? totalToDouble(histogram.sum)
          : histogram.count;
      const exemplar = isBucket && exemplarOf !== undefined ? exemplarOf(histogram, part) : '';
      if (isNew) this.#write(line, this.#opens[part]!, pairs, EDGES[part] ?? '', value, exemplar);
      else if (line.value === value && exemplarOf === undefined) this.#kept += line.length;
      else this.#replace(line, value, exemplar);
      block.length += line.length;
    }
  }

  /** @returns the line that these labels had, having passed over what has gone before it */
  #find(labels: Labels, more: Labels | undefined): Line | undefined {
    const lines = this.#lines;
    const end = Math.min(lines.length, this.#next + GONE_MAX);
    for (let at = this.#next; at < end; at += 1) {
      const line = lines[at]!;
      if (!isSame(line.labels, labels) || !isSame(line.more, more)) continue;
      if (at > this.#next) {
        this.#reserve(0);
        this.#flush();
        for (const gone of lines.splice(this.#next, at - this.#next)) this.#kept += gone.length;
        this.#from = this.#kept;
      }
      this.#next += 1;
      return line;
    }
    return undefined;
  }

  #insert(line: Line): Line {
    if (this.#next === this.#lines.length) this.#lines.push(line);
    else this.#lines.splice(this.#next, 0, line);
    this.#next += 1;
    return line;
  }

  /** @returns `engine="…",strategy="…"`; whoever puts a key's samples gives each of them the same array */
  #pairs(labels: Labels): Buffer {
    const latest = this.#prefix;
    if (latest.labels !== labels) {
      latest.labels = labels;
      latest.pairs = Buffer.from(this.#pairsOf(labels, 0));
    }
    return latest.pairs;
  }

  #pairsOf(values: Labels, from: number): string {
    let text = '';
    for (let at = 0; at < values.length; at += 1)
      text += `${at > 0 ? ',' : ''}${this.#names[from + at]!}${escaped(values[at]!)}"`;
    return text;
  }

  /** A new line. */
  #write(
    line: Line,
    name: Buffer,
    pairs: Buffer,
    more: string,
    value: number,
    exemplar: string,
  ): void {
    this.#reserve(
      name.length + pairs.length + 3 * more.length + NUMERAL_BYTES_MAX + 3 * exemplar.length + 4,
    );
    this.#flush();
    const start = this.#to;
    this.#copy(name);
    if (pairs.length + more.length > 0) {
      this.#bytes[this.#to++] = OPEN;
      this.#copy(pairs);
      if (pairs.length > 0 && more.length > 0) this.#bytes[this.#to++] = COMMA;
      this.#to += writeText(this.#bytes, this.#to, more);
      this.#bytes[this.#to++] = CLOSE;
    }
    this.#bytes[this.#to++] = SPACE;
    line.head = this.#to - start;
    this.#writeValue(line, value, exemplar);
  }

  #copy(bytes: Buffer): void {
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** A line with another value than before. */
  #replace(line: Line, value: number, exemplar: string): void {
    this.#kept += line.head;
    this.#reserve(NUMERAL_BYTES_MAX + 3 * exemplar.length);
    this.#flush();
    this.#from = this.#kept += line.length - line.head;
    this.#writeValue(line, value, exemplar);
  }

  #writeValue(line: Line, value: number, exemplar: string): void {
    const start = this.#to;
    let at = writeNumeral(this.#bytes, start, value);
    at += writeText(this.#bytes, at, exemplar);
    this.#bytes[at] = NEWLINE;
    this.#to = at + 1;
    line.value = value;
    line.length = line.head + this.#to - start;
  }

  #flush(): void {
    if (this.#from === this.#kept) return;
    this.#bytes.copyWithin(this.#to, this.#from, this.#kept);
    this.#to += this.#kept - this.#from;
    this.#from = this.#kept;
  }

  /** Makes room for what is to be copied and so many bytes and a newline behind it. */
  #reserve(bytes: number): void {
    const start = this.#old === 0 ? this.#half : 0;
    const done = this.#to - start;
    const wanted = done + this.#kept - this.#from + bytes + 1;
    if (wanted <= this.#half) return;
    const half = Math.max(2 * this.#half, wanted);
    const larger = Buffer.allocUnsafe(2 * half);
    this.#bytes.copy(larger, 0, this.#old, this.#old + this.#length);
    this.#bytes.copy(larger, half, start, this.#to);
    this.#from -= this.#old;
    this.#kept -= this.#old;
    this.#old = 0;
    this.#to = half + done;
    this.#half = half;
    this.#bytes = larger;
  }
}

export class SeriesText {
  readonly #isOpenMetrics: boolean;
  readonly #families: ReadonlyMap<string, Family>;

  constructor(isOpenMetrics: boolean) {
    this.#isOpenMetrics = isOpenMetrics;
    const prefix: Prefix = { labels: [], pairs: NO_BYTES };
    this.#families = new Map(
      METRICS.map((metric: Metric) => [metric.name, new Family(metric, isOpenMetrics, prefix)]),
    );
  }

  /** All samples are put between the two. */
  begin(): void {
    for (const family of this.#families.values()) family.begin();
  }

  end(): void {
    for (const family of this.#families.values()) family.end();
  }

  readonly put: Put = (name, labels, value, more) => {
    if (value === undefined) return;
    const family = this.#families.get(name)!;
    if (typeof value === 'number') family.putNumber(labels, more, value);
    else family.putHistogram(labels, value, this.#isOpenMetrics ? exemplarOf : undefined);
  };

  /** Metrics that have samples, each with its name and type above them; the text can change with the next sample. */
  *families(): Generator<Pick<Family, 'head' | 'length' | 'copyTo'>> {
    for (const family of this.#families.values()) if (family.length > 0) yield family;
  }
}

function isSame(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** @returns how many bytes it takes */
function writeText(bytes: Buffer, at: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return bytes.write(text, at);
    bytes[at + index] = code;
  }
  return text.length;
}

const SPECIAL = /[\\"\n]/;

const escaped = (value: string): string =>
  SPECIAL.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : value;

function exemplarOf({ exemplars }: Histogram, bucket: number): string {
  const exemplar = exemplars[bucket];
  if (exemplar === undefined) return '';
  const orderId = exemplarId(exemplar);
  if (orderId.length > EXEMPLAR_ID_MAX) return '';
  return ` # {order_id="${escaped(orderId)}"} ${exemplar.ns / 1e9} ${toSeconds(exemplar.wall)}`;
}
