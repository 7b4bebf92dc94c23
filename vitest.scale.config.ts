import base from './vitest.config.js';

/** What takes minutes: run by hand and by CI, not by `npm test`. */
export default { test: { ...base.test, include: ['test/scale/**/*.test.ts'], exclude: [] } };
