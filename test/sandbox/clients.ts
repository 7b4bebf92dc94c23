import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';

export type Clients = ReturnType<typeof clients>;

/** Real SDK clients for a sandbox; one try each, so that a test sees the first answer. */
export function clients(url: string, region: string) {
  const config = {
    endpoint: url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const all = {
    sts: new STSClient(config),
    ec2: new EC2Client(config),
    rds: new RDSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    lambda: new LambdaClient(config),
    dynamodb: new DynamoDBClient(config),
  };
  const destroy = () => {
    for (const client of Object.values(all)) client.destroy();
  };
  return { ...all, destroy };
}

/** Reads all pages; stops after a hundred, since a token that never ends is one of the faults. */
export async function collect<T>(
  page: (token: string | undefined) => Promise<[T[] | undefined, string | undefined]>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < 100; pages++) {
    const [items = [], next] = await page(token);
    all.push(...items);
    if (!next) return all;
    token = next;
  }
  throw new Error('more than a hundred pages');
}
