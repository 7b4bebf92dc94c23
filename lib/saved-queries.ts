import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LOG_QUERIES, type LogQueryName, savedQueryName } from '../batch/contract/log-queries.js';

/** The queries that the runbook names, ready in the console of CloudWatch Logs Insights. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, logGroup: logs.ILogGroup) {
    super(scope, id);
    for (const [query, queryString] of Object.entries(LOG_QUERIES) as [LogQueryName, string][]) {
      new logs.CfnQueryDefinition(this, query, {
        name: savedQueryName(query),
        queryString,
        logGroupNames: [logGroup.logGroupName],
      });
    }
  }
}
