import { resolve } from 'node:path';
import { asyncBufferFromFile } from 'hyparquet';
import type { Config } from '../config/config.js';
import type { Problem } from '../config/problems.js';
import type { ExportFormat } from '../contract/export-formats.js';
import type { ResourceRecord } from '../contract/record.js';
import { exportRecords } from '../core/export-records.js';
import { fromParquet } from '../core/from-parquet.js';
import { projectionKey } from '../core/layout.js';
import { hasUnitFiles, manifestRecords } from '../core/manifest-records.js';
import type { Snapshot } from '../core/snapshots.js';
import { abortable } from '../core/stop.js';
import { reasonOf } from '../core/unit-file.js';
import { openScratchFolder } from '../process/scratch-folder.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { dayParquet, soundTruth } from './day-parquet.js';
import { type Day, findDay } from './days.js';
import type { CommandResult, Host, LongResult } from './host.js';
import { json } from './json.js';
import { print, usageOutcome } from './outcome.js';
import { reading } from './reading.js';
import { newRunId } from './run-id.js';
import { NotWritable, writeWhole } from './whole-file.js';

export interface ExportWanted {
  readonly format: ExportFormat;
  /** undefined: stdout. */
  readonly out: string | undefined;
  readonly date: string | undefined;
  readonly region: string | undefined;
}

type Result = CommandResult | LongResult;

/** `arv export`: a day's records, as they come, to stdout or into a file. It reads the store alone: no AWS, no lock. */
export async function exportCommand(config: Config, wanted: ExportWanted, host: Host): Promise<Result> {
  const { format, out, region = null } = wanted;
  const refuse = (problem: Problem) => {
    const head = { services: [], region, run_id: newRunId(host.clock.now()) };
    return print(usageOutcome([problem], config.lang, head), config, host);
  };
  if (format === 'parquet' && out === undefined && host.stdoutIsTerminal)
    return refuse({ kind: 'terminal', option: '--format parquet' });
  return reading<Result>(config, host, region, async (store) => {
    const day = await findDay(store, config, wanted);
    if ('problem' in day) return refuse(day.problem);
    const records = abortable(recordsOf(store, day.snapshots, host.signal), host.signal);
    if (out === undefined) return { exitCode: 0, stdout: exportRecords(records, format) };
    try {
      const stdout = json(await writeDay(records, day, format, resolve(out)), host.stdoutIsTerminal);
      return { exitCode: 0, stdout };
    } catch (error) {
      if (!(error instanceof NotWritable)) throw error;
      return refuse({ kind: 'noFile', option: '--out', value: out, reason: error.message });
    }
  });
}

async function writeDay(records: AsyncIterable<ResourceRecord>, { date }: Day, format: ExportFormat, out: string) {
  let count = 0;
  async function* counted() {
    for await (const record of records) {
      count += 1;
      yield record;
    }
  }
  const bytes = await writeWhole(out, exportRecords(counted(), format));
  return { date, format, out, records: count, bytes };
}

async function* recordsOf(
  store: Store,
  snapshots: readonly Snapshot[],
  signal: AbortSignal,
): AsyncIterable<ResourceRecord> {
  for (const snapshot of snapshots) {
    const { manifest } = await soundTruth(store, snapshot);
    if (await hasUnitFiles(store, manifest)) yield* manifestRecords(store, manifest);
    else yield* publishedRecords(store, snapshot, signal);
  }
}

/** Of a day whose unit files have expired, the Parquet file is what is left. */
async function* publishedRecords(store: Store, snapshot: Snapshot, signal: AbortSignal): AsyncIterable<ResourceRecord> {
  const scratch = await openScratchFolder();
  try {
    yield* fromParquet(await asyncBufferFromFile(await dayParquet(store, snapshot, scratch, signal)));
  } catch (error) {
    if (error instanceof StoreUnavailable || signal.aborted) throw error;
    const uri = store.uri(projectionKey(snapshot.scope, snapshot.date));
    throw new StoreUnavailable(`${uri}: the file cannot be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    scratch.remove();
  }
}
