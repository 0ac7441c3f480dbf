/** The JSON Schema (2020-12) of a line, from the catalogue. It describes what the engine writes. */
import {
  EVENTS,
  LEVELS,
  SCOPES,
  type EventSpec,
  type Field,
} from '../core/src/events/catalogue.ts';

type Schema = Readonly<Record<string, unknown>>;

const DECIMAL = '^-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?$';
const TIME = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$';

function typeSchema(field: Field): Schema {
  switch (field.type) {
    case 'decimal':
      return { $ref: '#/$defs/decimal' };
    case 'positive':
      return { $ref: '#/$defs/positive' };
    case 'int':
      return { $ref: '#/$defs/int' };
    case 'number':
      return { type: 'number' };
    case 'measure':
      return { anyOf: [{ type: 'number' }, { $ref: '#/$defs/decimal' }] };
    case 'text':
      return field.words ? { enum: field.words } : { type: 'string' };
    case 'side':
      return { enum: ['BUY', 'SELL'] };
    case 'flag':
      return { type: 'boolean' };
    case 'levels':
      return {
        type: 'array',
        items: {
          type: 'array',
          prefixItems: [{ $ref: '#/$defs/positive' }, { $ref: '#/$defs/decimal' }],
          items: false,
        },
      };
    case 'texts':
      return { type: 'array', items: { type: 'string' } };
    case 'amounts':
      return { type: 'object', additionalProperties: { $ref: '#/$defs/decimal' } };
    case 'object':
      return { type: 'object' };
    case 'list':
      return { type: 'array', items: { type: 'object', ...fieldsSchema(field.of ?? []) } };
  }
}

function fieldsSchema(fields: readonly Field[]): Schema {
  return {
    properties: Object.fromEntries(
      fields.map((field) => [
        field.name,
        { ...typeSchema(field), ...(field.doc ? { description: field.doc } : {}) },
      ]),
    ),
    required: fields.filter((field) => !field.optional).map((field) => field.name),
  };
}

function eventSchema(name: string, spec: EventSpec): Schema {
  const fields = fieldsSchema(spec.fields) as { properties: Schema; required: string[] };
  return {
    if: { properties: { event: { const: name } } },
    then: {
      description: spec.doc,
      properties: { level: { const: spec.level }, ...fields.properties },
      required: [...spec.scopes, ...fields.required],
    },
  };
}

export function eventsSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'tradetail log line, version 1',
    description: 'One event of a trading engine. Generated from core/src/events/catalogue.ts.',
    type: 'object',
    properties: {
      level: { enum: LEVELS },
      time: { type: 'string', pattern: TIME, description: 'wall clock' },
      ts: {
        type: 'string',
        pattern: TIME,
        description: 'engine clock, where it is not the wall clock',
      },
      v: { const: 1 },
      engine: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
      run: {
        type: 'string',
        pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$',
        description: 'ULID, new at each process start',
      },
      seq: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      mono_ns: { type: 'integer', minimum: 0, description: 'monotonic ns since the run started' },
      event: { type: 'string' },
      cause: { $ref: '#/$defs/int', description: 'seq of the event that directly caused this one' },
      ...Object.fromEntries(SCOPES.map((scope) => [scope, { type: 'string' }])),
      msg: { type: 'string', description: 'for people' },
    },
    required: ['level', 'time', 'v', 'engine', 'run', 'seq', 'mono_ns', 'event'],
    allOf: Object.entries(EVENTS).map(([name, spec]) => eventSchema(name, spec)),
    $defs: {
      decimal: { type: 'string', pattern: DECIMAL },
      positive: {
        type: 'string',
        pattern: DECIMAL,
        not: { anyOf: [{ pattern: '^-' }, { pattern: '^0(\\.0+)?$' }] },
      },
      int: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    },
  };
}
