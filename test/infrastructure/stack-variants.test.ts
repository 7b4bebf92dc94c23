import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missing as missingProgram } from '../integration/moto.js';
import { app, run } from './cdk.js';
import { EXISTING_VPC, type Json, onlyOf, READY, statementsOf, synthesize, VARIANTS, workFolder } from './templates.js';

const CFN_LINT_MISSING = missingProgram('cfn-lint');

/** Where two templates differ: path → what is there before and after. */
function differences(before: Json, after: Json, path = ''): Record<string, readonly [Json, Json]> {
  if (JSON.stringify(before) === JSON.stringify(after)) return {};
  const both = [before, after].every((value) => typeof value === 'object' && value !== null);
  if (!both || Array.isArray(before) !== Array.isArray(after)) return { [path]: [before, after] };
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const parts = keys.map((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
  return Object.assign({}, ...parts);
}

describe('enableExec', () => {
  const exec = (actions: readonly string[]) => actions.map((name) => `ssmmessages:${name}`);
  const ACTIONS = exec(['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel']);

  test('a writable root, the ssmmessages actions, the switch of the rule and the commands; nothing else', () => {
    const off = synthesize(READY).template;
    const on = synthesize({ ...READY, enableExec: true }).template;
    const [definition] = onlyOf(off, 'AWS::ECS::TaskDefinition');
    const [rule] = onlyOf(off, 'AWS::Events::Rule', 'Schedule');
    const [role] = onlyOf(off, 'AWS::IAM::Role', 'BatchTaskRole');
    const policy = Object.keys(off.Resources).find((id) => id.startsWith('BatchTaskRoleDefaultPolicy'));
    const found = differences(off, on);
    const outputs = Object.keys(found).filter((path) => path.startsWith('Outputs.'));
    const others = Object.fromEntries(Object.entries(found).filter(([path]) => !outputs.includes(path)));
    expect(others).toEqual({
      [`Resources.${definition}.Properties.ContainerDefinitions.0.ReadonlyRootFilesystem`]: [true, false],
      [`Resources.${rule}.Properties.Targets.0.EcsParameters.EnableExecuteCommand`]: [false, true],
      [`Resources.${policy}.Properties.PolicyDocument.Statement.5`]: [
        undefined,
        { Sid: 'EcsExec', Effect: 'Allow', Action: ACTIONS, Resource: '*' },
      ],
    });
    expect(statementsOf(on, role)).toHaveLength(6);
    const changed = new Set(outputs.map((path) => path.split('.')[1]));
    expect([...changed].sort()).toEqual(['ExecCommand', 'ForceCommand', 'IdleCommand', 'RunCommand']);
    for (const [path, [before, after]] of Object.entries(found)) {
      if (/^Outputs\.(Run|Force)/.test(path))
        expect(after).toBe(String(before).replace("}'", "}' --enable-execute-command"));
    }
  });

  test('on a private network it brings its endpoint as well', () => {
    const off = synthesize({ ...VARIANTS.private }).template;
    const on = synthesize({ ...VARIANTS['private, ECS Exec'] }).template;
    const added = Object.keys(differences(off.Resources, on.Resources)).filter((path) => !path.includes('.'));
    expect(added).toEqual([expect.stringMatching(/^NetworkVpcssmmessagesEndpoint/)]);
  });
});

describe('the image built from this project', () => {
  const missing = existsSync(new URL('../../Dockerfile', import.meta.url)) ? '' : 'there is no Dockerfile';
  const title = missing === '' ? '' : ` (skipped: ${missing})`;
  if (missing !== '') console.warn(`the image as an asset: skipped: ${missing}`);

  test.skipIf(missing !== '').each([
    ['ARM64', 'linux/arm64'],
    ['X86_64', 'linux/amd64'],
  ])(`%s: an asset for %s, of the sources alone${title}`, (architecture, platform) => {
    const { template, app: synthesized } = synthesize({ architecture });
    const assets = JSON.parse(readFileSync(join(synthesized.outdir, 'AwsResourceVisualizer.assets.json'), 'utf8'));
    const images = Object.values<Json>(assets.dockerImages ?? {});
    expect(images).toEqual([expect.objectContaining({ source: { directory: expect.any(String), platform } })]);

    // Whatever else lies in the folder must not change the image's hash, and get into its build.
    const names = readdirSync(join(synthesized.outdir, images[0].source.directory));
    const known = [
      '.dockerignore',
      'Dockerfile',
      'batch',
      'package-lock.json',
      'package.json',
      'scripts',
      'tsconfig.json',
    ];
    expect(known).toEqual(expect.arrayContaining(names));

    const [definition, ...more] = onlyOf(template, 'AWS::ECS::TaskDefinition')[1].ContainerDefinitions;
    expect(more).toEqual([]);
    expect(definition.Image['Fn::Sub']).toMatch(/\/cdk-hnb659fds-container-assets-.*:[0-9a-f]{64}$/);
    const [role] = onlyOf(template, 'AWS::IAM::Role', 'BatchExecutionRole');
    const [pull, token, write, ...others] = statementsOf(template, role);
    expect(pull.Action).toEqual(['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage']);
    expect(JSON.stringify(pull.Resource)).toContain('cdk-hnb659fds-container-assets-');
    expect(token).toEqual({ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' });
    expect(write.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(others).toEqual([]);
  });

  // On Fargate an empty volume belongs to root, mode 0755, unless the image declares its path as a volume: then it gets
  // the owner and the mode that the path has in the image. Without it, `appuser` could not write anywhere.
  test.skipIf(missing !== '')(`declares each path that the task mounts a volume on${title}`, () => {
    const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
    const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    const [{ MountPoints }] = onlyOf(synthesize(READY).template, 'AWS::ECS::TaskDefinition')[1].ContainerDefinitions;
    expect(MountPoints).not.toEqual([]);
    for (const { ContainerPath } of MountPoints) {
      expect(final).toMatch(new RegExp(`^VOLUME (\\["${ContainerPath}"\\]|${ContainerPath})$`, 'm'));
    }
  });
});

describe('the template', () => {
  test('is the same, byte for byte, whoever synthesizes it, where and when', async () => {
    const here = { TZ: 'Asia/Tokyo', LANG: 'ja_JP.UTF-8', USER: 'one', CDK_DEFAULT_REGION: 'eu-west-1' };
    const there = { TZ: 'America/New_York', LANG: 'C', USER: 'two' };
    const files = await Promise.all(
      [here, there].map(async (env) => {
        const outdir = join(workFolder(), 'cdk.out');
        mkdirSync(outdir);
        const { code, stderr } = await app(outdir, READY, env);
        expect(code, stderr).toBe(0);
        return ['template', 'assets'].map((kind) =>
          readFileSync(join(outdir, `AwsResourceVisualizer.${kind}.json`), 'utf8'),
        );
      }),
    );
    expect(files[1]).toEqual(files[0]);
    // What all other tests look at.
    const Description = expect.stringMatching(/^AWS Resource Visualizer: ./);
    expect(JSON.parse(files[0]?.[0] ?? '')).toEqual({ ...synthesize(READY).template, Description });
  });

  test('knows account and region only in the name of the bucket, which is then without functions', async () => {
    const outdir = join(workFolder(), 'cdk.out');
    mkdirSync(outdir);
    const home = { CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eu-west-1' };
    expect((await app(outdir, READY, home)).code).toBe(0);
    const template = JSON.parse(readFileSync(join(outdir, 'AwsResourceVisualizer.template.json'), 'utf8'));
    const found = differences(synthesize(READY).template.Resources, template.Resources);
    expect(Object.keys(found)).toEqual([expect.stringMatching(/^SnapshotsBucket\w+\.Properties\.BucketName/)]);
    const [, bucket] = onlyOf(template, 'AWS::S3::Bucket');
    expect(bucket.BucketName).toBe('aws-resource-visualizer-111122223333-eu-west-1');
  });

  test.runIf(process.env.ARV_REQUIRE_MOTO === '1')('cfn-lint is here, as ARV_REQUIRE_MOTO asks', () => {
    expect(CFN_LINT_MISSING).toBe('');
  });

  const title = CFN_LINT_MISSING === '' ? '' : ` (skipped: ${CFN_LINT_MISSING})`;
  if (CFN_LINT_MISSING !== '') console.warn(`cfn-lint: skipped: ${CFN_LINT_MISSING}`);
  test.skipIf(CFN_LINT_MISSING !== '')(`passes cfn-lint in every variant${title}`, async () => {
    const files = Object.values(VARIANTS).map((context) => synthesize(context).templateFile);
    const regions = ['--regions', 'us-east-1', 'ap-northeast-1'];
    const args = ['--format', 'parseable', ...regions, '--template', ...files];
    expect(await run('cfn-lint', args, { cwd: workFolder(), env: process.env })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('needs an account and a region to look a VPC up, and says so', async () => {
    const outdir = workFolder();
    const ended = await app(outdir, { ...EXISTING_VPC, lang: 'en' });
    expect(ended).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^- vpcId: .*credentials.*\n$/) });
  });
});
