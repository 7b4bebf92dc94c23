/** The languages of messages. Codes, keys and event names are the same in both. */
export type Lang = 'ja' | 'en';

/** One text in each language; `{name}` stands for a field. */
export type Text = Readonly<Record<Lang, string>>;

/** Fills `{name}` with the field's value; a field that is not there stays as it was written. */
export function fill(template: string, fields: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) && fields[name] !== undefined ? show(fields[name]) : whole,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(', ');
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A value as a message shows it: long ones are cut, control characters made visible. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
