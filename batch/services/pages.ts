import { InvalidResponse } from '../core/invalid-response.js';

/** AWS gave a continuation token twice: the listing would never end. */
class PaginationLoop extends Error {
  override readonly name = 'PaginationLoop';
}

/**
 * AWS always sends its list, empty or not: an answer without one comes from somebody else, and is not "nothing there".
 */
export function listed<T>(list: readonly T[] | undefined): readonly T[] {
  if (!Array.isArray(list)) throw new InvalidResponse('the answer has no list', 200, false);
  return list;
}

/** How the services name the token of the next page. */
const TOKENS = ['NextToken', 'Marker', 'NextMarker', 'ContinuationToken'] as const;

/**
 * The items of an SDK paginator, page by page. A token that comes again ends it with `PaginationLoop`: a listing that
 * never ends or ends early must not look like a whole one.
 */
export async function* pages<Page extends object, Item>(
  paginator: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): AsyncIterable<readonly Item[]> {
  const seen = new Set<unknown>();
  for await (const page of paginator) {
    yield listed(items(page));
    const token = TOKENS.map((name) => (page as Record<string, unknown>)[name]).find(Boolean);
    if (token === undefined) continue;
    if (seen.has(token)) throw new PaginationLoop('AWS repeated a continuation token; the listing would never end');
    seen.add(token);
  }
}

/** The items of a call that is not paginated, as one page. */
export async function* onePage<Output, Item>(
  call: Promise<Output>,
  items: (output: Output) => readonly Item[] | undefined,
): AsyncIterable<readonly Item[]> {
  yield listed(items(await call));
}
