/** One document: indented for a person at a terminal, on one line for a program. */
export function json(document: unknown, terminal: boolean): string {
  return `${JSON.stringify(document, null, terminal ? 2 : undefined)}\n`;
}

/** An entry of a list of such a document. */
export function jsonEntry(value: unknown, terminal: boolean): string {
  return terminal ? lineAt(2) + JSON.stringify(value, null, 2).replaceAll('\n', lineAt(2)) : JSON.stringify(value);
}

/** A document that ends with lists too long to be held, in the same form. The entries are parted by commas already. */
export async function* jsonWithLists(
  head: object,
  lists: Iterable<readonly [name: string, entries: AsyncIterable<Uint8Array>]>,
  terminal: boolean,
): AsyncIterable<string | Uint8Array> {
  const line = terminal ? lineAt : () => '';
  yield json(head, terminal).trimEnd().slice(0, -1).trimEnd();
  for (const [name, entries] of lists) {
    yield `,${line(1)}${JSON.stringify(name)}:${terminal ? ' ' : ''}[`;
    let empty = true;
    for await (const piece of entries) {
      empty = false;
      yield piece;
    }
    yield empty ? ']' : `${line(1)}]`;
  }
  yield `${line(0)}}\n`;
}

function lineAt(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}
