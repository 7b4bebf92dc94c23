import base, { SYSTEM } from './vitest.config.js';

/** Each fault, dead letters, the published files and what is asked of them, by the program as a whole. */
export default {
  test: { ...base.test, include: SYSTEM.map((folder) => `${folder}/*.test.ts`), exclude: [] },
};
