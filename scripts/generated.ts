/** What `generate` writes, by path. */
import { FILES } from '@tradetail/grafana/files.ts';
import { configurationReference } from './configuration-reference.ts';
import { eventsReference } from './events-reference.ts';
import { eventsSchema } from './events-schema.ts';
import { metricsReference } from './metrics-reference.ts';
import { scannerCode } from './scanner-code.ts';

export async function generated(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/configuration.md': configurationReference(),
    'docs/events.md': eventsReference(),
    'docs/events.schema.json': `${JSON.stringify(eventsSchema(), null, 2)}\n`,
    'docs/metrics.md': metricsReference(),
    'sidecar/src/decode/scanner-code.ts': await scannerCode(),
    ...FILES,
  };
}
