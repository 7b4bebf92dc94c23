import { CfnOutput, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { parseSchedule } from '../batch/contract/schedule.js';
import type { Schedule } from '../batch/contract/schedule-model.js';
import { longestGapHours } from '../batch/contract/schedule-times.js';
import { describeSchedule } from '../batch/contract/schedule-words.js';
import { Alarms } from './alarms.js';
import { BatchTask } from './batch-task.js';
import { Dashboard } from './dashboard.js';
import { DeadLetters } from './dead-letters.js';
import { FailureNotice } from './failure-notice.js';
import { LeaseTable } from './lease-table.js';
import { Network } from './network.js';
import { addCommandOutputs } from './operator-commands.js';
import { QueryWorkGroup } from './query-workgroup.js';
import { ReadersPolicy } from './readers-policy.js';
import { ResourceTable } from './resource-table.js';
import { SavedQueries } from './saved-queries.js';
import { ScheduleRule } from './schedule-rule.js';
import type { Settings } from './settings.js';
import { type Home, SnapshotBucket } from './snapshot-bucket.js';

/** A dashboard's tags are new to CloudFormation, and its linter refuses them; moto cannot make a key that has some. */
const UNTAGGED = ['AWS::CloudWatch::Dashboard', 'AWS::KMS::Key'];

interface InventoryStackProps extends StackProps {
  readonly settings: Settings;
  /** Where it is deployed to, when that is known at synth. */
  readonly home?: Home | null;
}

/** Everything that a team deploys: the daily run, what it stands on, and who is told when it fails. */
export class InventoryStack extends Stack {
  constructor(scope: Construct, id: string, { settings, home = null, ...props }: InventoryStackProps) {
    super(scope, id, props);
    const { lang, tenantId } = settings;
    const removalPolicy =
      settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const schedule = scheduleOf(settings);
    const when = describeSchedule(schedule, lang);

    const network = new Network(this, 'Network', settings, lang);
    const leases = new LeaseTable(this, 'Leases', removalPolicy).table;
    const snapshots = new SnapshotBucket(this, 'Snapshots', { home, tenantId, removalPolicy }).bucket;
    const deadLetters = new DeadLetters(this, 'DeadLetters').queue;
    const places = { leases, snapshots, deadLetters };
    const task = new BatchTask(this, 'Batch', { settings, vpc: network.vpc, places, removalPolicy });
    const firing = new ScheduleRule(this, 'Schedule', { settings, task, network, when });

    const { topic } = new FailureNotice(this, 'Notice', { settings, task, undelivered: firing.undelivered });
    // A schedule that fires once has no gap that an alarm could watch.
    const gapHours = longestGapHours(schedule) ?? Number.POSITIVE_INFINITY;
    const alarms = new Alarms(this, 'Alarms', { topic, schedule: firing, deadLetters, gapHours, lang }).names;
    new Dashboard(this, 'Overview', { settings, schedule: firing, alarms });
    new SavedQueries(this, 'Queries', task.logGroup);

    new ResourceTable(this, 'Catalog', { snapshots, settings });
    const { queryIds } = new QueryWorkGroup(this, 'Athena', { snapshots, removalPolicy, settings });
    const { policy } = new ReadersPolicy(this, 'Readers', { snapshots, tenantId });

    const exampleQueryId = queryIds['untagged-resources'];
    const { enableExec: exec, services } = settings;
    addCommandOutputs(this, { task, network, exec, services, exampleQueryId }, lang);
    new CfnOutput(this, 'ScheduleInWords', { value: when });
    new CfnOutput(this, 'NoticeTopicArn', { value: topic.topicArn });
    new CfnOutput(this, 'SnapshotBucketName', { value: snapshots.bucketName });
    new CfnOutput(this, 'ReadersPolicyArn', { value: policy.managedPolicyArn });
    Tags.of(this).add('Application', id, { excludeResourceTypes: UNTAGGED });
  }
}

function scheduleOf({ schedule }: Settings): Schedule {
  const parsed = parseSchedule(schedule);
  // The settings were refused if it could not be read.
  if ('problems' in parsed) throw new Error(`schedule: ${parsed.problems.map(({ en }) => en).join('; ')}`);
  return parsed.schedule;
}
