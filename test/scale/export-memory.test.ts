import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPORT_FORMATS } from '../../batch/contract/export-formats.js';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { startSandbox } from '../sandbox/sandbox.js';

/** Writes the process's peak resident memory (KiB) to a file as it ends. */
const MEASURE = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs';" +
    "process.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)));",
)}`;

/** The folder of a store with so many instances. */
async function collected(count: number): Promise<string> {
  const cwd = temporaryFolder();
  const sandbox = await startSandbox({ generate: { 'AWS::EC2::Instance': count } });
  try {
    const args = ['--region', 'us-east-1', '--services', 'EC2', '--endpoint-url', sandbox.url];
    expect((await runProgram(args, { cwd })).code).toBe(0);
  } finally {
    await sandbox.close();
  }
  return cwd;
}

async function peakOf(cwd: string, format: string): Promise<number> {
  const env = { ...TEST_ENV, PEAK_FILE: join(cwd, 'peak') };
  const args = ['export', '--format', format, '--out', `day.${format}`];
  const end = await runProgram(args, { cwd, env, node: ['--import', MEASURE] });
  expect(end.code, end.stdout).toBe(0);
  return Number(readFileSync(join(cwd, 'peak'), 'utf8'));
}

/** Peak memory for ten times the resources, as a multiple. */
const BOUND = 1.3;

test('the memory of an export does not grow with the records: 100,000 against 10,000', async () => {
  const [small, large] = [await collected(10_000), await collected(100_000)];
  for (const format of EXPORT_FORMATS) {
    const few = await peakOf(small, format);
    let many = await peakOf(large, format);
    // A busy machine collects garbage later: what is really held shows in every run.
    for (let again = 0; again < 2 && many / few > BOUND; again += 1) many = Math.min(many, await peakOf(large, format));
    const [fewMib, manyMib] = [few, many].map((kib) => Math.round(kib / 1024));
    console.log(
      `export ${format}: 10,000 records ${fewMib} MiB, 100,000 ${manyMib} MiB, ratio ${(many / few).toFixed(2)}`,
    );
    expect(many / few, format).toBeLessThanOrEqual(BOUND);
  }
  for (const cwd of [small, large]) rmSync(cwd, { recursive: true });
}, 900_000);
