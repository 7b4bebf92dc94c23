const ANSWER_MS = 2000;

/** The ARN of the ECS task that this process runs in; null when the task's metadata does not tell. */
export async function taskArn(metadataUri: string | undefined): Promise<string | null> {
  if (metadataUri === undefined) return null;
  try {
    const answer = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { TaskARN } = (await answer.json()) as { readonly TaskARN?: unknown };
    return typeof TaskARN === 'string' ? TaskARN : null;
  } catch {
    return null;
  }
}
