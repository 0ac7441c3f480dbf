/**
 * A recorder that keeps its lines as objects in memory: the specification that the ring and its
 * worker are held against, and what tests of the trading core read.
 */
import { EVENTS, type EventName, type EventSpec } from '@tradetail/core/events/catalogue.ts';
import { ATOM_DIGITS, formatScaled, parseAtoms } from '@tradetail/core/decimal.ts';
import type { BookView } from '../market/book-view.ts';
import type { Instrument } from '../market/instrument.ts';
import { sideWord, type Side } from '../market/side.ts';
import { NONE, type Recorder, type Scopes } from './recorder.ts';

export type Line = Record<string, unknown> & { seq: number; event: EventName };

export class MemoryRecorder implements Recorder {
  readonly lines: Line[] = [];
  seq = 0;
  #tNs = 0;
  #instruments: readonly Instrument[] = [];
  #strategies: readonly string[] = [];
  #line: Line | undefined;
  #instrument = NONE;
  #field = 0;

  names(instruments: readonly Instrument[], strategies: readonly string[]): void {
    this.#instruments = instruments;
    this.#strategies = strategies;
  }

  at(tNs: number): void {
    this.#tNs = tNs;
  }

  begin(event: EventName, instrument: number, strategy: number, cause: number): number {
    if (this.#line) throw new Error(`${this.#line.event} was not ended`);
    this.seq += 1;
    const line: Line = { t_ns: this.#tNs, seq: this.seq, event };
    if (cause !== NONE) line['cause'] = cause;
    if (instrument !== NONE) {
      line['venue'] = this.#instruments[instrument]!.venue;
      line['symbol'] = this.#instruments[instrument]!.symbol;
    }
    if (strategy !== NONE) line['strategy'] = this.#strategies[strategy]!;
    this.#line = line;
    this.#instrument = instrument;
    this.#field = 0;
    return this.seq;
  }

  int(value: number): void {
    this.#put(value);
  }
  number(value: number): void {
    this.#put(Number.isFinite(value) ? value : undefined);
  }
  flag(value: boolean): void {
    this.#put(value);
  }
  text(value: string): void {
    this.#put(value);
  }
  decimal(value: string): void {
    this.#put(value);
  }
  side(value: Side): void {
    this.#put(sideWord(value));
  }
  ticks(value: number): void {
    this.#put(scaled(value, this.#instruments[this.#instrument]!.tickSize));
  }
  lots(value: number): void {
    this.#put(scaled(value, this.#instruments[this.#instrument]!.lotSize));
  }
  levels(book: BookView, side: Side, levels: number): void {
    const { tickSize, lotSize } = this.#instruments[this.#instrument]!;
    const count = Math.min(levels, book.depth(side));
    this.#put(
      Array.from({ length: count }, (_, level) => [
        scaled(book.px(side, level), tickSize),
        scaled(book.qty(side, level), lotSize),
      ]),
    );
  }
  absent(): void {
    this.#put(undefined);
  }
  end(): void {
    const line = this.#line!;
    const spec: EventSpec = EVENTS[line.event];
    if (this.#field !== spec.fields.length)
      throw new Error(`${line.event} has ${spec.fields.length} fields, got ${this.#field}`);
    this.lines.push(line);
    this.#line = undefined;
  }

  event(event: EventName, fields: Readonly<Record<string, unknown>>, scopes: Scopes = {}): number {
    const seq = this.begin(
      event,
      scopes.instrument ?? NONE,
      scopes.strategy ?? NONE,
      scopes.cause ?? NONE,
    );
    const line = this.#line!;
    if (scopes.venue !== undefined) line['venue'] = scopes.venue;
    const spec: EventSpec = EVENTS[event];
    for (const name of Object.keys(fields))
      if (!spec.fields.some((field) => field.name === name))
        throw new Error(`${event} has no field ${name}`);
    for (const field of spec.fields)
      if (fields[field.name] !== undefined) line[field.name] = fields[field.name];
    if (scopes.msg !== undefined) line['msg'] = scopes.msg;
    this.lines.push(line);
    this.#line = undefined;
    return seq;
  }

  #put(value: unknown): void {
    const line = this.#line;
    if (!line) throw new Error('a field outside begin and end');
    const spec: EventSpec = EVENTS[line.event];
    const field = spec.fields[this.#field];
    if (!field) throw new Error(`${line.event} has only ${spec.fields.length} fields`);
    if (value === undefined && field.optional !== true)
      throw new Error(`${line.event}.${field.name} may not be absent`);
    if (value !== undefined) line[field.name] = value;
    this.#field += 1;
  }
}

/** A whole number of ticks or lots as decimal text with the digits of the step; undefined for NaN. */
function scaled(value: number, step: string): string | undefined {
  if (Number.isNaN(value)) return undefined;
  const digits = step.includes('.') ? step.length - step.indexOf('.') - 1 : 0;
  const text = formatScaled(BigInt(value) * parseAtoms(step), ATOM_DIGITS);
  if (digits === 0) return text;
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(digits, '0')}`;
}
