/** Lines as nobody should write them: each mutation is one that a fast reader could fall for. */
import type { Random } from '../../../test/oracle/random.ts';

type Mutation = (line: string, random: Random, other: string) => string;

const at = (line: string, random: Random): number => random.integer(0, line.length - 1);
const splice = (line: string, from: number, to: number, text: string): string =>
  line.slice(0, from) + text + line.slice(to);

/** Replaces one match of the pattern, any of them. */
function replaceOne(
  line: string,
  pattern: RegExp,
  random: Random,
  by: (match: string) => string,
): string {
  const matches = [...line.matchAll(pattern)];
  if (matches.length === 0) return line;
  const match = random.pick(matches);
  return splice(line, match.index, match.index + match[0].length, by(match[0]));
}

const ODD_BYTES = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '\t',
  '\r',
  '0',
  '-',
  '.',
  'e',
  '\u007f',
  '\u0000',
];
const ODD_DECIMALS = [
  '0',
  '-0',
  '0.0',
  '00',
  '01',
  '-1',
  '.5',
  '5.',
  '1e3',
  '+1',
  '',
  ' 1',
  '1 ',
  'NaN',
  '1.2.3',
  '--1',
  '999999999999999',
  '1000000000000000',
  '0.000000000000001',
  '0.0000000000000001',
  '123456789012345678.123456789012345678',
  '1234567890123456789',
  '0.1234567890123456789',
];
const ODD_NUMBERS = [
  '0',
  '-0',
  '-1',
  '01',
  '1.5',
  '1e2',
  '1E2',
  '1e400',
  '-1e400',
  '9007199254740991',
  '9007199254740992',
  '999999999999999',
  '1000000000000000',
  '12345678901234567890',
  '1.',
  '.1',
  '+1',
  'null',
  'true',
  '"1"',
  '[]',
  '{}',
];
const ODD_VALUES = [
  'null',
  'true',
  '0',
  '1.5',
  '""',
  '"x"',
  '[]',
  '{}',
  '[["1","2"]]',
  '"BUY"',
  '"buy"',
  '"__proto__"',
];
const ODD_WORDS = [
  '',
  'BUY',
  'SELL',
  'buy',
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(300),
  '__proto__',
  'constructor',
  '\\u0041',
  '\\n',
  'é',
  '€',
  '😀',
  '\\ud800',
  '<script>',
];

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a byte changed': (line, random) => {
    const place = at(line, random);
    return splice(line, place, place + 1, String.fromCharCode(random.integer(0, 126)));
  },
  'a byte that means something': (line, random) => {
    const place = at(line, random);
    return splice(line, place, place + random.integer(0, 1), random.pick(ODD_BYTES));
  },
  'a byte gone': (line, random) => {
    const place = at(line, random);
    return splice(line, place, place + 1, '');
  },
  'cut off': (line, random) => line.slice(0, at(line, random)),
  'a piece twice': (line, random) => {
    const place = at(line, random);
    return splice(line, place, place, line.slice(place, place + random.integer(1, 40)));
  },
  'a piece of another line': (line, random, other) => {
    const place = at(line, random);
    const from = at(other, random);
    return splice(
      line,
      place,
      place + random.integer(0, 30),
      other.slice(from, from + random.integer(1, 30)),
    );
  },
  'fields in another order': (line, random) => {
    const fields = Object.entries(JSON.parse(line) as object);
    const from = random.integer(0, fields.length - 1);
    fields.splice(random.integer(0, fields.length - 1), 0, ...fields.splice(from, 1));
    return JSON.stringify(Object.fromEntries(fields));
  },
  'a field gone': (line, random) => {
    const fields = Object.entries(JSON.parse(line) as object);
    fields.splice(random.integer(0, fields.length - 1), 1);
    return JSON.stringify(Object.fromEntries(fields));
  },
  'white space': (line, random) =>
    replaceOne(line, /[,:[\]{}]/g, random, (sign) =>
      random.pick([`${sign} `, ` ${sign}`, `${sign}\t`]),
    ),
  'an escape': (line, random) =>
    replaceOne(
      line,
      /[A-Za-z0-9]/g,
      random,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'a key twice': (line, random) =>
    replaceOne(line, /,("[a-z_]+":)/g, random, (key) => `${key}${random.pick(ODD_VALUES)}${key}`),
  'an unknown field': (line, random) =>
    replaceOne(line, /,("[a-z_]+":)/g, random, (key) => `,"what":${random.pick(ODD_VALUES)}${key}`),
  'another value': (line, random) =>
    replaceOne(line, /:("[^"]*"|[0-9.]+|true|false)/g, random, () => `:${random.pick(ODD_VALUES)}`),
  'another decimal': (line, random) =>
    replaceOne(line, /"-?\d+\.\d+"/g, random, () => `"${random.pick(ODD_DECIMALS)}"`),
  'another number': (line, random) =>
    replaceOne(line, /:\d+/g, random, () => `:${random.pick(ODD_NUMBERS)}`),
  'another word': (line, random) =>
    replaceOne(line, /:"[^"]*"/g, random, () => `:"${random.pick(ODD_WORDS)}"`),
  'another digit': (line, random) =>
    replaceOne(line, /\d/g, random, () => String(random.integer(0, 9))),
  'a message': (line, random) => line.replace(/}$/, `,"msg":"${random.pick(ODD_WORDS)}"}`),
  'an empty side': (line, random) =>
    replaceOne(
      line,
      /"(bids|asks)":\[\[.*?\]\]/g,
      random,
      (side) =>
        `${side.slice(0, 7)}${random.pick(['[]', '[[]]', '[["1"]]', '[["1","2","3"]]', '[["2","x"],["1","1"]]', 'null', '{}'])}`,
    ),
};

/** @returns the line with one or several mutations, as bytes; now and then not UTF-8 */
export function mutated(line: string, random: Random, other: string): Buffer {
  let text = line;
  try {
    do text = MUTATIONS[random.pick(Object.keys(MUTATIONS))]!(text, random, other);
    while (random.chance(0.25));
  } catch {
    // No JSON any more, and the mutation wanted some.
  }
  const bytes = Buffer.from(text.replaceAll('\n', ' '));
  if (random.chance(0.02) && bytes.length > 0)
    bytes[random.integer(0, bytes.length - 1)] = random.integer(11, 255);
  return bytes;
}
