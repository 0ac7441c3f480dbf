/**
 * Samples as text, the bytes that prom-client writes (a test holds both together) at a twentieth of
 * its time. prom-client makes an object of each series, escapes each of its labels and joins the
 * strings. Here what the series of a key have in common, `engine="…",strategy="…"`, is encoded once
 * and copied; the rest, mostly digits, is written byte by byte; a metric's lines go into one buffer,
 * so nothing is left for the garbage collector.
 */
import { moneyToDouble } from '@tradetail/core/decimal.ts';
import { toSeconds } from '@tradetail/core/time.ts';
import { moneyIn } from '@tradetail/core/total.ts';
import { BUCKETS_SECONDS, exemplarId, type Histogram } from '../fold/histogram.ts';
import { METRICS, type Metric } from './catalogue.ts';
import type { Labels, Put } from './samples.ts';

/** OpenMetrics allows an exemplar 128 characters with its label's name; a longer id is left out. */
const EXEMPLAR_ID_MAX = 128 - 'order_id'.length;
const edgesAfter = (before: string): Buffer[] =>
  [...BUCKETS_SECONDS.map(String), '+Inf'].map((edge) => Buffer.from(`${before}le="${edge}"} `));
const EDGES = edgesAfter('');
const FURTHER_EDGES = edgesAfter(',');
const FAMILY_BYTES = 1_024;
/** More than a line takes beside its labels: the metric's name, digits, an exemplar. */
const LINE_BYTES = 1_024;

/** The lines of one metric. */
class Family {
  /** `name{`, what each line with labels begins with. */
  readonly open: Buffer;
  readonly openBucket: Buffer;
  /** `,side="` and so on, for each label. */
  readonly labels: readonly string[];
  bytes = Buffer.allocUnsafe(FAMILY_BYTES);
  length = 0;

  constructor({ name, labels }: Metric) {
    this.open = Buffer.from(`${name}{`);
    this.openBucket = Buffer.from(`${name}_bucket{`);
    this.labels = labels.map((label, index) => `${index > 0 ? ',' : ''}${label}="`);
  }

  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  copy(bytes: Buffer): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  endLine(): void {
    this.bytes[this.length] = 0x0a;
    this.length += 1;
  }

  write(text: string): void {
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.length += bytes.write(text, this.length);
        return;
      }
      bytes[at] = code;
      at += 1;
    }
    this.length = at;
  }
}

export class SeriesText {
  readonly #isOpenMetrics: boolean;
  readonly #families = new Map<string, Family>();
  /** The labels put last, and how they stand in a line. */
  #labels: Labels | undefined;
  #prefix = Buffer.alloc(0);

  constructor(isOpenMetrics: boolean) {
    this.#isOpenMetrics = isOpenMetrics;
  }

  readonly put: Put = (name, labels, value, more) => {
    if (value === undefined) return;
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = new Family(METRIC.get(name)!)));
    // Whoever puts a key's samples gives each of them the same array.
    if (labels !== this.#labels) {
      this.#labels = labels;
      this.#prefix = Buffer.from(pairs(family.labels, labels, 0));
    }
    const rest = more === undefined ? '' : pairs(family.labels, more, labels.length);
    if (typeof value !== 'number') return this.#putHistogram(family, name, value);
    family.reserve(LINE_BYTES + this.#prefix.length + 3 * rest.length);
    if (this.#prefix.length + rest.length === 0) family.write(name);
    else {
      family.copy(family.open);
      family.copy(this.#prefix);
      family.write(rest);
      family.write('}');
    }
    family.write(' ');
    family.write(numeral(value));
    family.endLine();
  };

  /** @returns a metric's samples under its name and type; undefined where it has none */
  of({ name, help, type }: Metric): readonly Buffer[] | undefined {
    const family = this.#families.get(name);
    if (family === undefined) return undefined;
    const shown = this.#isOpenMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
    const head = Buffer.from(`# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n`);
    return [head, family.bytes.subarray(0, family.length)];
  }

  #putHistogram(family: Family, name: string, histogram: Histogram): void {
    const prefix = this.#prefix;
    const edges = prefix.length === 0 ? EDGES : FURTHER_EDGES;
    const open = Buffer.concat([family.openBucket, prefix]);
    family.reserve((EDGES.length + 2) * (LINE_BYTES + prefix.length));
    let below = 0;
    for (let bucket = 0; bucket < edges.length; bucket += 1) {
      below += histogram.counts[bucket]!;
      family.copy(open);
      family.copy(edges[bucket]!);
      family.write(String(below));
      if (this.#isOpenMetrics) family.write(exemplarOf(histogram, bucket));
      family.endLine();
    }
    for (const [suffix, value] of [
      ['_sum', numeral(moneyToDouble(moneyIn(histogram.sum)))],
      ['_count', String(histogram.count)],
    ] as const) {
      family.write(name);
      family.write(suffix);
      if (prefix.length > 0) {
        family.write('{');
        family.copy(prefix);
        family.write('}');
      }
      family.write(' ');
      family.write(value);
      family.endLine();
    }
  }
}

const METRIC = new Map<string, Metric>(METRICS.map((metric) => [metric.name, metric]));

/** @param from which of the metric's labels the first value is of */
function pairs(labels: readonly string[], values: Labels, from: number): string {
  let text = '';
  for (let index = 0; index < values.length; index += 1)
    text += `${labels[from + index]!}${escaped(values[index]!)}"`;
  return text;
}

const SPECIAL = /[\\"\n]/;

const escaped = (value: string): string =>
  SPECIAL.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : value;

const numeral = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

function exemplarOf({ exemplars }: Histogram, bucket: number): string {
  const exemplar = exemplars[bucket];
  if (exemplar === undefined) return '';
  const orderId = exemplarId(exemplar);
  if (orderId.length > EXEMPLAR_ID_MAX) return '';
  return ` # {order_id="${escaped(orderId)}"} ${exemplar.ns / 1e9} ${toSeconds(exemplar.wall)}`;
}
