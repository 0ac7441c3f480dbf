import { expect, test } from 'vitest';
import { parseSegment } from '../../src/follow/segment-name.ts';
import { RUN_1 } from './log-folder.ts';

test.each`
  name                                   | engine            | n
  ${`engine-1-${RUN_1}.1.jsonl`}         | ${'engine-1'}     | ${1}
  ${`e-${RUN_1}.1200.jsonl`}             | ${'e'}            | ${1200}
  ${`a.b-c-${RUN_1}.7.jsonl`}            | ${'a.b-c'}        | ${7}
  ${`e-${RUN_1}.1-${RUN_1}.2.jsonl`}     | ${`e-${RUN_1}.1`} | ${2}
  ${`engine-1-${RUN_1}.01.jsonl`}        | ${undefined}      | ${undefined}
  ${`engine-1-${RUN_1}.0.jsonl`}         | ${undefined}      | ${undefined}
  ${`engine-1-${RUN_1}.jsonl`}           | ${undefined}      | ${undefined}
  ${`engine-1-${RUN_1}.1.jsonl.1`}       | ${undefined}      | ${undefined}
  ${`engine-1-${RUN_1.slice(1)}.1.json`} | ${undefined}      | ${undefined}
  ${`-${RUN_1}.1.jsonl`}                 | ${undefined}      | ${undefined}
  ${'app.jsonl'}                         | ${undefined}      | ${undefined}
`('the name $name is that of engine $engine, segment $n', ({ name, engine, n }) => {
  const segment = parseSegment(name as string);
  expect(segment?.engine).toBe(engine);
  expect(segment?.n).toBe(n);
});
