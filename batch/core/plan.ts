import { GLOBAL_REGION, type ResourceType, type ServiceName, type Unit } from './model.js';

/** The units of a run, service by service in the order of the catalog; with `only`, no other resource types. Pure. */
export function plan(
  catalog: readonly ResourceType[],
  services: readonly ServiceName[],
  region: string,
  only?: Pick<ReadonlySet<string>, 'has'>,
): Unit[] {
  return catalog
    .filter((type) => services.includes(type.service) && only?.has(type.type) !== false)
    .map((resourceType) => ({
      resourceType,
      region: resourceType.scope === 'global' ? GLOBAL_REGION : region,
    }));
}

export function byService(units: readonly Unit[]): Unit[][] {
  const services = [...new Set(units.map((unit) => unit.resourceType.service))];
  return services.map((service) => units.filter((unit) => unit.resourceType.service === service));
}
