import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{core,engine,sidecar}/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/setup/bundle.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
