import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, type TestContext } from 'vitest';
import { openPlace, type Ran } from './place.js';
import { SmallDisk } from './small-disk.js';

const LAMBDA = ['--services', 'Lambda'];

/** The metrics of the run as a whole. */
const metricsOf = ({ metrics }: Ran) => metrics.find((line) => line.Service === undefined);
const warningsOf = ({ log }: Ran, event: string) => log.filter((line) => line.event === event);

/** What ECS says to a task of so much memory. */
async function ecsMetadata(test: TestContext, memoryMib: number): Promise<string> {
  const answer = JSON.stringify({ TaskARN: 'arn:aws:ecs:eu-west-1:1:task/c/1', Limits: { Memory: memoryMib } });
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
  test.onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`;
}

describe('what a run uses', () => {
  it.concurrent('stands in its last line, and in the metrics', async (test) => {
    const place = await openPlace(test);
    const ran = await place.collect(LAMBDA, { BATCH_RUN_TYPE: 'ecs' });
    const number = expect.any(Number);
    expect(ran.log.at(-1)).toMatchObject({
      ...{ event: 'run.completed', memory_peak_percent: number, memory_peak_mib: number, memory_limit_mib: number },
      ...{ event_loop_delay_ms: number, disk_peak_percent: number },
    });
    const line = ran.log.at(-1);
    expect(metricsOf(ran)).toMatchObject({
      MemoryUtilization: line.memory_peak_percent,
      EventLoopDelay: line.event_loop_delay_ms,
      DiskUtilization: line.disk_peak_percent,
    });
    expect(line.memory_peak_mib).toBeGreaterThan(1);
    expect(line.memory_peak_mib).toBeLessThan(line.memory_limit_mib);
  });

  it.concurrent('of a run that failed too; a disk that cannot be asked is left out', async (test) => {
    const place = await openPlace(test);
    const ran = await place.collect(LAMBDA, { BATCH_RUN_TYPE: 'ecs', SNAPSHOT_STORE: '/dev/null/store' });
    expect([ran.code, ran.log.at(-1).event]).toEqual([1, 'run.failed']);
    expect(ran.log.at(-1)).toHaveProperty('memory_peak_percent');
    expect(ran.log.at(-1)).not.toHaveProperty('disk_peak_percent');
    expect(metricsOf(ran)).toHaveProperty('MemoryUtilization');
    expect(metricsOf(ran)).not.toHaveProperty('DiskUtilization');
  });

  it.concurrent('memory of a task on ECS: against the limit of the task', async (test) => {
    const place = await openPlace(test);
    const env = { BATCH_RUN_TYPE: 'ecs', ECS_CONTAINER_METADATA_URI_V4: await ecsMetadata(test, 50) };
    const ran = await place.collect(LAMBDA, env);
    expect(ran.code).toBe(0);
    const [warning, ...more] = warningsOf(ran, 'memory.high');
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warn', limit_mib: 50 });
    expect(warning.message).toMatch(/^Memory use is [\d.]+ % of the limit \([\d.]+ of 50 MiB\)\. Lower --concurrency/);
    expect(metricsOf(ran).MemoryUtilization).toBeGreaterThan(80);
  });

  it.concurrent('of a disk that is nearly full: one warning for store and log', async (test) => {
    const place = await openPlace(test);
    const disk = new SmallDisk(test, place.cwd, 1024);
    disk.fill(120);
    const ran = await place.collect(LAMBDA, { ARV_LANG: 'ja' });
    expect(ran.code).toBe(0);
    const [warning, ...more] = warningsOf(ran, 'disk.high');
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warn', folder: place.file('data') });
    expect(warning.percent).toBeGreaterThan(85);
    expect(warning.free_mib).toBeGreaterThan(0);
    expect(warning.message).toMatch(/^ディスク使用率が [\d.]+% です \(空き [\d.]+ MiB: /);
    expect(ran.log.at(-1).disk_peak_percent).toBeGreaterThanOrEqual(warning.percent);
  });
});
