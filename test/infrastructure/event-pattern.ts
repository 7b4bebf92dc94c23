/**
 * Matches events as EventBridge does, by the rules that the README of its engine (Event Ruler) gives: an event is a list
 * of fields by their paths; an array stands for each of its members; fields of one pattern have to come from the same
 * member of an array; `exists: false` asks that no field of the event has that path. moto's matcher does not look into
 * arrays of objects, so it cannot judge these patterns.
 */
type Json = string | number | boolean | null | Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

interface Field {
  readonly path: string;
  readonly value: Json;
  /** The member of each array on the way, by the array's path. */
  readonly members: Readonly<Record<string, number>>;
}

interface Wanted {
  readonly path: string;
  readonly conditions: readonly Json[];
}

export function matchesPattern(pattern: JsonObject, event: JsonObject): boolean {
  const fields = fieldsOf(event, '', {});
  return alternatives(pattern, '').some((wanted) => matchAll(wanted, fields, {}));
}

function fieldsOf(value: Json, path: string, members: Field['members']): Field[] {
  if (Array.isArray(value)) {
    return value.flatMap((member, index) => fieldsOf(member, path, { ...members, [path]: index }));
  }
  if (value === null || typeof value !== 'object') return [{ path, value, members }];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, join(path, key), members));
}

/** The pattern as lists of what is wanted, one list for each way through its `$or`. */
function alternatives(pattern: JsonObject, path: string): Wanted[][] {
  let lists: Wanted[][] = [[]];
  for (const [key, inner] of Object.entries(pattern)) {
    const ways = waysOf(key, inner, path);
    lists = lists.flatMap((list) => ways.map((way) => [...list, ...way]));
  }
  return lists;
}

function waysOf(key: string, inner: Json, path: string): Wanted[][] {
  if (key === '$or') return (inner as JsonObject[]).flatMap((one) => alternatives(one, path));
  const here = join(path, key);
  if (Array.isArray(inner)) return [[{ path: here, conditions: inner }]];
  if (inner === null || typeof inner !== 'object') throw new Error(`${here} must be an object or an array`);
  return alternatives(inner, here);
}

function matchAll([first, ...rest]: readonly Wanted[], fields: readonly Field[], members: Field['members']): boolean {
  if (first === undefined) return true;
  const there = fields.filter(({ path }) => path === first.path);
  const { conditions } = first;
  if (there.length === 0) {
    return conditions.some((one) => isExists(one, false)) && matchAll(rest, fields, members);
  }
  return there.some((field) => {
    const consistent = Object.entries(field.members).every(([array, member]) => (members[array] ?? member) === member);
    if (!consistent || !conditions.some((one) => meets(field.value, one))) return false;
    return matchAll(rest, fields, { ...members, ...field.members });
  });
}

function isExists(condition: Json, wanted: boolean): boolean {
  return condition !== null && typeof condition === 'object' && 'exists' in condition && condition.exists === wanted;
}

function meets(value: Json, condition: Json): boolean {
  if (condition === null || typeof condition !== 'object') return value === condition;
  const [[operator, operand] = ['', null], ...more] = Object.entries(condition);
  if (more.length > 0) throw new Error(`one operator at a time: ${JSON.stringify(condition)}`);
  switch (operator) {
    case 'exists':
      return operand === true;
    case 'prefix':
      return typeof value === 'string' && value.startsWith(operand as string);
    case 'anything-but':
      return ![operand].flat().includes(value);
    default:
      throw new Error(`${operator} is not known here`);
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
