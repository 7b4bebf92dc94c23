import { lookup } from 'node:dns/promises';

/** The service has no endpoint in this region. */
class ServiceAbsent extends Error {
  override readonly name = 'ServiceAbsent';
}

/**
 * A host name that does not exist means either that the region lacks the service or that name resolution is broken.
 * STS is in every region: where its name resolves, the service is absent; where it does not, the error stays as it is.
 */
export async function explainMissingHost(
  error: unknown,
  resolve: (host: string) => Promise<unknown> = lookup,
): Promise<unknown> {
  const { code, hostname } = (error ?? {}) as { readonly code?: string; readonly hostname?: string };
  if (code !== 'ENOTFOUND' || hostname === undefined) return error;
  const control = hostname.replace(/^(?:.*\.)?(?:ec2|rds|s3|lambda)\./, 'sts.');
  if (control === hostname) return error;
  const online = await resolve(control).then(
    () => true,
    () => false,
  );
  return online ? new ServiceAbsent(`${hostname} does not exist`, { cause: error }) : error;
}
