import type { Draft, Place, ResourceType, ServiceName } from '../core/model.js';

/** What a row's calls are made with: the service's SDK, a client for a region, the options of each call. */
export interface ServiceAccess<Sdk = unknown, Client = unknown> {
  readonly sdk: Sdk;
  /** The client for `region`, by default the run's. */
  client(region?: string): Client;
  readonly options: { readonly abortSignal: AbortSignal };
}

/** A further call for each listed resource. Its value becomes the field `part` of the item. */
export interface Detail<Access = unknown, Item = unknown> {
  readonly part: string;
  /** IAM action. */
  readonly action: string;
  /** Error codes with which AWS says "not configured", and what that means as a value. */
  readonly absent?: Readonly<Record<string, unknown>>;
  /** `item` has the parts before this one; a part that could not be read is null. */
  read(access: Access, item: Item): Promise<unknown>;
}

/** A resource type's row: what core needs, and how the source lists it. */
export interface CatalogRow extends ResourceType {
  /** Yields pages of raw items. Fetches only. */
  list(access: never): AsyncIterable<readonly unknown[]>;
  /** The IAM actions of `list` alone. */
  readonly listActions: readonly string[];
  readonly details: readonly Detail[];
  /** Error codes of a detail that say: the resource itself was deleted since it was listed. */
  readonly gone: readonly string[];
}

interface RowSpec<Access, Item, Full> {
  readonly type: string;
  readonly scope?: 'global';
  readonly principal?: true;
  /** IAM actions of `list`; those of the details are added. */
  readonly actions: readonly string[];
  list(access: Access): AsyncIterable<readonly Item[]>;
  readonly details?: readonly Detail<Access, Full>[];
  readonly gone?: readonly string[];
  normalize(item: Full, place: Place): Draft;
  readonly volatile?: readonly string[];
  readonly unordered?: readonly string[];
}

/** Gives the function that defines rows of one service. The rows are data; what is derived from them is derived here. */
export function rowsOf<Access>(service: ServiceName) {
  return <Item extends object, Full extends Item = Item>(spec: RowSpec<Access, Item, Full>): CatalogRow => ({
    type: spec.type,
    service,
    scope: spec.scope ?? 'regional',
    principal: spec.principal ?? false,
    actions: [...new Set([...spec.actions, ...(spec.details ?? []).map((detail) => detail.action)])],
    callsPerResource: spec.details?.length ?? 0,
    list: spec.list as CatalogRow['list'],
    listActions: spec.actions,
    details: (spec.details ?? []) as readonly Detail[],
    gone: spec.gone ?? [],
    normalize: (item, place) => spec.normalize(item as Full, place),
    volatile: spec.volatile ?? [],
    unordered: spec.unordered ?? [],
  });
}
