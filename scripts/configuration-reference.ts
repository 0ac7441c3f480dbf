/** docs/configuration.md, from the schema that the engine reads its settings with. */
import { z } from 'zod';
import { engineConfig } from '../engine/src/config.ts';

const HEAD = `# Configuration of the engine

Generated from \`engine/src/config.ts\` by \`npm run generate\`. A settings file is JSON and names only what
it changes; \`--config FILE\`. A flag wins over the environment (\`TRADETAIL_…\`), the environment over the
file. A key that does not exist is refused: exit 2 and one line that says which field, what it got and
what it wants.

\`\`\`json
{ "seed": 7, "strategies": { "market_maker": { "mode": "book" } }, "risk": { "max_daily_loss": "500" } }
\`\`\`

Keys of venues are no settings: they come from the environment only, and never get into a log.

| setting | type | default | meaning |
| --- | --- | --- | --- |
`;

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly additionalProperties?: Node | boolean;
  readonly default?: unknown;
  readonly description?: string;
}

function typeOf(node: Node): string {
  if (node.enum) return node.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.anyOf) return node.anyOf.map(typeOf).join(' or ');
  if (node.type === 'array') return `list of ${node.items ? typeOf(node.items) : 'any'}`;
  if (node.type === 'object' && typeof node.additionalProperties === 'object')
    return `by name: ${typeOf(node.additionalProperties)}`;
  return node.type ?? 'any';
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? 'see the source' : `\`${text.replaceAll('|', '\\|')}\``;
};

function rows(name: string, node: Node, inherited: unknown): string[] {
  const defaults = node.default ?? inherited;
  if (node.type === 'object' && node.properties) {
    const { properties } = node;
    return Object.entries(properties).flatMap(([key, child]) =>
      rows(
        name === '' ? key : `${name}.${key}`,
        child,
        (defaults as Record<string, unknown> | undefined)?.[key],
      ),
    );
  }
  const own = `| \`${name}\` | ${typeOf(node)} | ${defaults === undefined ? '–' : shown(defaults)} | ${node.description ?? ''} |`;
  const items =
    node.type === 'array' && node.items?.properties ? rows(`${name}[]`, node.items, undefined) : [];
  return [own, ...items];
}

export function configurationReference(): string {
  const schema = z.toJSONSchema(engineConfig, { io: 'input', reused: 'inline' }) as Node;
  return `${HEAD}${rows('', schema, undefined).join('\n')}\n`;
}
