/** Every LogQL that is shipped with Loki and asked in docs/forensics.md, without a Loki: it parses and names what exists. */
import { readFileSync } from 'node:fs';
import { parser } from '@grafana/lezer-logql';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { questions } from './setup/forensics.ts';
import { root } from './setup/program.ts';

const { groups } = parse(readFileSync(`${root}loki/rules/fake/log-alerts.yaml`, 'utf8')) as {
  groups: {
    rules: {
      alert: string;
      expr: string;
      labels: { severity: string };
      annotations: Record<string, string>;
    }[];
  }[];
};
const rules = groups.flatMap((group) => group.rules);
const queries = [
  ...[...questions].map(([number, logql]) => [`question ${number}`, logql] as const),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];

/** Names by which a line can be asked for: what the shipper sets, and the fields of an event. */
const { pipeline_stages: stages, static_configs: targets } = (
  parse(readFileSync(`${root}promtail/promtail.yaml`, 'utf8')) as {
    scrape_configs: {
      pipeline_stages: Record<string, Record<string, unknown>>[];
      static_configs: { labels: Record<string, string> }[];
    }[];
  }
).scrape_configs[0]!;
const stage = (name: string): string[] => Object.keys(stages.find((one) => name in one)![name]!);
const labels = [...stage('labels'), ...Object.keys(targets[0]!.labels)];
const metadata = stage('structured_metadata');
const schema = readFileSync(`${root}docs/events.schema.json`, 'utf8');
const isField = (name: string): boolean => schema.includes(`"${name}": {`);
const isEvent = (name: string): boolean => schema.includes(`"const": "${name}"`);

test('there are twenty questions, numbered without a gap', () => {
  expect([...questions.keys()]).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
});

describe.each(queries)('%s', (_, logql) => {
  /** The text of every node of a kind. */
  const nodes = (kind: string): string[] => {
    const found: string[] = [];
    // A placeholder may stand for a number: 1 fits everywhere.
    const text = logql.replace(/\$\w+/g, '1');
    parser.parse(text).iterate({
      enter: ({ name, type, from, to }) => {
        if (kind === 'error' ? type.isError : name === kind) found.push(text.slice(from, to));
      },
    });
    return found;
  };

  test('parses', () => {
    expect(nodes('error')).toEqual([]);
    expect(nodes('Selector').length).toBeGreaterThan(0);
  });

  test('selects by labels that the shipper sets', () => {
    for (const [name] of nodes('Selector')
      .join(' ')
      .matchAll(/\w+(?= *[=!]~?)/g))
      expect(labels).toContain(name);
  });

  test('asks for metadata, and for fields that a line can have', () => {
    const made = [...logql.matchAll(/label_format (\w+)=/g)].map(([, name]) => name!);
    const parsed = [...logql.matchAll(/\| json ([\w, ]+?) *(?=[|[)]|$)/gm)].flatMap(([, names]) =>
      names!.split(',').map((name) => name.trim()),
    );
    for (const name of parsed) expect([name, isField(name)]).toEqual([name, true]);
    const asked = [
      ...[...logql.matchAll(/\| (\w+) ?(?:=~|=|>=|<=)/g)].map(([, name]) => name!),
      ...[...logql.matchAll(/unwrap (\w+)/g)].map(([, name]) => name!),
      ...[...logql.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names]) => names!.split(/, */)),
    ].filter((name) => !made.includes(name) && !parsed.includes(name));
    for (const name of asked) expect([...labels, ...metadata]).toContain(name);
  });

  test('names events that exist', () => {
    const events = [...logql.matchAll(/event=~?"([^"]+)"/g)].flatMap(([, names]) =>
      names!.split('|'),
    );
    for (const event of events) expect([event, isEvent(event)]).toEqual([event, true]);
  });
});

test.each(rules)(
  '$alert says how bad, what, and where to look',
  ({ alert, labels, annotations }) => {
    expect(alert).toMatch(/^Log[A-Z]\w+$/);
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect(annotations['summary']).not.toContain('{{');
    expect(annotations['description']).toContain('{{ $labels.');
    const [, question] =
      /docs\/forensics\.md, question (\d+)/.exec(annotations['description']!) ?? [];
    if (question) expect(questions.has(Number(question))).toBe(true);
  },
);
