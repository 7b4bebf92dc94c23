/** The region of a profile in the shared configuration files; null when there is none. Reads files, calls nobody. */
export async function profileRegion(profile: string | null): Promise<string | null> {
  const { loadSharedConfigFiles } = await import('@smithy/core/config');
  const { configFile, credentialsFile } = await loadSharedConfigFiles().catch(() => ({
    configFile: {},
    credentialsFile: {},
  }));
  const name = profile ?? 'default';
  const region = (file: Record<string, Record<string, string | undefined>>) => file[name]?.region;
  return region(credentialsFile) ?? region(configFile) ?? null;
}
