import { constants } from 'node:buffer';
import Table from 'cli-table3';
import type { Config } from '../config/config.js';
import type { Problem } from '../config/problems.js';
import { NAMED_QUERIES, type NamedQuery } from '../contract/named-queries.js';
import { inPieces, toJson } from '../core/export-records.js';
import { openScratchFolder, type ScratchFolder } from '../process/scratch-folder.js';
import { type Answer, Database, SqlError, SqlFailed, WrongParameters } from '../query/database.js';
import { type DuckDb, DuckDbMissing, loadDuckDb } from '../query/load-duckdb.js';
import { VIEWS } from '../query/views.js';
import type { Store } from '../store/store.js';
import { type Day, findDay } from './days.js';
import type { CommandResult, Host, LongResult } from './host.js';
import { json } from './json.js';
import { failureOutcome, print, usageOutcome } from './outcome.js';
import { planQuery, type QueryPlan, type QueryWanted } from './query-plan.js';
import { checkCopies, fillViews } from './query-views.js';
import { reading } from './reading.js';
import { newRunId } from './run-id.js';
import { harmless, tableOf } from './table.js';

type Result = CommandResult | LongResult;

/** `arv query`: SQL over the snapshots, with DuckDB. It reads the store alone: no AWS, no lock. */
export async function queryCommand(config: Config, wanted: QueryWanted, host: Host): Promise<Result> {
  const refuse = (problems: readonly Problem[]) =>
    print(usageOutcome(problems, config.lang, headOf(wanted, host)), config, host);
  const plan = planQuery(wanted);
  if (plan === 'list') return listQueries(config, host);
  if ('problems' in plan) return refuse(plan.problems);
  let api: DuckDb;
  try {
    api = loadDuckDb(process.cwd());
  } catch (error) {
    if (!(error instanceof DuckDbMissing)) throw error;
    const fields = { reason: error.message, install: error.install };
    const head = { hint: error.install, ...headOf(wanted, host) };
    return print(failureOutcome('DUCKDB_UNAVAILABLE', fields, config.lang, head), config, host);
  }
  return reading<Result>(config, host, wanted.region ?? null, async (store) => {
    const day = await findDay(store, config, wanted);
    if ('problem' in day) return refuse([day.problem]);
    try {
      return await answer(api, store, day, plan, config, host);
    } catch (error) {
      const problems = problemsOf(error);
      if (problems.length === 0) throw error;
      return refuse(problems);
    }
  });
}

/** What is wrong with the SQL; none for any other error. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof SqlError)
    return [{ kind: 'sql', option: 'query', reason: error.message, accepts: VIEWS.join(', ') }];
  if (!(error instanceof WrongParameters)) return [];
  const { known, missing, unknown } = error;
  const accepts = known.join(', ') || '–';
  return [
    ...missing.map((name): Problem => ({ kind: 'missing', option: `--param ${name}`, accepts: `${name}=…` })),
    ...unknown.map((value): Problem => ({ kind: 'unknownParameter', option: '--param', value, accepts })),
  ];
}

function headOf({ region }: QueryWanted, host: Host) {
  return { services: [], region: region ?? null, run_id: newRunId(host.clock.now()) };
}

async function answer(
  api: DuckDb,
  store: Store,
  day: Day,
  plan: QueryPlan,
  config: Config,
  host: Host,
): Promise<Result> {
  const scratch = await openScratchFolder();
  const work = async (database: Database) => {
    try {
      await fillViews(database, store, day, plan.sql, scratch, host.signal);
      if (Object.keys(plan.named).length > 0) await database.defineParameters(plan.named);
      return await begun(shown(await database.run(plan.sql, plan.bound), config));
    } catch (error) {
      const isOfWords =
        error instanceof WrongParameters || (error instanceof SqlError && !(error instanceof SqlFailed));
      if (!isOfWords) await checkCopies(store, day, scratch, host.signal);
      throw error;
    }
  };
  return inDatabase(api, scratch, host.signal, work);
}

/** Everything is gone once the last piece has been given, or it has failed. */
async function inDatabase(
  api: DuckDb,
  scratch: ScratchFolder,
  signal: AbortSignal,
  work: (database: Database) => Promise<AsyncIterable<string>>,
): Promise<LongResult> {
  const database = await Database.open(api, scratch.path);
  const interrupt = () => database.interrupt();
  signal.addEventListener('abort', interrupt);
  const end = () => {
    signal.removeEventListener('abort', interrupt);
    database.close();
    scratch.remove();
  };
  async function* ending(pieces: AsyncIterable<string>): AsyncIterable<string> {
    try {
      for await (const piece of pieces) {
        signal.throwIfAborted();
        yield piece;
      }
    } finally {
      end();
    }
  }
  try {
    signal.throwIfAborted();
    return { exitCode: 0, stdout: ending(await work(database)) };
  } catch (error) {
    end();
    signal.throwIfAborted();
    throw error;
  }
}

async function* shown({ columns, rows }: Answer, { output }: Config): AsyncIterable<string> {
  try {
    yield* inPieces(output === 'json' ? toJson(rows) : tablesOfRows(columns, rows));
  } catch (error) {
    if (!isTooLong(error)) throw error;
    throw new SqlError(`a row of the answer is longer than ${constants.MAX_STRING_LENGTH} characters`, {
      cause: error,
    });
  }
}

/** What Node says of bytes, and V8 of texts. */
function isTooLong(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ERR_STRING_TOO_LONG') || error.message === 'Invalid string length';
}

/** The same with its first piece made: what is wrong with that is told in place of the answer. */
async function begun(pieces: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const rest = pieces[Symbol.asyncIterator]();
  const first = await rest.next();
  return (async function* () {
    for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value;
  })();
}

/** Rows of a table, which is held whole; the library takes no more than some hundred thousand. */
const ROWS = 1000;

/** A table; of many rows one after another, each with its head. */
async function* tablesOfRows(columns: readonly string[], rows: Answer['rows']): AsyncIterable<string> {
  const empty = () => new Table({ head: columns.map(harmless), style: { head: [], border: [], compact: true } });
  let table = empty();
  for await (const row of rows) {
    if (table.length === ROWS) {
      yield `${table.toString()}\n`;
      table = empty();
    }
    table.push(columns.map((column) => cell(row[column])));
  }
  yield `${table.toString()}\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return harmless(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', '·');
}

function listQueries({ lang, output }: Config, host: Host): CommandResult {
  const queries = Object.entries<NamedQuery>(NAMED_QUERIES).map(([name, { description, parameters, sql }]) => ({
    name,
    description: description[lang],
    parameters: parameters.map(({ value, description: about, ...parameter }) => ({
      ...parameter,
      description: about[lang],
      ...(parameter.required ? { example: value } : { default: value }),
    })),
    sql,
  }));
  if (output === 'json') return { exitCode: 0, stdout: json({ queries, views: VIEWS }, host.stdoutIsTerminal) };
  const rows = queries.map(({ name, parameters, description }) => ({
    name,
    parameters: parameters.map((parameter) => parameter.name).join(', '),
    description,
  }));
  return { exitCode: 0, stdout: tableOf(rows) };
}
