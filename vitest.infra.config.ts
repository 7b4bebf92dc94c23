import base from './vitest.config.js';

/** The stack: synthesized many times, deployed into moto, its policy tried action by action. */
export default { test: { ...base.test, include: ['test/infrastructure/**/*.test.ts'], exclude: [] } };
