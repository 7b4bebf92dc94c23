import type { TestContext } from 'vitest';
import type { Env, Place } from '../cli/place.js';
import { type FaultProxy, startProxy } from './proxy.js';

export interface Proxied {
  readonly proxy: FaultProxy;
  /** For a run: everything that it asks goes through the proxy. */
  readonly env: Env;
}

/** A proxy in front of the place's sandbox, gone when the test has finished. */
export async function openProxy(place: Place, test: TestContext): Promise<Proxied> {
  const proxy = await startProxy(place.sandbox.url);
  test.onTestFinished(() => proxy.close());
  return { proxy, env: { AWS_ENDPOINT_URL: proxy.url } };
}
