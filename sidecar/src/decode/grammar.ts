/**
 * What the lines of an event look like after the envelope, compiled from the catalogue into the
 * scanner's memory: its steps, a field each, in the order in which the engine writes them.
 */
import {
  EVENTS,
  type EventName,
  type EventSpec,
  type Field,
} from '@tradetail/core/events/catalogue.ts';
import { AT, type FieldName } from './fields.ts';
import { constant, memory } from './scanner-memory.ts';

export const TEXT = 0;
export const DECIMAL = 1;
export const POSITIVE = 2;
export const SIDE = 3;
export const INT = 4;
export const NUMBER = 5;
export const MEASURE = 6;
export const FLAG = 7;
export type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface Step {
  readonly name: string;
  readonly kind: Kind;
  readonly isOptional: boolean;
  /** Place among the fields; −1 where the field is only passed over. */
  readonly place: number;
}

export interface Grammar {
  readonly event: EventName;
  /** Place of the event in EVENT_NAMES. */
  readonly index: number;
  readonly areScopesRead: boolean;
  /** It begins with the two sides of a book. */
  readonly isBook: boolean;
  readonly steps: readonly Step[];
  /** Where they stand in the scanner's memory. */
  readonly program: number;
  /** Of all its fields, in order. */
  readonly keys: readonly string[];
  /** Of the fields that are read. */
  readonly places: readonly number[];
}

/**
 * Events that are too rare, or too deep, to be worth scanning: what they do is read from JSON. They
 * change more of the state than a few fields can tell.
 */
const PARSED: ReadonlySet<string> = new Set<EventName>([
  'engine.started',
  'engine.state',
  'engine.snapshot',
  'engine.error',
  'engine.stopped',
  'log.segment',
  'log.dropped',
  'instrument.defined',
  'md.gap',
  'md.resync',
  'strategy.started',
  'account.balance',
  'account.drift',
  'account.cash',
  'risk.breach',
  'risk.kill',
  'risk.rearmed',
]);

/** Of an order these are shown, so they are read although nothing checks them. */
const SHOWN: ReadonlySet<string> = new Set(['side', 'px', 'leaves_qty']);

function kindOf({ type, read, name }: Field, isOrder: boolean): Kind {
  if (isOrder && SHOWN.has(name) && read !== true) return type === 'side' ? TEXT : DECIMAL;
  switch (type) {
    case 'decimal':
      return read ? DECIMAL : TEXT;
    case 'positive':
      return read ? POSITIVE : TEXT;
    case 'side':
      return read ? SIDE : TEXT;
    case 'text':
      return TEXT;
    case 'int':
      return read ? INT : NUMBER;
    case 'number':
      return NUMBER;
    case 'measure':
      return MEASURE;
    case 'flag':
      return FLAG;
    default:
      throw new Error(`${name}: a field of type ${type} is not scanned`);
  }
}

const STEP_BYTES = constant('STEP_BYTES');
const STEP_KEY = constant('STEP_KEY');
const PROGRAMS_END = constant('PROGRAMS_END');
let programsEnd = constant('PROGRAMS');

/** @returns where the steps stand in the scanner's memory */
function compiled(steps: readonly Step[]): number {
  const program = programsEnd;
  for (const { name, kind, isOptional, place } of steps) {
    const key = `,"${name}":`;
    if (key.length > STEP_BYTES - STEP_KEY || programsEnd + STEP_BYTES > PROGRAMS_END)
      throw new RangeError(`${name}: no room for this field in the scanner`);
    memory.set([kind, isOptional ? 1 : 0, place & 0xff, key.length], programsEnd);
    memory.write(key, programsEnd + STEP_KEY, 'latin1');
    programsEnd += STEP_BYTES;
  }
  return program;
}

function grammarOf(event: EventName, index: number): Grammar {
  const spec: EventSpec = EVENTS[event];
  const isOrder = event.startsWith('order.');
  const isBook = event === 'md.book';
  const fields = spec.fields.filter(({ type }) => type !== 'levels');
  const steps = fields.map((field) => {
    const isKept = field.read === true || (isOrder && SHOWN.has(field.name));
    const place = isKept ? AT[field.name as FieldName] : -1;
    return {
      name: field.name,
      kind: kindOf(field, isOrder),
      isOptional: field.optional === true,
      place,
    };
  });
  const keys = spec.fields.map(({ name }) => name);
  const places = steps.flatMap(({ place }) => (place < 0 ? [] : [place]));
  return {
    event,
    index,
    areScopesRead: spec.areScopesRead,
    isBook,
    steps,
    program: compiled(steps),
    keys,
    places,
  };
}

export const GRAMMARS: readonly Grammar[] = (Object.keys(EVENTS) as EventName[]).flatMap(
  (event, index) => (!PARSED.has(event) ? [grammarOf(event, index)] : []),
);

/** By event. */
export const GRAMMAR_OF: ReadonlyMap<string, Grammar> = new Map(
  GRAMMARS.map((grammar) => [grammar.event, grammar]),
);
