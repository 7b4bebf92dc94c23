import { createReadStream } from 'node:fs';
import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { ErrorCode } from '../contract/errors.js';
import type { StorePlace } from './place.js';
import { contentOf, type Rest } from './s3-content.js';
import { type Spooled, spooled, sweepSpools } from './s3-spool.js';
import { type ByteRange, type Store, StoreUnavailable, VersionConflict } from './store.js';

type Sdk = typeof import('@aws-sdk/client-s3');

type S3Place = Extract<StorePlace, { readonly kind: 's3' }>;

interface Meaning {
  readonly passing: boolean;
  readonly reason: string;
  /** The code of credentials that are refused or missing; null: something else is wrong. */
  readonly refused: ErrorCode | null;
}

export interface S3Access {
  /** Made when the store is opened: a run that ends before pays for no SDK. */
  readonly client: (sdk: Sdk) => S3Client;
  /** Further tries where the SDK makes none: of an upload, whose body is a stream, and of an answer that breaks off. */
  readonly maxRetries: number;
  /** Waits before try n+1, after this error. */
  readonly pause: (tries: number, error: unknown) => Promise<void>;
  /** What an error means: whether it passes, in words, and whether the credentials are what is refused. */
  readonly describe: (error: unknown) => Meaning;
}

/** Opens the prefix of a bucket that is there. Throws `StoreUnavailable` when it cannot be listed. */
export async function openS3Store(place: S3Place, access: S3Access): Promise<Store> {
  const sdk = await import('@aws-sdk/client-s3');
  const store = new S3Store(place, access, sdk, access.client(sdk));
  await store.list('');
  await sweepSpools();
  return store;
}

/** Name of the object's own hash among its metadata: not every S3 keeps the checksum that it was sent. */
const HASH = 'sha256';

interface Upload extends Spooled {
  readonly replaces: string | null;
}

class S3Store implements Store {
  constructor(
    private readonly place: S3Place,
    private readonly access: S3Access,
    private readonly sdk: Sdk,
    private readonly client: S3Client,
  ) {}

  uri(key: string): string {
    return `s3://${this.place.bucket}/${this.keyOf(key)}`;
  }

  /** Written to a temporary file first: one PUT shows the whole object or none, and only a known length can be put. */
  async put(key: string, body: AsyncIterable<Uint8Array>, replaces: string | null): Promise<void> {
    await spooled(body, async (file) => {
      for (let tries = 1, failed: unknown; ; tries += 1) {
        failed = await this.tryPut(key, { ...file, replaces }, tries);
        if (failed === null) return;
        await this.access.pause(tries, failed);
      }
    });
  }

  async read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
    const Range = range === undefined ? {} : { Range: `bytes=${bytesOf(range)}` };
    try {
      const first = await this.client.send(new this.sdk.GetObjectCommand({ ...this.object(key), ...Range }));
      return this.contentOf(key, first, range === undefined ? first.Metadata?.[HASH] : undefined);
    } catch (error) {
      if (error instanceof this.sdk.NoSuchKey) return null;
      // An object without a byte has no last one either.
      if ((error as Error).name === 'InvalidRange') return nothing();
      throw this.unavailable(error);
    }
  }

  async version(key: string): Promise<string | null> {
    return (await this.head(key))?.ETag ?? null;
  }

  async list(prefix: string): Promise<readonly string[]> {
    const folder = this.keyOf(prefix === '' ? '' : `${prefix}/`);
    const names: string[] = [];
    try {
      const input = { Bucket: this.place.bucket, Prefix: folder, Delimiter: '/' };
      for await (const page of this.sdk.paginateListObjectsV2({ client: this.client }, input)) {
        for (const { Key = '' } of page.Contents ?? []) names.push(Key.slice(folder.length));
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) names.push(Prefix.slice(folder.length, -1));
      }
    } catch (error) {
      throw this.unavailable(error);
    }
    return names.filter((name) => name !== '').sort();
  }

  /** What failed when it may be tried again; null: it is there. */
  private async tryPut(key: string, upload: Upload, tries: number): Promise<unknown> {
    const { path, replaces, bytes, sha256 } = upload;
    const Body = createReadStream(path);
    const facts = { ContentLength: bytes, ChecksumSHA256: sha256, Metadata: { [HASH]: sha256 } };
    const condition = replaces === null ? { IfNoneMatch: '*' } : { IfMatch: replaces };
    try {
      await this.client.send(new this.sdk.PutObjectCommand({ ...this.object(key), ...facts, Body, ...condition }));
      return null;
    } catch (error) {
      return await this.afterFailure(error, key, upload, tries);
    } finally {
      Body.destroy();
    }
  }

  private async afterFailure(error: unknown, key: string, upload: Upload, tries: number): Promise<unknown> {
    const { name } = error as Error;
    const { replaces, sha256 } = upload;
    // What was to be replaced is another one, or gone.
    if (name === 'PreconditionFailed' || (name === 'NoSuchKey' && replaces !== null)) {
      // An upload whose reply was lost is found there by the next try: with our own bytes it is our own.
      if (tries > 1 && (await this.has(key, sha256))) return null;
      throw new VersionConflict(key, replaces);
    }
    // Another one is writing the same key at this moment.
    const passing = name === 'ConditionalRequestConflict' || this.access.describe(error).passing;
    if (passing && tries <= this.access.maxRetries) return error;
    // Nobody is told that nothing was published while it was, and only the answers were lost.
    if (passing && (await this.has(key, sha256).catch(() => false))) return null;
    throw this.unavailable(error);
  }

  /** Whether the object is of these bytes. */
  private async has(key: string, sha256: string): Promise<boolean> {
    return (await this.head(key))?.Metadata?.[HASH] === sha256;
  }

  private async head(key: string): Promise<HeadObjectCommandOutput | null> {
    try {
      return await this.client.send(new this.sdk.HeadObjectCommand(this.object(key)));
    } catch (error) {
      if (error instanceof this.sdk.NotFound) return null;
      // The answer to a HEAD has no body: all that it says is its status.
      const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
      if ($metadata?.httpStatusCode !== 403) throw this.unavailable(error);
      throw this.fault(`${this.uri(key)}: AccessDenied (HEAD, HTTP 403)`, error);
    }
  }

  private async *contentOf(
    key: string,
    first: GetObjectCommandOutput,
    sha256: string | undefined,
  ): AsyncIterable<Uint8Array> {
    const { maxRetries, pause, describe } = this.access;
    const again = async (error: unknown, tries: number, rest: Rest) => {
      if (tries > maxRetries || !describe(error).passing) throw error;
      await pause(tries, error);
      return this.client.send(new this.sdk.GetObjectCommand({ ...this.object(key), ...rest }));
    };
    try {
      yield* contentOf(first, sha256, again);
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.keyOf(key) };
  }

  private keyOf(key: string): string {
    return this.place.prefix === '' ? key : `${this.place.prefix}/${key}`;
  }

  private unavailable(error: unknown): StoreUnavailable {
    const { reason, refused } = this.access.describe(error);
    return this.fault(`s3://${this.place.bucket}: ${reason}`, error, refused);
  }

  private fault(message: string, cause: unknown, refused: ErrorCode | null = null): StoreUnavailable {
    const { bucket } = this.place;
    return new StoreUnavailable(message, { cause }, refused ?? 'STORE_UNAVAILABLE', { bucket });
  }
}

/** As the header has it: the end is included. */
function bytesOf({ start, end }: ByteRange): string {
  return start < 0 ? `${start}` : `${start}-${end === undefined ? '' : end - 1}`;
}

async function* nothing(): AsyncIterable<Uint8Array> {}
