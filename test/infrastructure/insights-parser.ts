/**
 * The part of CloudWatch Logs Insights that the saved queries use: fields, filter (and, or, =, in, ispresent), stats
 * (max … by field or bin), sort, limit. It throws on anything else. No emulator knows more than fields, sort and limit.
 */
type Value = string | number;
export type Row = Readonly<Record<string, Value>>;

interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
}

const TOKEN =
  /\s*(?:`(?<quoted>[^`]+)`|"(?<text>[^"\\]*)"|(?<number>\d+)|(?<name>[@A-Za-z_][\w.]*)|(?<sign>[=(),|[\]]))/y;

function tokens(query: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(query)?.groups;
    if (groups === undefined) throw new Error(`not known in a query: ${query.slice(at, at + 20)}`);
    const { quoted, text, number, name, sign } = groups;
    if (text !== undefined) found.push({ kind: 'text', text });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (sign !== undefined) found.push({ kind: 'sign', text: sign });
    else found.push({ kind: 'name', text: quoted ?? name ?? '' });
  }
  return found;
}

type Test = (row: Row) => boolean;
type Command = (rows: readonly Row[]) => readonly Row[];

export class QueryParser {
  /** Fields of the lines that the query names; not the names that it gives itself. */
  readonly named = new Set<string>();
  readonly #given = new Set<string>();
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(query: string) {
    this.#tokens = tokens(query);
  }

  commands(): Command[] {
    const all = [this.#command()];
    while (this.#takes('|')) all.push(this.#command());
    if (this.#at < this.#tokens.length) throw this.#unknown();
    return all;
  }

  #command(): Command {
    const word = this.#name();
    switch (word) {
      case 'fields':
        return this.#fields();
      case 'filter': {
        const test = this.#either();
        return (rows) => rows.filter(test);
      }
      case 'stats':
        return this.#stats();
      case 'sort':
        return this.#sort();
      case 'limit': {
        const count = this.#number();
        return (rows) => rows.slice(0, count);
      }
      default:
        throw new Error(`the command ${word} is not known here`);
    }
  }

  /** Later commands still see every field; what is shown is picked at the end. */
  #fields(): Command {
    this.shown = this.#list(() => this.#field());
    return (rows) => rows;
  }
  shown: readonly string[] | null = null;

  #either(): Test {
    const tests = [this.#both()];
    while (this.#takes('or')) tests.push(this.#both());
    return (row) => tests.some((test) => test(row));
  }

  #both(): Test {
    const tests = [this.#comparison()];
    while (this.#takes('and')) tests.push(this.#comparison());
    return (row) => tests.every((test) => test(row));
  }

  #comparison(): Test {
    if (this.#takes('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    if (this.#takes('ispresent')) {
      this.#expect('(');
      const field = this.#field();
      this.#expect(')');
      return (row) => row[field] !== undefined;
    }
    const field = this.#field();
    if (this.#takes('=')) {
      const value = this.#literal();
      return (row) => row[field] === value;
    }
    this.#expect('in');
    this.#expect('[');
    const values = this.#list(() => this.#literal());
    this.#expect(']');
    return (row) => values.some((value) => row[field] === value);
  }

  #stats(): Command {
    this.#expect('max');
    this.#expect('(');
    const field = this.#field();
    this.#expect(')');
    this.#expect('as');
    const alias = this.#give();
    this.#expect('by');
    const keys = this.#list(() => this.#groupKey());
    this.shown = [...keys.map(({ name }) => name), alias];
    return (rows) => {
      const groups = new Map<string, Row[]>();
      for (const row of rows) {
        const key = JSON.stringify(keys.map(({ of }) => of(row)));
        groups.set(key, [...(groups.get(key) ?? []), row]);
      }
      return [...groups.values()].map((members) => ({
        ...Object.fromEntries(keys.map(({ name, of }) => [name, of(members[0] ?? {})])),
        [alias]: Math.max(...members.map((row) => Number(row[field]))),
      }));
    };
  }

  #groupKey(): { readonly name: string; readonly of: (row: Row) => Value } {
    if (!this.#takes('bin')) {
      const name = this.#field();
      return { name, of: (row) => row[name] ?? '' };
    }
    this.#expect('(');
    if (this.#number() !== 1) throw this.#unknown();
    this.#expect('d');
    this.#expect(')');
    this.#expect('as');
    const name = this.#give();
    return { name, of: (row) => new Date(row['@timestamp'] ?? 0).toISOString().slice(0, 10) };
  }

  #sort(): Command {
    const keys = this.#list(() => ({ field: this.#field(), falling: this.#direction() }));
    return (rows) =>
      [...rows].sort((a, b) => {
        for (const { field, falling } of keys) {
          const order = compare(a[field], b[field]);
          if (order !== 0) return falling ? -order : order;
        }
        return 0;
      });
  }

  #direction(): boolean {
    const word = this.#name();
    if (word !== 'asc' && word !== 'desc') throw new Error(`sort ${word} is not known here`);
    return word === 'desc';
  }

  #field(): string {
    const name = this.#name();
    if (!this.#given.has(name)) this.named.add(name);
    return name;
  }

  #give(): string {
    const name = this.#name();
    this.#given.add(name);
    return name;
  }

  #list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.#takes(',')) all.push(one());
    return all;
  }

  #literal(): Value {
    const token = this.#next();
    if (token.kind === 'text') return token.text;
    if (token.kind === 'number') return Number(token.text);
    throw this.#unknown();
  }

  #number(): number {
    const token = this.#next();
    if (token.kind !== 'number') throw this.#unknown();
    return Number(token.text);
  }

  #name(): string {
    const token = this.#next();
    if (token.kind !== 'name') throw this.#unknown();
    return token.text;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'text' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw this.#unknown();
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#unknown();
    this.#at += 1;
    return token;
  }

  #unknown(): Error {
    return new Error(`not known here: ${this.#tokens[this.#at]?.text ?? 'the end'}`);
  }
}

function compare(a: Value | undefined, b: Value | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return a < b ? -1 : Number(a > b);
}
