/**
 * Takes the records out of the ring and makes the texts of their lines: all that follows the fields
 * that are the same on every line of a run.
 *
 * The text is put together here and not from an object by pino, because most of a line's cost is
 * pino's looking at each key and value of an object: measured on the orders of `bench/record.ts` it
 * is ten times everything else that the worker does.
 */
import {
  EVENT_NAMES,
  EVENTS,
  type EventName,
  type EventSpec,
  type Level,
} from '@tradetail/core/events/catalogue.ts';
import { NONE } from './recorder.ts';
import { AS_JSON, HEADER, HEADER_BYTES, NAMES, TAG, WORDS, type Names, type Ring } from './ring.ts';
import { StepText } from './step-text.ts';

export interface Line {
  event: EventName;
  level: Level;
  monoNs: number;
  tNs: number;
  /** `,"seq":…` and all that follows, without the closing brace. */
  text: string;
}

interface InstrumentTexts {
  /** `,"venue":…,"symbol":…` */
  readonly scope: string;
  readonly ticks: StepText;
  readonly lots: StepText;
}

const KINDS = EVENT_NAMES.map((event) => {
  const spec: EventSpec = EVENTS[event];
  return {
    event,
    level: spec.level,
    name: `,"event":"${event}"`,
    keys: spec.fields.map((field) => `,"${field.name}":`),
  };
});

export class RingReader {
  /** Position of the next record. */
  position = 0;
  readonly #ring: Ring;
  readonly #line: Line = { event: 'log.segment', level: 'info', monoNs: 0, tNs: 0, text: '' };
  #instruments: readonly InstrumentTexts[] = [];
  #strategies: readonly string[] = [];
  #at = 0;

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  /**
   * @param written position up to which records are complete
   * @returns the next line, valid until the next call; undefined when there is none
   */
  next(written: number): Line | undefined {
    while (this.position !== written) {
      const { bytes, view, size } = this.#ring;
      const start = this.position & (size - 1);
      this.position = (this.position + view.getUint32(start + HEADER.length, true)) | 0;
      this.#at = start + HEADER_BYTES;
      const kind = bytes[start + HEADER.kind]!;
      if (kind === NAMES) this.#learn(JSON.parse(this.#raw()) as Names);
      else return this.#read(start, kind);
    }
    return undefined;
  }

  #read(start: number, kind: number): Line {
    const { view } = this.#ring;
    const { event, level, name, keys } = KINDS[kind & ~AS_JSON]!;
    const line = this.#line;
    line.event = event;
    line.level = level;
    line.monoNs = view.getFloat64(start + HEADER.monoNs, true);
    line.tNs = view.getFloat64(start + HEADER.tNs, true);

    let text = `,"seq":${view.getFloat64(start + HEADER.seq, true)},"mono_ns":${line.monoNs}${name}`;
    const cause = view.getFloat64(start + HEADER.cause, true);
    if (cause !== NONE) text += `,"cause":${cause}`;
    if ((kind & AS_JSON) !== 0) text += this.#raw();
    const index = view.getInt16(start + HEADER.instrument, true);
    const instrument = index === NONE ? undefined : this.#instruments[index]!;
    if (instrument) text += instrument.scope;
    const strategy = view.getInt16(start + HEADER.strategy, true);
    if (strategy !== NONE) text += this.#strategies[strategy]!;
    if ((kind & AS_JSON) !== 0) text += this.#raw();
    else
      for (const key of keys) {
        const value = this.#value(instrument);
        if (value !== '') text += key + value;
      }
    line.text = text;
    return line;
  }

  /** @returns the next value as JSON; empty where it is absent */
  #value(instrument: InstrumentTexts | undefined): string {
    const { bytes, view } = this.#ring;
    const at = this.#at;
    const tag = bytes[at]!;
    switch (tag) {
      case TAG.absent:
        this.#at = at + 1;
        return '';
      case TAG.number:
        this.#at = at + 9;
        return String(view.getFloat64(at + 1, true));
      case TAG.true:
        this.#at = at + 1;
        return 'true';
      case TAG.false:
        this.#at = at + 1;
        return 'false';
      case TAG.buy:
        this.#at = at + 1;
        return '"BUY"';
      case TAG.sell:
        this.#at = at + 1;
        return '"SELL"';
      case TAG.plain:
        return `"${this.#raw()}"`;
      case TAG.utf8:
        return JSON.stringify(this.#raw());
      case TAG.word:
        this.#at = at + 2;
        return `"${WORDS[bytes[at + 1]!]!}"`;
      case TAG.ticks:
        this.#at = at + 9;
        return `"${instrument!.ticks.of(view.getFloat64(at + 1, true))}"`;
      case TAG.lots:
        this.#at = at + 9;
        return `"${instrument!.lots.of(view.getFloat64(at + 1, true))}"`;
      case TAG.levels:
        return this.#levels(instrument!);
      default:
        throw new Error(`a value with tag ${tag}`);
    }
  }

  #levels({ ticks, lots }: InstrumentTexts): string {
    const { bytes, view } = this.#ring;
    const end = this.#at + 2 + bytes[this.#at + 1]! * 16;
    let text = '';
    for (let at = this.#at + 2; at < end; at += 16) {
      const px = ticks.of(view.getFloat64(at, true));
      const qty = lots.of(view.getFloat64(at + 8, true));
      text += `${text === '' ? '' : ','}["${px}","${qty}"]`;
    }
    this.#at = end;
    return `[${text}]`;
  }

  /** @returns the next value's text as it is */
  #raw(): string {
    const { bytes, view } = this.#ring;
    const start = this.#at + 5;
    const end = start + view.getUint32(this.#at + 1, true);
    const tag = bytes[this.#at]!;
    this.#at = end;
    return bytes.toString(tag === TAG.plain ? 'latin1' : 'utf8', start, end);
  }

  #learn(names: Names): void {
    this.#instruments = names.instruments.map(({ venue, symbol, tickSize, lotSize }) => ({
      scope: `,"venue":${JSON.stringify(venue)},"symbol":${JSON.stringify(symbol)}`,
      ticks: new StepText(tickSize),
      lots: new StepText(lotSize),
    }));
    this.#strategies = names.strategies.map((name) => `,"strategy":${JSON.stringify(name)}`);
  }
}
