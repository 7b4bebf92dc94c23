/**
 * Saved queries of CloudWatch Logs Insights, by name. The log group holds three kinds of lines: those of the log (they
 * have `event`), those of metrics (`_aws`), and the result document of each run (`success`). `RUN_ID` is replaced by
 * the person who asks.
 */
export const LOG_QUERIES = {
  'last-runs': `fields @timestamp, success, error_code, success_count, total_count, duration_ms, api_calls, target_date, run_id
| filter ispresent(success)
| sort @timestamp desc
| limit 30`,

  'recent-errors': `fields @timestamp, event, resource_type, error_code, message, error
| filter level = "error" or error_code in ["USAGE", "NO_REGION"]
| sort @timestamp desc
| limit 30`,

  'failures-with-stacks': `fields @timestamp, event, resource_type, region, error_code, message, attempts, stack, run_id
| filter level = "error" or event = "unit.denied"
| sort @timestamp desc
| limit 100`,

  'slowest-units': `fields @timestamp, resource_type, event, duration_ms, api_calls, attempts, \`count\`, run_id
| filter event in ["unit.completed", "unit.partial", "unit.failed", "unit.denied"]
| sort duration_ms desc
| limit 30`,

  'counts-by-service': `filter ispresent(ResourcesCollected)
| stats max(ResourcesCollected) as resources by bin(1d) as day, Service
| sort day desc, Service asc`,

  'one-run': `fields @timestamp, level, event, service, resource_type, message
| filter run_id = "RUN_ID" and ispresent(event)
| sort @timestamp asc
| limit 1000`,
} as const;

export type LogQueryName = keyof typeof LOG_QUERIES;

/** As the console lists it: in a folder of its own. */
export function savedQueryName(query: LogQueryName): string {
  return `AwsResourceVisualizer/${query}`;
}
