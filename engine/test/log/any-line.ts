/** Random lines of the whole catalogue, as calls on a recorder. */
import {
  EVENT_NAMES,
  EVENTS,
  type EventName,
  type EventSpec,
  type Field,
} from '@tradetail/core/events/catalogue.ts';
import fc from 'fast-check';
import type { BookView } from '../../src/market/book-view.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import { BUY, SELL, type Side } from '../../src/market/side.ts';
import { NONE, type Recorder } from '../../src/log/recorder.ts';

const instrument = (
  index: number,
  symbol: string,
  tickSize: string,
  lotSize: string,
): Instrument => ({
  index,
  venue: 'sim',
  symbol,
  base: symbol.split('-')[0]!,
  quote: 'USDT',
  tickSize,
  lotSize,
  minQty: 1,
  multiplier: '1',
  makerFee: '0',
  takerFee: '0',
});
export const INSTRUMENTS = [
  instrument(0, 'BTC-USDT', '0.01', '0.00001'),
  instrument(1, 'ETH-USDT', '0.05', '0.0001'),
  instrument(2, 'DOGE-USDT', '1', '100'),
];
export const STRATEGIES = ['market_maker', 'liquidity_taker'];

type Call = (recorder: Recorder) => void;

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', '"', '\\', '\n', '\u0000', 'é'.repeat(200), 'NEW', '€"\u2028'),
);
const decimalText = fc.constantFrom('0', '-0.5', '1', '999999999999999999.999999999999999999');
/** Also beyond 2^53 once multiplied with the step. */
const whole = fc.oneof(fc.integer({ min: -1000, max: 1e9 }), fc.maxSafeInteger(), fc.constant(0));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const json = fc.dictionary(
  fc.constantFrom('a', 'b', '__x'),
  fc.oneof(text, fc.integer(), fc.boolean()),
);

function bookOf(rows: readonly (readonly [number, number])[]): BookView {
  return {
    depth: () => rows.length,
    px: (_side, level) => rows[level]?.[0] ?? NaN,
    qty: (_side, level) => rows[level]?.[1] ?? 0,
  };
}

function call(field: Field, scaled: boolean): fc.Arbitrary<Call> {
  const value = valueCall(field, scaled);
  return field.optional === true
    ? fc.oneof(
        value,
        fc.constant<Call>((to) => to.absent()),
      )
    : value;
}

function valueCall(field: Field, scaled: boolean): fc.Arbitrary<Call> {
  switch (field.type) {
    case 'decimal':
    case 'positive': {
      const plain = decimalText.map(
        (value): Call =>
          (to) =>
            to.decimal(value),
      );
      if (!scaled) return plain;
      return fc.oneof(
        plain,
        whole.map(
          (value): Call =>
            (to) =>
              to.ticks(value),
        ),
        whole.map(
          (value): Call =>
            (to) =>
              to.lots(value),
        ),
      );
    }
    case 'int':
      return fc.maxSafeInteger().map((value) => (to) => to.int(value));
    case 'number':
    case 'measure':
      return finite.map((value) => (to) => to.number(value));
    case 'side':
      return fc.constantFrom<Side>(BUY, SELL).map((value) => (to) => to.side(value));
    case 'flag':
      return fc.boolean().map((value) => (to) => to.flag(value));
    case 'levels':
      return fc
        .array(fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })), {
          maxLength: 7,
        })
        .map((rows) => (to) => to.levels(bookOf(rows), BUY, 5));
    default:
      return text.map((value) => (to) => to.text(value));
  }
}

/** A line by `begin`, a call for each field, `end`. */
function fieldwise(event: EventName, spec: EventSpec): fc.Arbitrary<Call> {
  const index = spec.scopes.includes('symbol') ? fc.integer({ min: 0, max: 2 }) : fc.constant(NONE);
  return index.chain((instrument) =>
    fc
      .record({
        strategy: fc.integer({ min: NONE, max: 1 }),
        cause: fc.oneof(fc.constant(NONE), fc.integer({ min: 1, max: 1e12 })),
        values: fc.tuple(...spec.fields.map((field) => call(field, instrument !== NONE))),
      })
      .map(({ strategy, cause, values }): Call => (to) => {
        to.begin(event, instrument, strategy, cause);
        for (const value of values) value(to);
        to.end();
      }),
  );
}

/** A line by `event`. */
function atOnce(event: EventName, spec: EventSpec): fc.Arbitrary<Call> {
  const value = (field: Field): fc.Arbitrary<unknown> => {
    switch (field.type) {
      case 'decimal':
      case 'positive':
        return decimalText;
      case 'int':
        return fc.maxSafeInteger();
      case 'number':
      case 'measure':
        return finite;
      case 'flag':
        return fc.boolean();
      case 'levels':
      case 'texts':
        return fc.array(text, { maxLength: 3 });
      case 'list':
        return fc.array(json, { maxLength: 3 });
      case 'object':
      case 'amounts':
        return json;
      default:
        return text;
    }
  };
  return fc
    .record({
      fields: fc.record(Object.fromEntries(spec.fields.map((field) => [field.name, value(field)]))),
      venue: fc.option(fc.constantFrom('sim', 'x y'), { nil: undefined }),
      msg: fc.option(text, { nil: undefined }),
      cause: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
    })
    .map(({ fields, venue, msg, cause }): Call => (to) => {
      to.event(event, fields, {
        ...(venue === undefined ? {} : { venue }),
        ...(msg === undefined ? {} : { msg }),
        ...(cause === undefined ? {} : { cause }),
      });
    });
}

const tick = fc.integer({ min: 0, max: 1e6 });

/** Calls that record some lines, the engine clock going on between them. */
export const anyLines: fc.Arbitrary<Call[]> = fc
  .array(
    fc.tuple(
      tick,
      fc
        .constantFrom(...EVENT_NAMES.filter((name) => name !== 'log.segment'))
        .chain((event) => fc.oneof(fieldwise(event, EVENTS[event]), atOnce(event, EVENTS[event]))),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((lines) => {
    let tNs = 0;
    return lines.map(([step, line]): Call => {
      const at = (tNs += step);
      return (to) => {
        to.at(at, 0);
        line(to);
      };
    });
  });
