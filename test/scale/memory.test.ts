import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { startSandbox } from '../sandbox/sandbox.js';

/** Writes the process's peak resident memory (KiB) to a file as it ends; the program itself knows nothing of it. */
const MEASURE = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs';" +
    "process.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)));",
)}`;

async function collectInstances(count: number): Promise<{ peak: number; seconds: number }> {
  const cwd = temporaryFolder();
  const sandbox = await startSandbox({ generate: { 'AWS::EC2::Instance': count } });
  const started = performance.now();
  try {
    const args = ['--region', 'us-east-1', '--services', 'EC2', '--endpoint-url', sandbox.url];
    const env = { ...TEST_ENV, PEAK_FILE: join(cwd, 'peak') };
    const end = await runProgram(args, { cwd, env, node: ['--import', MEASURE] });
    expect(end.code).toBe(0);
    const own = sandbox.estate.regions['us-east-1']?.resources['AWS::EC2::Instance']?.length ?? 0;
    expect(end.json.results.EC2).toBe(count + own);
  } finally {
    await sandbox.close();
  }
  const peak = Number(readFileSync(join(cwd, 'peak'), 'utf8'));
  return { peak, seconds: (performance.now() - started) / 1000 };
}

/** Peak memory for ten times the resources, as a multiple. */
const BOUND = 1.3;

test('memory does not grow with the number of resources: 100,000 against 10,000 instances', async () => {
  const small = await collectInstances(10_000);
  let large = await collectInstances(100_000);
  // A busy machine collects garbage later: what is really held shows in every run.
  for (let again = 0; again < 2 && large.peak / small.peak > BOUND; again += 1) {
    const next = await collectInstances(100_000);
    if (next.peak < large.peak) large = next;
  }
  const ratio = large.peak / small.peak;
  const mib = (run: { peak: number }) => Math.round(run.peak / 1024);
  console.log(
    `peak memory: 10,000 instances ${mib(small)} MiB, 100,000 instances ${mib(large)} MiB, ratio ${ratio.toFixed(2)}; ` +
      `time ratio ${(large.seconds / small.seconds).toFixed(1)}`,
  );
  expect(ratio).toBeLessThanOrEqual(BOUND);
}, 600_000);
