import { join } from 'node:path';
import type { DuckDBConnection, DuckDBMaterializedResult } from '@duckdb/node-api';
import type { DuckDb } from './load-duckdb.js';
import { plainValue } from './plain-value.js';
import { ATHENA_NAMES, quoted } from './views.js';

/** What DuckDB says is wrong with the SQL. */
export class SqlError extends Error {}

/** The same of SQL that was understood and then failed: what it read may be at fault. */
export class SqlFailed extends SqlError {}

/** Not the parameters that the SQL has: `$name`. */
export class WrongParameters extends Error {
  constructor(
    readonly known: readonly string[],
    readonly missing: readonly string[],
    readonly unknown: readonly string[],
  ) {
    super(`the SQL has the parameters ${known.join(', ')}`);
  }
}

/** Values by the names of parameters. */
export type Parameters = Readonly<Record<string, number | string>>;

/**
 * What gets past the lock, and no setting of DuckDB is against it: functions that turn on logs and profiles, which go to
 * stdout (where they may not be written, the process is aborted), and those that run a text as SQL, in which the names
 * of the others would not be seen. Behind a name come arguments; between them may be a comment, and any space that DuckDB
 * takes for one. Pragmas do the same; `EXPLAIN ANALYZE` executes them.
 */
const PAST_THE_LOCK =
  /\b(?:(?:en|dis)able_\w+|query|json_execute_serialized_sql)"?[^!-~]*(?:\(|--|\/\*)|\bexplain\b.*\bpragma\b/is;
const NOT_ALLOWED =
  'enable_…(), disable_…(), query(), json_execute_serialized_sql() and pragmas are disabled by configuration';

/** Most that DuckDB holds in memory; then it uses the disk, up to a limit too. */
const LIMITS = { memory_limit: '1GB', max_temp_directory_size: '16GB' };

const NO_EXTENSIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

export interface Answer {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<Readonly<Record<string, unknown>>>;
}

/**
 * A database in memory. First it is filled by `define`; from `lock` on it reads nothing but the files that were named
 * there, writes nothing anywhere, loads nothing, and no setting can be changed: SQL from outside may be run.
 */
export class Database {
  readonly #api: DuckDb;
  readonly #connection: DuckDBConnection;
  readonly #close: () => void;

  private constructor(api: DuckDb, connection: DuckDBConnection, close: () => void) {
    this.#api = api;
    this.#connection = connection;
    this.#close = close;
  }

  /** @param folder of its own, for what does not fit into memory */
  static async open(api: DuckDb, folder: string): Promise<Database> {
    const spill = { temp_directory: join(folder, 'spill'), extension_directory: folder, secret_directory: folder };
    const instance = await api.DuckDBInstance.create(':memory:', { ...LIMITS, ...NO_EXTENSIONS, ...spill });
    const connection = await instance.connect();
    const database = new Database(api, connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
    await database.define(`SET TimeZone = 'UTC'; ${ATHENA_NAMES}`);
    return database;
  }

  async define(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** `parameters`: one row, a column for each. */
  async defineParameters(values: Parameters): Promise<void> {
    const columns = Object.entries(values).map(
      ([name, value]) => `CAST($${name} AS ${typeof value === 'number' ? 'INTEGER' : 'VARCHAR'}) AS ${name}`,
    );
    await this.#connection.run(`CREATE TABLE parameters AS SELECT ${columns.join(', ')}`, { ...values });
  }

  async lock(files: readonly string[]): Promise<void> {
    await this.define(`
      SET allowed_paths = [${files.map(quoted).join(', ')}];
      SET enable_external_access = false;
      SET lock_configuration = true;`);
  }

  /**
   * The answer of the last statement. It is whole before its first row is given. Throws `SqlError`, `WrongParameters`;
   * while the rows are given, what JavaScript has against a value that is too long.
   */
  async run(sql: string, values: Parameters): Promise<Answer> {
    const api = this.#api;
    if (PAST_THE_LOCK.test(sql)) throw new SqlError(NOT_ALLOWED);
    const result = await this.#runAll(sql, values);
    const columns = distinct(result.columnNames());
    async function* rows() {
      for await (const chunk of result)
        for (const row of chunk.getRows())
          yield Object.fromEntries(columns.map((name, index) => [name, plainValue(api, row[index] ?? null)]));
    }
    return { columns, rows: rows() };
  }

  async #runAll(sql: string, values: Parameters): Promise<DuckDBMaterializedResult> {
    const refused = (error: Error) => {
      throw new SqlError(error.message, { cause: error });
    };
    const failed = (error: Error) => {
      throw new SqlFailed(error.message, { cause: error });
    };
    const statements = await this.#connection.extractStatements(sql).catch(refused);
    const prepare = async (index: number) => {
      const statement = await statements.prepare(index).catch(refused);
      if (statement.statementType === this.#api.StatementType.PRAGMA) throw new SqlError(NOT_ALLOWED);
      return statement;
    };
    for (let index = 0; index < statements.count - 1; index += 1) await (await prepare(index)).run().catch(failed);
    const last = await prepare(statements.count - 1);
    const known = Array.from({ length: last.parameterCount }, (_, index) => last.parameterName(index + 1));
    const given = Object.keys(values);
    const missing = known.filter((name) => !given.includes(name));
    const unknown = given.filter((name) => !known.includes(name));
    if (missing.length + unknown.length > 0) throw new WrongParameters(known, missing, unknown);
    last.bind({ ...values });
    return last.run().catch(failed);
  }

  /** Ends what is running: its promise rejects. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#close();
  }
}

/** A name of its own for each: of those that are the same, the later ones get a number with which they are free. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const given = new Set<string>();
  return names.map((name) => {
    let free = name;
    if (given.has(name)) for (let number = 1; taken.has(free); number += 1) free = `${name}:${number}`;
    taken.add(free);
    given.add(free);
    return free;
  });
}
