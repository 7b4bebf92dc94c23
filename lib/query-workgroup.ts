import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { athenaSql } from '../batch/contract/athena-queries.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { NAMED_QUERIES, type QueryName } from '../batch/contract/named-queries.js';
import type { Text } from '../batch/contract/text.js';
import type { Settings } from './settings.js';

const DESCRIPTION: Text = {
  ja: 'AWS Resource Visualizer: AWS リソースのスナップショットへのクエリ',
  en: 'AWS Resource Visualizer: queries over the snapshots of AWS resources',
};

/**
 * A query that would read more is ended by Athena and costs no more than that. It is some forty million records (one is
 * about 240 bytes in the file): far above what a question about a few weeks reads, below a slip over years of a large
 * estate.
 */
const MOST_BYTES_SCANNED = 10 * 1024 ** 3;

interface QueryWorkGroupProps {
  readonly snapshots: s3.IBucket;
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Settings;
}

/** Where a team asks in SQL: Athena with a limit, a place for results that is cleared, and the saved queries. */
export class QueryWorkGroup extends Construct {
  /** Ids of the saved queries. */
  readonly queryIds: Readonly<Record<QueryName, string>>;

  constructor(scope: Construct, id: string, { snapshots, removalPolicy, settings }: QueryWorkGroupProps) {
    super(scope, id);
    const { lang, targetDateOffset } = settings;
    const group = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name: INFRASTRUCTURE.workGroup,
      description: DESCRIPTION[lang],
      // What people saved in it, and the history of their queries, go with the snapshots or stay with them.
      recursiveDeleteOption: removalPolicy === RemovalPolicy.DESTROY,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        bytesScannedCutoffPerQuery: MOST_BYTES_SCANNED,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        resultConfiguration: {
          outputLocation: `s3://${snapshots.bucketName}/${INFRASTRUCTURE.resultsFolder}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
          expectedBucketOwner: Aws.ACCOUNT_ID,
        },
      },
    });
    group.applyRemovalPolicy(removalPolicy);
    const names = Object.keys(NAMED_QUERIES) as QueryName[];
    const ids = names.map((name) => {
      const query = new athena.CfnNamedQuery(this, name, {
        // As `arv query --name` has it; the workgroup lists none but these and those that people save there.
        name,
        description: NAMED_QUERIES[name].description[lang],
        database: INFRASTRUCTURE.database,
        workGroup: group.ref,
        queryString: athenaSql(name, targetDateOffset),
      });
      return [name, query.ref];
    });
    this.queryIds = Object.fromEntries(ids);
  }
}
