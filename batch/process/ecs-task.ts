const ANSWER_MS = 2000;
const MIB = 1024 * 1024;

/** What ECS says of the task that this process runs in. */
export interface EcsTask {
  readonly arn: string | null;
  /** Bytes that all containers of the task may use together; null: ECS sets no limit for the task. */
  readonly memoryLimit: number | null;
}

/** Asks the task's metadata; null outside of ECS, or when there is no answer. */
export async function ecsTask(metadataUri: string | undefined, signal: AbortSignal): Promise<EcsTask | null> {
  if (metadataUri === undefined) return null;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    return parseTask(await (await fetch(`${metadataUri}/task`, { signal: limit })).json());
  } catch {
    return null;
  }
}

function parseTask(answer: unknown): EcsTask {
  const { TaskARN, Limits } = answer as {
    readonly TaskARN?: unknown;
    readonly Limits?: { readonly Memory?: unknown };
  };
  const memory = Limits?.Memory;
  return {
    arn: typeof TaskARN === 'string' ? TaskARN : null,
    memoryLimit: typeof memory === 'number' && memory > 0 ? memory * MIB : null,
  };
}
