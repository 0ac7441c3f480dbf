import { z } from 'zod';

export const stepConfig = z
  .strictObject({
    md_interval_ms: z
      .int()
      .positive()
      .default(100)
      .describe('Shortest time between two md.book lines of a symbol'),
    ack_timeout_ms: z
      .int()
      .positive()
      .default(1_000)
      .describe('Time without an answer after which an order is UNKNOWN'),
    snapshot_interval_ms: z
      .int()
      .positive()
      .default(60_000)
      .describe('Time between two engine.snapshot'),
    state_interval_ms: z
      .int()
      .positive()
      .default(5_000)
      .describe('Time between two strategy.state and risk.limit of each'),
  })
  .prefault({});

export type StepConfig = z.infer<typeof stepConfig>;
