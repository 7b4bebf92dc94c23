import { type Store, StoreUnavailable } from '../store/store.js';
import { RunStopped } from './stop.js';

/**
 * The same store, and a signal that fires when something could not be written: whoever still reads for it would only
 * find out later, and perhaps hours later.
 */
export function watched(store: Store): { readonly store: Store; readonly failed: AbortSignal } {
  const failing = new AbortController();
  const put: Store['put'] = async (key, body, replaces) => {
    try {
      await store.put(key, body, replaces);
    } catch (error) {
      if (error instanceof StoreUnavailable) failing.abort(new RunStopped('store', error.message, { cause: error }));
      throw error;
    }
  };
  return { store: { ...bound(store), put }, failed: failing.signal };
}

/** A store may be an object of a class, whose methods are not its own properties. */
function bound(store: Store): Omit<Store, 'put'> {
  return {
    uri: (key) => store.uri(key),
    read: (key, range) => store.read(key, range),
    version: (key) => store.version(key),
    list: (prefix) => store.list(prefix),
  };
}
