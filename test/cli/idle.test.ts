import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../batch/commands/host.js';
import { idleCommand } from '../../batch/commands/idle.js';
import { parseConfig } from '../../batch/config/parse-config.js';
import { openPlace } from './place.js';
import { expectUntouched, refused } from './usage.js';

const DOCKER = { BATCH_RUN_TYPE: 'docker' };

describe('arv idle', () => {
  it.concurrent.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('ends at once on %s, with exit code %d', async ([signal, exitCode], test) => {
    const place = await openPlace(test);
    const idle = place.start(['idle', '--minutes', '720'], DOCKER);
    await once(idle.child.stderr ?? process.stderr, 'data');
    idle.child.kill(signal);
    const { code, doc, log } = await idle.ended;
    expect(code).toBe(exitCode);
    const [started, ended] = log;
    expect(started).toMatchObject({ event: 'idle.started', level: 'info', minutes: 720, run_id: doc.run_id });
    expect(Date.parse(started.until) - Date.parse(doc.started_at)).toBe(720 * 60_000);
    expect(started.message).toBe(
      `Idle until ${started.until} (720 min), for ECS Exec. To end it earlier, stop the task (aws ecs stop-task; Ctrl+C at a terminal).`,
    );
    expect(ended).toMatchObject({ event: 'idle.ended', ended_by: signal, message: `No longer idle (${signal})` });
    expect(log).toHaveLength(2);
    expect(doc).toEqual({
      run_id: expect.stringMatching(/^\d{8}T\d{6}Z-/),
      minutes: 720,
      started_at: expect.stringMatching(/Z$/),
      ended_by: signal,
      duration_ms: ended.duration_ms,
    });
    expect(doc.duration_ms).toBeLessThan(60_000);
    expectUntouched(place);
  });

  it.concurrent('an hour by default, in Japanese, with the log file of a terminal', async (test) => {
    const place = await openPlace(test);
    // What a run would refuse does not keep anybody out of the container.
    const env = { ARV_LANG: undefined, SERVICES: 'none', LOCK_TABLE_NAME: '?', DLQ_QUEUE_URL: 'https://q' };
    const idle = place.start(['idle'], env);
    await once(idle.child.stderr ?? process.stderr, 'data');
    idle.child.kill('SIGTERM');
    const { doc, log, stderr } = await idle.ended;
    expect(doc.minutes).toBe(60);
    expect(log[0].message).toMatch(/^ECS Exec のために .*Z まで待機します（60 分）。.*aws ecs stop-task/);
    expect(readFileSync(place.file('logs/batch_execution.log'), 'utf8')).toBe(stderr);
    expect(place.calls()).toEqual([]);
  });

  it('ends by itself when the time is over', async () => {
    const parsed = parseConfig({ flags: {}, env: DOCKER, now: new Date(), lang: 'en' });
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    let now = Date.parse('2026-01-31T17:00:00Z');
    let log = '';
    const stderr = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    const sleep = async (ms: number) => {
      now += ms;
    };
    const host = {
      ...{ env: {}, random: Math.random, owner: 'test', ask: null, stderr },
      ...{ stdoutIsTerminal: false, stderrIsTerminal: false, signal: new AbortController().signal },
      clock: { ...systemClock, now: () => new Date(now), sleep },
    };
    const { exitCode, stdout } = await idleCommand(parsed.config, 90, host);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ minutes: 90, started_at: '2026-01-31T17:00:00.000Z', ended_by: 'time', duration_ms: 5_400_000 },
    });
    expect(log).toContain('"until":"2026-01-31T18:30:00.000Z"');
    expect(log.trimEnd().split('\n')).toHaveLength(2);
  });

  const accepted = '(accepted: a whole number from 1 to 720)';
  it.concurrent.for([
    ['0', `--minutes: "0" is not accepted ${accepted}`],
    ['721', `--minutes: "721" is not accepted ${accepted}`],
    ['1.5', `--minutes: "1.5" is not accepted ${accepted}`],
    ['long', `--minutes: "long" is not accepted ${accepted}`],
  ])('--minutes %s is refused, without a metric of a failed run', async ([minutes = '', problem], test) => {
    expect(await refused(test, ['idle', '--minutes', minutes], { BATCH_RUN_TYPE: 'ecs' })).toEqual([problem]);
  });

  it.concurrent('no option of a run', async (test) => {
    expect(await refused(test, ['idle', '--region', 'us-east-1', 'now'])).toEqual([
      expect.stringMatching(/^"now": unknown command/),
      '--region: unknown option (arv idle --help lists them)',
    ]);
  });
});
