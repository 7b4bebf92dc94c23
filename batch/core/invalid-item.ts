/** An item of AWS's answer lacks what a record cannot be without. */
export class InvalidItem extends Error {
  readonly code = 'INVALID_ITEM';
}

/** A required field, or `InvalidItem` with its name. */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value === null || value === undefined || value === '') throw new InvalidItem(`${field} is missing`);
  return value;
}
