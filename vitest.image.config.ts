import base from './vitest.config.js';

/** Builds the image with buildah and runs it; needs root. By hand and by CI, not by `npm test`. */
export default {
  test: { ...base.test, include: ['test/image/**/*.test.ts'], exclude: [], globalSetup: ['test/image/setup.ts'] },
};
