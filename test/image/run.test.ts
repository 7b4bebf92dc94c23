import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, inject, type TestContext, test } from 'vitest';
import { PROJECT } from '../dockerfile.js';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { runContainer, startContainer, writableFolder } from './container.js';

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

async function openSandbox(test: TestContext): Promise<Sandbox> {
  const sandbox = await startSandbox();
  test.onTestFinished(() => sandbox.close());
  return sandbox;
}

/** Names of the files below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

describe.skipIf(inject('image') === null)('in a container with a read-only root', () => {
  test('collects: one document on stdout, JSON lines on stderr, a snapshot in /tmp', async (context) => {
    const sandbox = await openSandbox(context);
    const tmp = writableFolder(context);
    const ended = await runContainer(context, ['--region', 'us-east-1'], {
      tmp,
      env: { ...KEYS, AWS_ENDPOINT_URL: sandbox.url },
    });
    expect(ended.stderr).not.toBe('');
    expect(ended.log.at(-1)).toMatchObject({ event: 'run.completed' });
    expect(ended.json).toMatchObject({ success: true, success_count: 4, total_count: 4, warnings: [] });
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.code).toBe(0);
    for (const path of ended.json.snapshot) {
      expect(path).toMatch(/^\/tmp\/data\//);
      const manifest = JSON.parse(readFileSync(path.replace('/tmp', tmp), 'utf8'));
      expect(manifest.run_id).toBe(ended.json.run_id);
    }
    expect(readdirSync(tmp)).toEqual(['data']);
  });

  test('the program is the process that gets SIGTERM, as an ordinary user, and ends with 143 at once', async (context) => {
    const sandbox = await openSandbox(context);
    sandbox.fault({ match: 'ec2:DescribeVolumes', does: { kind: 'hold', until: new Promise(() => {}) } });
    const tmp = writableFolder(context);
    const env = { ...KEYS, AWS_ENDPOINT_URL: sandbox.url, ARV_LANG: 'en' };
    const { pid, ended } = startContainer(context, ['--region', 'us-east-1'], { tmp, env });
    const held = sandbox.waitFor('ec2:DescribeVolumes').then(() => 'held');
    expect(await Promise.race([held, ended])).toBe('held');
    const status = readFileSync(`/proc/${pid()}/status`, 'utf8');
    expect(status).toMatch(/^NSpid:.*\t1$/m);
    expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
    expect(status).toMatch(/^Gid:\t10001\t10001\t10001\t10001$/m);
    expect(status).toMatch(/^Groups:\t *$/m);
    expect(readFileSync(`/proc/${pid()}/cmdline`, 'utf8').split('\0').slice(0, 2)).toEqual(['node', '/app/arv.mjs']);

    process.kill(pid(), 'SIGTERM');
    const end = await Promise.race([ended, pause(5000, 'still running after 5 s')]);
    expect(end).toMatchObject({ code: 143, json: { success: false, error_code: 'INTERRUPTED' } });
    expect(filesBelow(tmp).filter((path) => path.includes('manifests/') && path.endsWith('.json'))).toEqual([]);
  });

  test('--version', async (context) => {
    const { version } = JSON.parse(readFileSync(`${PROJECT}package.json`, 'utf8'));
    const ended = await runContainer(context, ['--version'], { tmp: writableFolder(context) });
    expect(ended).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('app_batch is the same as no command', async (context) => {
    const tmp = writableFolder(context);
    const args = ['--dry-run', '--region', 'us-east-1'];
    const [named, plain] = await Promise.all([
      runContainer(context, ['app_batch', ...args], { tmp }),
      runContainer(context, args, { tmp }),
    ]);
    expect(named.json).toMatchObject({ dry_run: true, region: 'us-east-1' });
    expect(named.code).toBe(0);
    expect(plain.json).toEqual(named.json);
    expect(readdirSync(tmp)).toEqual([]);
  });

  test('no argument at all is a run, which says what it lacks', async (context) => {
    const ended = await runContainer(context, [], { tmp: writableFolder(context) });
    expect(ended.json).toMatchObject({ success: false, error_code: 'NO_REGION' });
    expect(ended.code).toBe(2);
  });

  test('nothing can be written outside /tmp, not even at home', async (context) => {
    const sandbox = await openSandbox(context);
    const ended = await runContainer(context, ['--region', 'us-east-1', '--store', 'data'], {
      tmp: writableFolder(context),
      env: { ...KEYS, AWS_ENDPOINT_URL: sandbox.url },
    });
    expect(ended.json).toMatchObject({ success: false, error_code: 'STORE_UNAVAILABLE' });
    expect(ended.json.error).toContain("'/home/appuser/data'");
    expect(ended.code).toBe(1);
  });

  test('as another user, with a mounted store and a mounted profile', async (context) => {
    const sandbox = await openSandbox(context);
    const [tmp, data, profiles] = [writableFolder(context), writableFolder(context), writableFolder(context)];
    mkdirSync(join(profiles, '.aws'));
    const keys = ['[audit]', 'aws_access_key_id = test', 'aws_secret_access_key = test', ''].join('\n');
    writeFileSync(join(profiles, '.aws/credentials'), keys);
    const ended = await runContainer(context, ['--region', 'us-east-1', '--profile', 'audit', '--services', 'RDS'], {
      tmp,
      user: '4321:4321',
      volumes: { '/data': data, '/home/appuser/.aws': join(profiles, '.aws') },
      env: { AWS_ENDPOINT_URL: sandbox.url, SNAPSHOT_STORE: '/data' },
    });
    expect(ended.json).toMatchObject({ success: true, profile: 'audit' });
    expect(ended.code).toBe(0);
    expect(filesBelow(data).filter((path) => path.includes('manifests/') && path.endsWith('.json'))).toHaveLength(1);
    expect(readdirSync(tmp)).toEqual([]);
  });
});
