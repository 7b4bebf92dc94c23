import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { athenaSql } from '../../batch/contract/athena-queries.js';
import { BOTO3_MISSING } from '../integration/listing.js';
import { MOTO_MISSING, type Moto, missing, startMoto } from '../integration/moto.js';
import { TEST_ENV } from '../program.js';
import { run } from './cdk.js';
import { resolved } from './resolved.js';
import { type Json, onlyOf, READY, REGION, resourcesOf, synthesize } from './templates.js';

/**
 * moto's CloudFormation makes nothing of Glue and Athena, but their APIs are there: what the template says is sent to
 * them as it stands. boto3 knows the forms of the requests and refuses what AWS would not understand.
 */
const MISSING = MOTO_MISSING || BOTO3_MISSING || missing('aws');
const title = MISSING === '' ? '' : ` (skipped: ${MISSING})`;
if (MISSING !== '') console.warn(`Glue and Athena in moto: skipped: ${MISSING}`);

test.runIf(process.env.ARV_REQUIRE_MOTO === '1')('moto is here, as ARV_REQUIRE_MOTO asks', () => {
  expect(MISSING).toBe('');
});

const { template } = synthesize({ ...READY, lang: 'en' });
const propertiesOf = (type: string): Json => resolved(template, onlyOf(template, type)[1]);
const { Tags: tags, ...group } = propertiesOf('AWS::Athena::WorkGroup');
const { DatabaseInput } = propertiesOf('AWS::Glue::Database');
const { TableInput } = propertiesOf('AWS::Glue::Table');
const [groupId] = onlyOf(template, 'AWS::Athena::WorkGroup');
const queries: Json[] = Object.values(resourcesOf(template, 'AWS::Athena::NamedQuery')).map(({ Properties }) => {
  expect(Properties.WorkGroup).toEqual({ Ref: groupId });
  return { ...Properties, WorkGroup: group.Name };
});
const table = { DatabaseName: DatabaseInput.Name, Name: TableInput.Name };

type Call = readonly [service: string, operation: string, parameters: Json];

describe.skipIf(MISSING !== '')(`what the template says, sent to the APIs of Glue and Athena${title}`, () => {
  let moto: Moto | undefined;
  let made: Json[] = [];
  beforeAll(async () => {
    moto = await startMoto();
    const Configuration = group.WorkGroupConfiguration;
    made = await calls([
      ['glue', 'create_database', { DatabaseInput }],
      ['glue', 'create_table', { DatabaseName: table.DatabaseName, TableInput }],
      ['athena', 'create_work_group', { Name: group.Name, Description: group.Description, Configuration, Tags: tags }],
      ...queries.map((query): Call => ['athena', 'create_named_query', query]),
    ]);
  });
  afterAll(() => moto?.close());

  /** The answers of boto3 to calls that follow each other. */
  async function calls(list: readonly Call[]): Promise<Json[]> {
    const script = fileURLToPath(new URL('calls.py', import.meta.url));
    const env = { ...TEST_ENV, HOME: process.env.HOME ?? '' };
    const child = spawn('python3', [script, moto?.url ?? ''], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(list));
    return JSON.parse(await text(child.stdout));
  }

  test('table, workgroup and queries are taken, and read back as they were given', async () => {
    const ids = made.slice(3).map(({ NamedQueryId }) => NamedQueryId);
    expect(ids).toHaveLength(queries.length);
    const [found, workGroup, ...saved] = await calls([
      ['glue', 'get_table', table],
      ['athena', 'get_work_group', { WorkGroup: group.Name }],
      ...ids.map((NamedQueryId): Call => ['athena', 'get_named_query', { NamedQueryId }]),
    ]);
    expect(found.Table).toMatchObject({ ...TableInput, DatabaseName: DatabaseInput.Name });
    expect(workGroup.WorkGroup).toMatchObject({ ...{ Name: group.Name, Description: group.Description } });
    expect(workGroup.WorkGroup.Configuration).toMatchObject(group.WorkGroupConfiguration);
    expect(saved).toEqual(
      queries.map((query) => expect.objectContaining({ NamedQuery: expect.objectContaining(query) })),
    );
  });

  test('the printed commands run the saved query in the workgroup and ask for what it found', async () => {
    const env = { ...TEST_ENV, HOME: process.env.HOME ?? '', AWS_ENDPOINT_URL: moto?.url };
    const shell = (command: string) => run('sh', ['-c', command], { cwd: '/', env });
    const output = (name: string): string => resolved(template, template.Outputs[name].Value);
    // CloudFormation puts the id there that Athena gave.
    const [queryId = ''] = Object.keys(resourcesOf(template, 'AWS::Athena::NamedQuery', 'Athenauntagged'));
    const started = await shell(output('QueryCommand').replace(queryId, made[3].NamedQueryId));
    expect([started.code, started.stderr]).toEqual([0, '']);
    const id = started.stdout.trim();
    const [{ QueryExecution }] = await calls([['athena', 'get_query_execution', { QueryExecutionId: id }]]);
    expect(QueryExecution).toMatchObject({
      ...{ WorkGroup: 'AwsResourceVisualizer', QueryExecutionContext: { Database: 'aws_resource_visualizer' } },
      Query: athenaSql('untagged-resources', 0).trim(),
    });
    const result = await shell(output('QueryResultCommand').replace('QUERY_ID', id));
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(output('QueryResultCommand')).toContain(`--region ${REGION} `);
  });
});
