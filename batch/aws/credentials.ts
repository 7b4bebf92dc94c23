import type { AwsCredentialIdentityProvider, Logger } from '@smithy/types';

/**
 * The SDK's default chain (environment, shared files, SSO, task role, instance role), or one profile. Renewed by the
 * SDK when they run out. Every secret that it yields goes to `onSecret` first, so that no log can show it.
 */
export function createCredentials(
  profile: string | null,
  region: string,
  onSecret: (secret: string) => void,
  logger: Logger,
): AwsCredentialIdentityProvider {
  let chain: Promise<AwsCredentialIdentityProvider> | null = null;
  const load = async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return defaultProvider({ clientConfig: { region }, logger, ...(profile === null ? {} : { profile }) });
  };
  return async () => {
    chain ??= load();
    const credentials = await (await chain)();
    onSecret(credentials.secretAccessKey);
    if (credentials.sessionToken !== undefined) onSecret(credentials.sessionToken);
    return credentials;
  };
}
