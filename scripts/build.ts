import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version, optionalDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** CommonJS packages inside an ES module call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as arvRequire } from 'node:module'; const require = arvRequire(import.meta.url);";

/** Bundles the program into `outdir`: `arv.mjs` with its chunks beside it, needing no `node_modules`. */
export async function buildProgram(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { arv: 'batch/main.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // The SDK as ES modules: its CommonJS form does not survive a lazy import.
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    // Native code, and needed by `arv query` alone: never in the bundle.
    external: Object.keys(optionalDependencies),
    define: {
      ARV_VERSION: JSON.stringify(version),
      ARV_DUCKDB: JSON.stringify(optionalDependencies['@duckdb/node-api']),
    },
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildProgram(process.argv[2] ?? `${root}dist`);
