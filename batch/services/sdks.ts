import type { ServiceName } from '../core/model.js';

/** Loads a service's SDK when its first unit is read: a run of one service does not pay for the others. */
export const SDKS = {
  EC2: async () => {
    const sdk = await import('@aws-sdk/client-ec2');
    return { sdk, Client: sdk.EC2Client };
  },
  RDS: async () => {
    const sdk = await import('@aws-sdk/client-rds');
    return { sdk, Client: sdk.RDSClient };
  },
  S3: async () => {
    const sdk = await import('@aws-sdk/client-s3');
    return { sdk, Client: sdk.S3Client };
  },
  Lambda: async () => {
    const sdk = await import('@aws-sdk/client-lambda');
    return { sdk, Client: sdk.LambdaClient };
  },
} as const satisfies Record<ServiceName, () => Promise<{ sdk: unknown; Client: unknown }>>;

type Loaded<S extends ServiceName> = Awaited<ReturnType<(typeof SDKS)[S]>>;
export type Sdk<S extends ServiceName> = Loaded<S>['sdk'];
export type Client<S extends ServiceName> = InstanceType<Loaded<S>['Client']>;
