import { afterAll, beforeAll, expect, it } from 'vitest';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import type { ResourceTypeName } from '../sandbox/estate.js';
import { measureSteps, STEPS, type Step, type Usage } from './steps.js';

/** The larger number of resources; the smaller one is a tenth of it. The bound is for a million (`npm run bench`). */
const LARGE = Number(process.env.ARV_RESOURCES ?? 200_000);
/** Peak memory for ten times the resources, as a multiple, and in any case. Bytes. */
const BOUND = 1.3;
const MOST = 256_000_000;
/** A busy machine collects garbage later: what is really held shows in every round. Both sizes are measured alike. */
const ROUNDS = 3;

let moto: Moto | null = null;
beforeAll(async () => {
  moto = MOTO_MISSING === '' ? await startMoto() : null;
});
afterAll(() => moto?.close());

it.for<[ResourceTypeName, number, readonly Step[]]>([
  ['AWS::EC2::Snapshot', LARGE, STEPS],
  // Items of several kilobytes; fewer than some thousands would not show what is held at a time.
  ['AWS::EC2::Instance', LARGE / 2, STEPS.slice(0, 1)],
])(
  'memory does not grow with the number of resources: %s, %i',
  { timeout: 7_200_000 },
  async ([type, large, steps]) => {
    const [few, many] = [new Map<string, Usage>(), new Map<string, Usage>()];
    const ratios = () => [...many].map(([name, { peak }]) => peak / (few.get(name)?.peak ?? Number.NaN));
    for (let round = 0; round < ROUNDS && !(many.size > 0 && Math.max(...ratios()) <= BOUND); round += 1) {
      keepLeast(few, await measureSteps(steps, type, large / 10, moto?.url ?? null));
      keepLeast(many, await measureSteps(steps, type, large, moto?.url ?? null));
    }
    console.log(tableOf(type, large, few, many) + MOTO_MISSING);
    expect(Math.max(...ratios())).toBeLessThanOrEqual(BOUND);
    for (const [name, { peak }] of many) expect(peak * 1024, name).toBeLessThan(MOST);
  },
);

function keepLeast(least: Map<string, Usage>, measured: ReadonlyMap<string, Usage>): void {
  for (const [name, { peak, seconds }] of measured) {
    const before = least.get(name) ?? { peak: Infinity, seconds: Infinity };
    least.set(name, { peak: Math.min(peak, before.peak), seconds: Math.min(seconds, before.seconds) });
  }
}

function tableOf(
  type: string,
  large: number,
  few: ReadonlyMap<string, Usage>,
  many: ReadonlyMap<string, Usage>,
): string {
  const lines = [...many].map(([name, { peak, seconds }]) => {
    const small = few.get(name) as Usage;
    const memory = [small.peak / 1024, peak / 1024].map((mib) => mib.toFixed(0).padStart(5));
    return `${name.padEnd(30)} ${memory.join(' ')}  ${(peak / small.peak).toFixed(2)}  ${(seconds / small.seconds).toFixed(1).padStart(5)}`;
  });
  const head = `${type}, ${large / 10} and ${large}: peak memory in MiB, its ratio, the ratio of processor time`;
  return [head, ...lines, ''].join('\n');
}
