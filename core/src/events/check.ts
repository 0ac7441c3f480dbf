/**
 * The reader's schema check, compiled from the catalogue: the envelope, and of a known event the
 * fields that are used. Everything else may be wrong.
 */
import { isDecimal } from '../decimal.ts';
import { parseTime, TIME_SECONDS_END, type Instant } from '../time.ts';
import { EVENTS, type EventName, type EventSpec, type Field } from './catalogue.ts';

/** A parsed line. What is in it is hostile until checked. */
export type Json = Readonly<Record<string, unknown>>;

type Check = (value: unknown) => boolean;

/** At least one digit above zero. */
const NOT_ZERO = /[1-9]/;
const isText: Check = (value) => typeof value === 'string';
const isInt: Check = (value) => Number.isSafeInteger(value);
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isDecimalText: Check = (value) => typeof value === 'string' && isDecimal(value);
export const isPositiveDecimal: Check = (value) =>
  typeof value === 'string' &&
  value.charCodeAt(0) !== 45 &&
  isDecimal(value) &&
  NOT_ZERO.test(value);
const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns whether a book's row can be used: `[px, qty]`, price above zero */
export const isLevel: Check = (row) =>
  Array.isArray(row) && isPositiveDecimal(row[0]) && isDecimalText(row[1]);

function checkOf(field: Field): Check {
  switch (field.type) {
    case 'decimal':
      return isDecimalText;
    case 'positive':
      return isPositiveDecimal;
    case 'int':
      return isInt;
    case 'number':
      return isNumber;
    case 'measure':
      return (value) => isNumber(value) || isDecimalText(value);
    case 'text':
      return isText;
    case 'side':
      return (value) => value === 'BUY' || value === 'SELL';
    case 'flag':
      return (value) => typeof value === 'boolean';
    case 'levels':
      // Only the best row counts; a bad deeper one ends the levels there.
      return (value) => Array.isArray(value) && (value.length === 0 || isLevel(value[0]));
    case 'texts':
      return (value) => Array.isArray(value) && value.every(isText);
    case 'amounts':
      return (value) => isObject(value) && Object.values(value as object).every(isDecimalText);
    case 'object':
      return isObject;
    case 'list': {
      const check = fieldsCheck(field.of ?? []);
      return (value) =>
        Array.isArray(value) && value.every((one) => isObject(one) && check(one as Json));
    }
  }
}

/** @returns a check of all fields that are read */
function fieldsCheck(fields: readonly Field[]): (object: Json) => boolean {
  const checks = fields
    .filter((field) => field.read)
    .map((field) => ({
      name: field.name,
      optional: field.optional === true,
      check: checkOf(field),
    }));
  return (object) => {
    for (const { name, optional, check } of checks) {
      const value = object[name];
      if (value === undefined ? !optional : !check(value)) return false;
    }
    return true;
  };
}

const EVENT_CHECKS: ReadonlyMap<string, (line: Json) => boolean> = new Map(
  Object.entries(EVENTS).map(([name, spec]: [string, EventSpec]) => {
    const fields = fieldsCheck(spec.fields);
    const scopes = spec.areScopesRead ? spec.scopes : [];
    return [
      name,
      (line: Json) => scopes.every((scope) => line[scope] !== undefined) && fields(line),
    ];
  }),
);

const ENGINE = /^[A-Za-z0-9._-]{1,64}$/;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const isOptionalText = (value: unknown): boolean =>
  value === undefined || typeof value === 'string';

/** The engine time and the wall clock of the line checked last. */
export interface LineTimes {
  readonly engine: Instant;
  readonly wall: Instant;
}

/** @returns whether it is a known event */
export const isKnownEvent = (event: string): event is EventName => EVENT_CHECKS.has(event);

/**
 * Checks a parsed line of version 1.
 *
 * @param times set to its times when they are valid
 */
export function checkLine(line: Json, times: LineTimes): boolean {
  const { engine, run, seq, mono_ns, event, cause, time, ts } = line;
  if (line['v'] !== 1 || !isText(line['level'])) return false;
  if (typeof time !== 'string' || !parseTime(time, times.wall)) return false;
  if (ts === undefined) {
    times.engine.seconds = times.wall.seconds;
    times.engine.nanos = times.wall.nanos;
  } else if (typeof ts !== 'string' || !parseTime(ts, times.engine)) return false;
  if (times.engine.seconds < 0 || times.engine.seconds >= TIME_SECONDS_END) return false;
  if (typeof engine !== 'string' || !ENGINE.test(engine)) return false;
  if (typeof run !== 'string' || !ULID.test(run)) return false;
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return false;
  if (!Number.isInteger(mono_ns)) return false;
  if (typeof event !== 'string') return false;
  if (cause !== undefined && !isInt(cause)) return false;
  if (
    !isOptionalText(line['venue']) ||
    !isOptionalText(line['symbol']) ||
    !isOptionalText(line['strategy']) ||
    !isOptionalText(line['account']) ||
    !isOptionalText(line['msg'])
  )
    return false;
  const check = EVENT_CHECKS.get(event);
  return check === undefined || check(line);
}
