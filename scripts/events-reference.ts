/** docs/events.md, from the catalogue. */
import { EVENTS, type EventSpec, type Field } from '../core/src/events/catalogue.ts';

const HEAD = `# Events

Generated from \`core/src/events/catalogue.ts\` by \`npm run generate\`; the JSON Schema of a line is
[events.schema.json](events.schema.json).

A log is NDJSON: one event a line, the envelope first, then the event's fields in the order below,
\`msg\` last. Decimals (prices, quantities, money) are strings with at most 18 digits before and after
the point; \`…_ns\` and \`…_ms\` are integer durations, \`…_us\` venue times in µs since the epoch. A field
without a value is absent.

| envelope | type | meaning |
| --- | --- | --- |
| \`level\` | text | trace, debug, info, warn, error, fatal |
| \`time\` | text | wall clock, RFC 3339 UTC with nine decimals |
| \`ts\` | text, optional | engine clock, where it is not the wall clock (simulation, replay) |
| \`v\` | int | 1 |
| \`engine\` | text | the instance's stable name |
| \`run\` | text | ULID, new at each process start |
| \`seq\` | int | 1, 2, 3 … gapless in a run: the only order there is |
| \`mono_ns\` | int | monotonic ns since the run started |
| \`event\` | text | the name below |
| \`cause\` | int, optional | seq of the event that directly caused this one |
| \`venue\`, \`symbol\`, \`strategy\`, \`account\` | text, optional | where the event has one |
| \`msg\` | text, optional | for people; never needed to rebuild anything |

Fields in **bold** are used by the sidecar's numbers, so a line in which one of them is wrong is
refused and counted (\`sidecar_invalid_lines_total{reason="schema"}\`). All others may be wrong.
`;

function typeOf(field: Field): string {
  const words = field.words ? `: ${field.words.join(', ')}` : '';
  const type = field.type === 'list' ? 'list of objects' : field.type;
  return `${type}${field.optional ? ', optional' : ''}${words}`;
}

function rows(fields: readonly Field[], prefix = ''): string[] {
  return fields.flatMap((field) => {
    const name = `\`${prefix}${field.name}\``;
    const row = `| ${field.read ? `**${name}**` : name} | ${typeOf(field)} | ${field.doc ?? ''} |`;
    return [row, ...rows(field.of ?? [], `${prefix}${field.name}[].`)];
  });
}

function section(name: string, spec: EventSpec): string {
  const scopes =
    spec.scopes.length > 0
      ? ` Always has ${spec.scopes.map((scope) => `\`${scope}\``).join(', ')}.`
      : '';
  const table =
    spec.fields.length > 0
      ? `\n| field | type | meaning |\n| --- | --- | --- |\n${rows(spec.fields).join('\n')}\n`
      : '';
  return `\n## ${name}\n\n\`${spec.level}\`: ${spec.doc}.${scopes}\n${table}`;
}

export function eventsReference(): string {
  return (
    HEAD +
    Object.entries(EVENTS)
      .map(([name, spec]) => section(name, spec))
      .join('')
  );
}
