import type { CatalogRow } from './define.js';
import { EC2_COMPUTE_ROWS } from './ec2-compute.js';
import { EC2_NETWORK_ROWS } from './ec2-network.js';
import { LAMBDA_ROWS } from './lambda.js';
import { RDS_ROWS } from './rds.js';
import { S3_ROWS } from './s3.js';

/** Every resource type that is collected, service by service. */
export const CATALOG: readonly CatalogRow[] = [
  ...EC2_COMPUTE_ROWS,
  ...EC2_NETWORK_ROWS,
  ...RDS_ROWS,
  ...S3_ROWS,
  ...LAMBDA_ROWS,
];
