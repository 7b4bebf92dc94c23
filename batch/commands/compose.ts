import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Circuits, createCircuits } from '../aws/circuit.js';
import { isDown } from '../aws/classify.js';
import { type ClientFactory, createClientFactory, newMeter } from '../aws/clients.js';
import { createCredentials } from '../aws/credentials.js';
import { type DeadLetterQueue, sqsQueue } from '../aws/dead-letter-queue.js';
import { sdkLogger } from '../aws/sdk-logger.js';
import { type CallObserver, createAwsSource } from '../aws/source.js';
import { type Config, leaseRoot } from '../config/config.js';
import { ENV } from '../contract/environment.js';
import { errorText } from '../contract/errors.js';
import type { Deps } from '../core/deps.js';
import { leaseFolder } from '../core/layout.js';
import type { Source } from '../core/model.js';
import { dynamoLeaseTable } from '../lease/dynamodb.js';
import { fileLeaseTable, lookAtLeaseFile } from '../lease/file.js';
import type { LeaseTable } from '../lease/lease-table.js';
import { createLeases } from '../lease/leases.js';
import { Reserve } from '../lease/reserve.js';
import type { Logger } from '../logging/logger.js';
import { createRedactor } from '../logging/redaction.js';
import { openGauges } from '../process/gauges.js';
import { isGoneHere } from '../process/identity.js';
import { ResourceWatch } from '../process/resource-watch.js';
import { CATALOG } from '../services/index.js';
import type { Store } from '../store/store.js';
import type { Host } from './host.js';
import { openLog } from './open-log.js';
import { openStore } from './open-store.js';

export interface Composed {
  readonly deps: Deps;
  readonly logger: Logger;
  readonly leaseTable: LeaseTable;
  /** The store as it is, to read: a directory that is not there is not made. */
  readonly openExistingStore: () => Promise<Store>;
  readonly clients: ClientFactory;
  readonly circuits: Circuits;
  /** Takes the secrets of this run out of a text. */
  readonly redact: (text: string) => string;
  /** null: none is named. */
  readonly queue: DeadLetterQueue | null;
  /** Who holds a lease, for showing: writes nothing. */
  readonly lookAtLease: LeaseTable['read'];
  /** To be started by whoever runs for long. */
  readonly watch: ResourceWatch;
  /** Ends connections and flushes the log. */
  close(): Promise<void>;
}

/** A service that is down is asked again after so many times the first pause of a retry: 5 s by default. */
const PROBE_PAUSES = 5;

/** Builds everything that one run stands on. Nothing is shared with any other run. */
export function compose(config: Config, region: string, runId: string, host: Host, observer?: CallObserver): Composed {
  const { clock } = host;
  const redactor = createRedactor();
  const redact = (text: string) => redactor.text(text);
  const logger = openLog(config, runId, host, redactor);
  const clients = createClientFactory({
    credentials: createCredentials(config.run.profile, region, (secret) => redactor.add(secret), sdkLogger(logger)),
    endpointUrl: config.endpointUrl,
    policy: config.calls,
    random: host.random,
    log: logger,
  });
  const circuits = createCircuits({
    pauseMs: PROBE_PAUSES * config.calls.initialRetryDelay * 1000,
    isDown,
    clock,
    log: logger,
  });
  const source = createAwsSource({
    clients,
    circuits,
    region,
    redact,
    ...(observer === undefined ? {} : { observer }),
  });
  const home = config.lock.region ?? region;
  const access = { clients, region: home, classify: source.classify, clock, random: host.random, signal: host.signal };
  const reserve = new Reserve();
  const { leaseTable, lookAtLease } = openLeaseTable(config, clients, home, source, reserve, host);
  const watch = new ResourceWatch(() => openGauges(foldersOf(config), host.env[ENV.ecsMetadata], host.signal), logger);
  const leases = createLeases({
    table: leaseTable,
    clock,
    log: logger,
    leaseMs: config.lock.leaseSeconds * 1000,
    owner: host.owner,
    isGone: isGoneHere,
  });
  let toTell = config.lock.table === null && config.store.kind === 's3';
  const deps: Deps = {
    catalog: CATALOG,
    source,
    openStore: () => openStore(config, access),
    leases: {
      acquire: (...request) => {
        // Once, and only to those who take one: who reads keeps nobody out.
        if (toTell) logger.write('warn', 'lock.local', { dir: leaseRoot(config) });
        toTell = false;
        return leases.acquire(...request);
      },
    },
    clock,
    log: logger,
    peaks: () => watch.peaks(),
    describe: (code, fields) => redact(errorText(code, fields, config.lang)),
  };
  const close = async () => {
    watch.end();
    reserve.free();
    source.close();
    await logger.close();
  };
  return {
    deps,
    logger,
    leaseTable,
    lookAtLease,
    openExistingStore: () => openStore(config, access, true),
    clients,
    circuits,
    redact,
    queue: openQueue(config, clients, home),
    watch,
    close,
  };
}

function openQueue(config: Config, clients: ClientFactory, region: string): DeadLetterQueue | null {
  const url = config.deadLetterQueue;
  const { callTimeout } = config.calls;
  return url === null ? null : sqsQueue({ url, clients, region, callTimeout });
}

/** What is written to: the store, or what is on its way to S3; and the log where it is a file. */
function foldersOf({ store, runType, log }: Config): string[] {
  const folder = store.kind === 'directory' ? store.path : tmpdir();
  return [folder, ...(runType === 'local' ? [log.dir] : [])].map((path) => resolve(path));
}

/** The table where one is named, else files: those exclude only who sees the same directory. */
function openLeaseTable(
  config: Config,
  clients: ClientFactory,
  region: string,
  source: Source,
  reserve: Reserve,
  { clock }: Host,
): Pick<Composed, 'leaseTable' | 'lookAtLease'> {
  const { table } = config.lock;
  if (table === null) {
    const folderOf = (key: string) => join(leaseRoot(config), leaseFolder(key));
    const inStore = config.store.kind === 'directory';
    return {
      leaseTable: fileLeaseTable(folderOf, { reserve, inStore }),
      lookAtLease: (key) => lookAtLeaseFile(folderOf(key), clock),
    };
  }
  const leaseTable = dynamoLeaseTable({
    table,
    client: async () => {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
      return clients.create(DynamoDBClient, region, newMeter());
    },
    describe: (error) => {
      const { code, message } = source.classify(error);
      return `${code}: ${message}`;
    },
    isRefused: (error) => source.classify(error).class === 'fatal',
  });
  return { leaseTable, lookAtLease: leaseTable.read };
}
