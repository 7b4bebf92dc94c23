/** One document: indented for a person at a terminal, on one line for a program. */
export function json(document: unknown, terminal: boolean): string {
  return `${JSON.stringify(document, null, terminal ? 2 : undefined)}\n`;
}
