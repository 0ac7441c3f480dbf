/**
 * Takes the records out of the ring: for each a line's envelope and fields, as an object whose keys
 * stand in the order of the contract. The object is reused by the next record of the same event;
 * what is absent is undefined in it.
 */
import {
  EVENT_NAMES,
  EVENTS,
  type EventName,
  type EventSpec,
  type Level,
} from '@tradetail/core/events/catalogue.ts';
import { NONE } from './recorder.ts';
import { HEADER, HEADER_BYTES, JSON_LINE, NAMES, TAG, type Names, type Ring } from './ring.ts';
import { StepText } from './step-text.ts';

export interface Record {
  event: EventName;
  level: Level;
  monoNs: number;
  tNs: number;
  fields: { [name: string]: unknown };
  msg: string | undefined;
}

const SPECS: readonly EventSpec[] = EVENT_NAMES.map((name) => EVENTS[name]);

export class RingReader {
  /** Position of the next record. */
  position = 0;
  readonly #ring: Ring;
  readonly #record: Record = {
    event: 'log.segment',
    level: 'info',
    monoNs: 0,
    tNs: 0,
    fields: {},
    msg: undefined,
  };
  readonly #reused = SPECS.map((spec, kind) => {
    const line: { [name: string]: unknown } = { ...envelope(0, 0, EVENT_NAMES[kind]!) };
    for (const field of spec.fields) line[field.name] = undefined;
    return line;
  });
  readonly #fieldNames = SPECS.map((spec) => spec.fields.map((field) => field.name));
  #instruments: readonly { venue: string; symbol: string; ticks: StepText; lots: StepText }[] = [];
  #strategies: readonly string[] = [];
  #at = 0;

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  /**
   * @param written position up to which records are complete
   * @returns the next record, valid until the next call; undefined when there is none
   */
  next(written: number): Record | undefined {
    while (this.position !== written) {
      const { bytes, view, size } = this.#ring;
      const start = this.position & (size - 1);
      this.position = (this.position + view.getUint32(start + HEADER.length, true)) | 0;
      this.#at = start + HEADER_BYTES;
      const kind = bytes[start + HEADER.kind]!;
      if (kind === NAMES) this.#learn(JSON.parse(this.#value(undefined) as string) as Names);
      else return this.#read(start, kind);
    }
    return undefined;
  }

  #read(start: number, kind: number): Record {
    const { view } = this.#ring;
    const record = this.#record;
    const index = view.getInt16(start + HEADER.instrument, true);
    const instrument = index === NONE ? undefined : this.#instruments[index]!;
    const strategy = view.getInt16(start + HEADER.strategy, true);
    const seq = view.getFloat64(start + HEADER.seq, true);
    const cause = view.getFloat64(start + HEADER.cause, true);
    record.monoNs = view.getFloat64(start + HEADER.monoNs, true);
    record.tNs = view.getFloat64(start + HEADER.tNs, true);
    record.msg = undefined;
    let line: { [name: string]: unknown };
    if (kind === JSON_LINE) {
      const { event, venue, fields, msg } = JSON.parse(this.#value(undefined) as string) as {
        event: EventName;
        venue?: string;
        fields: object;
        msg?: string;
      };
      line = { ...envelope(seq, record.monoNs, event), venue, ...fields };
      record.event = event;
      record.msg = msg;
    } else {
      line = this.#reused[kind]!;
      record.event = EVENT_NAMES[kind]!;
      line['venue'] = undefined;
      line['symbol'] = undefined;
      const names = this.#fieldNames[kind]!;
      for (let field = 0; field < names.length; field++)
        line[names[field]!] = this.#value(instrument);
    }
    record.level = EVENTS[record.event].level;
    line['seq'] = seq;
    line['mono_ns'] = record.monoNs;
    line['cause'] = cause === NONE ? undefined : cause;
    if (instrument) {
      line['venue'] = instrument.venue;
      line['symbol'] = instrument.symbol;
    }
    line['strategy'] = strategy === NONE ? undefined : this.#strategies[strategy]!;
    record.fields = line;
    return record;
  }

  #value(instrument: { ticks: StepText; lots: StepText } | undefined): unknown {
    const { bytes, view } = this.#ring;
    const at = this.#at;
    const tag = bytes[at]!;
    switch (tag) {
      case TAG.absent:
        this.#at = at + 1;
        return undefined;
      case TAG.number:
        this.#at = at + 9;
        return view.getFloat64(at + 1, true);
      case TAG.true:
      case TAG.false:
        this.#at = at + 1;
        return tag === TAG.true;
      case TAG.buy:
      case TAG.sell:
        this.#at = at + 1;
        return tag === TAG.buy ? 'BUY' : 'SELL';
      case TAG.ascii:
      case TAG.utf8: {
        const end = at + 5 + view.getUint32(at + 1, true);
        this.#at = end;
        return bytes.toString(tag === TAG.ascii ? 'latin1' : 'utf8', at + 5, end);
      }
      case TAG.ticks:
        this.#at = at + 9;
        return instrument!.ticks.of(view.getFloat64(at + 1, true));
      case TAG.lots:
        this.#at = at + 9;
        return instrument!.lots.of(view.getFloat64(at + 1, true));
      case TAG.levels: {
        const count = bytes[at + 1]!;
        const levels: [string, string][] = [];
        for (let level = 0, from = at + 2; level < count; level++, from += 16)
          levels.push([
            instrument!.ticks.of(view.getFloat64(from, true)),
            instrument!.lots.of(view.getFloat64(from + 8, true)),
          ]);
        this.#at = at + 2 + count * 16;
        return levels;
      }
      default:
        throw new Error(`a value with tag ${tag}`);
    }
  }

  #learn(names: Names): void {
    this.#instruments = names.instruments.map(({ venue, symbol, tickSize, lotSize }) => ({
      venue,
      symbol,
      ticks: new StepText(tickSize),
      lots: new StepText(lotSize),
    }));
    this.#strategies = names.strategies;
  }
}

/** The envelope's part of a line that differs from line to line, in its order. */
const envelope = (seq: number, monoNs: number, event: EventName) => ({
  seq,
  mono_ns: monoNs,
  event,
  cause: undefined as number | undefined,
  venue: undefined as string | undefined,
  symbol: undefined as string | undefined,
  strategy: undefined as string | undefined,
});
