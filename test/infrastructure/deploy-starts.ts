import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call } from '../integration/query.js';
import { PLAIN_ENV, type ProgramEnd, runProgram } from '../program.js';
import * as ecs from './container.js';
import type { Given } from './deployed.js';
import { resolved } from './resolved.js';
import { ACCOUNT, type Json, onlyOf, READY, REGION, resourcesOf } from './templates.js';

/** A run of the program as that container, on the account that the stack is in. */
function runAs({ deployed }: Given, container: ecs.Container, name: string): Promise<ProgramEnd> {
  const environment = ecs.environmentIn(join(deployed.folder, name), container);
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: deployed.url };
  return runProgram(container.command, { cwd: deployed.folder, env: { ...PLAIN_ENV, ...keys, ...environment } });
}

const networkOf = ({ Targets }: Json) => Targets[0].EcsParameters.NetworkConfiguration.AwsVpcConfiguration;

/** What the deployed rule and the printed commands start. */
export function testStarts(given: () => Given): void {
  test('what the target starts runs: the container of the deployed definition, its slot from the event', async () => {
    const { deployed, schedule, taskDefinition } = given();
    const event = ecs.scheduledEvent('2026-01-31T17:00:00Z', schedule().Arn);
    const overrides = ecs.transformed(schedule().Targets[0].InputTransformer, event);
    const container = ecs.overridden(ecs.containerIn(taskDefinition()), overrides);
    const end = await runAs(given(), container, 'fired');
    expect(end.code, end.stderr).toBe(0);
    expect(end.json).toMatchObject({ success: true, target_date: '2026-01-31', account_id: ACCOUNT, errors: {} });
    // It finds what the stack itself is made of.
    expect(end.json.results.S3).toBeGreaterThan(0);
    expect(end.json.resources['AWS::EC2::VPCEndpoint']).toBe(2);
    // The snapshot is in the stack's bucket, and nothing is left where the task ran.
    const bucket = `aws-resource-visualizer-${ACCOUNT}-${REGION}`;
    expect(end.json.snapshot).toEqual([
      expect.stringMatching(`^s3://${bucket}/default_tenant/manifests/2026-01-31/${ACCOUNT}/${REGION}/`),
      expect.stringMatching(`^s3://${bucket}/default_tenant/manifests/2026-01-31/${ACCOUNT}/global/`),
    ]);
    expect(existsSync(join(deployed.folder, 'fired'))).toBe(false);
    // The day's files lie where the table of the template has this day's partition.
    const { TableInput } = resolved(deployed.template, onlyOf(deployed.template, 'AWS::Glue::Table')[1]);
    const partition = `${TableInput.StorageDescriptor.Location}year=2026/month=01/day=31/`;
    const { stdout } = await deployed.shell(`aws s3 ls ${partition} --region ${REGION}`);
    expect(stdout.match(/\S+\.parquet/g)).toEqual(
      ['global', REGION].map((region) => `resources_20260131_${ACCOUNT}_${region}.parquet`),
    );
    expect(end.log.some((line) => line.RunSucceeded === 1)).toBe(true);
    // The leases were held in the table, and stay there with their tokens.
    const { leases } = await deployed.readBack();
    const keys = leases.map((lease: Json) => lease.lock_key.S).sort();
    expect(keys).toEqual([`default_tenant/${ACCOUNT}/global`, `default_tenant/${ACCOUNT}/${REGION}`]);
  });

  test('the AWS CLI and moto take the printed rerun', async () => {
    const { account, deployed, taskDefinition } = given();
    const { code, stdout, stderr } = await deployed.shell(deployed.outputs.RunCommand ?? '');
    expect(code, stderr).toBe(0);
    const { taskDefinitionArn } = taskDefinition();
    const { clusterArn } = account.clusters[0];
    const started = { taskDefinitionArn, clusterArn, launchType: 'FARGATE', overrides: {} };
    expect(JSON.parse(stdout)).toEqual({ tasks: [expect.objectContaining(started)], failures: [] });
  });

  test('and the forced one, whose overrides start EC2 and RDS alone', async () => {
    const { deployed, taskDefinition } = given();
    const { ForceCommand = '' } = deployed.outputs;
    const { code, stdout, stderr } = await deployed.shell(ForceCommand);
    expect(code, stderr).toBe(0);
    const [{ overrides }] = JSON.parse(stdout).tasks;
    expect(overrides).toEqual(JSON.parse(ecs.optionOf(ForceCommand, '--overrides')));
    const container = ecs.overridden(ecs.containerIn(taskDefinition()), overrides);
    const { code: ended, json } = await runAs(given(), container, 'forced');
    expect([ended, json.services, Object.keys(json.results)]).toEqual([0, ['EC2', 'RDS'], ['EC2', 'RDS']]);
  });

  test('their network is the one of the schedule', () => {
    const { account, deployed, idsOf } = given();
    const { Subnets, SecurityGroups } = networkOf(onlyOf(deployed.template, 'AWS::Events::Rule', 'Schedule')[1]);
    const subnets = Subnets.map(({ Ref }: Json) => account.ids[Ref]).join(',');
    const groups = SecurityGroups.map((one: Json) => account.ids[one['Fn::GetAtt'][0]]).join(',');
    expect(subnets).toBe(idsOf('AWS::EC2::Subnet').join(','));
    const network = ecs.optionOf(deployed.outputs.RunCommand ?? '', '--network-configuration');
    expect(network).toBe(
      `awsvpcConfiguration={subnets=[${subnets}],securityGroups=[${groups}],assignPublicIp=ENABLED}`,
    );
  });

  test('the printed command reads the log', async () => {
    const { deployed } = given();
    const where = { logGroupName: '/ecs-scheduled-tasks/aws-resource-visualizer', logStreamName: 'batch/app/0' };
    const logs = (operation: string, body: object) => call(deployed.url, 'logs', `Logs_20140328.${operation}`, body);
    await logs('CreateLogStream', where);
    const logEvents = [{ timestamp: Date.now(), message: '{"event":"run.completed"}' }];
    await logs('PutLogEvents', { ...where, logEvents });
    const { code, stdout, stderr } = await deployed.shell(deployed.outputs.LogsCommand ?? '');
    expect([code, stdout, stderr]).toEqual([0, '{"event":"run.completed"}\n', '']);
  });

  test('vpcId: the VPC is looked up in the account, and its subnets are found', async () => {
    const { deployed, idsOf } = given();
    const [vpcId = ''] = idsOf('AWS::EC2::VPC');
    const template = await deployed.synth({ ...READY, vpcId });
    expect(resourcesOf(template, 'AWS::EC2::VPC')).toEqual({});
    const { Subnets } = networkOf(onlyOf(template, 'AWS::Events::Rule', 'Schedule')[1]);
    expect([...Subnets].sort()).toEqual(idsOf('AWS::EC2::Subnet').sort());
    expect(onlyOf(template, 'AWS::EC2::SecurityGroup')[1].VpcId).toBe(vpcId);
  });
}
