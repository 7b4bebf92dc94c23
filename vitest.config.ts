import { defineConfig } from 'vitest/config';

/** What takes many runs of the program to show: a suite of its own, see vitest.system.config.ts. */
export const SYSTEM = ['failures', 'faults', 'projection', 'query', 'snapshots'].map((folder) => `test/${folder}/**`);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/scale/**', 'test/image/**', 'test/infrastructure/**', ...SYSTEM],
    globalSetup: ['test/build-once.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: {
      // No test may find real credentials, or ask the instance for them.
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_CONFIG_FILE: '/nonexistent/config', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials' },
    },
  },
});
