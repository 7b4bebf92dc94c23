import type { CatalogRow } from './define.js';
import { EC2_ROWS } from './ec2.js';
import { LAMBDA_ROWS } from './lambda.js';
import { RDS_ROWS } from './rds.js';
import { S3_ROWS } from './s3.js';

/** Every resource type that is collected, service by service. */
export const CATALOG: readonly CatalogRow[] = [...EC2_ROWS, ...RDS_ROWS, ...S3_ROWS, ...LAMBDA_ROWS];
