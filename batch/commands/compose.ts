import { join } from 'node:path';
import { createCircuits } from '../aws/circuit.js';
import { isDown } from '../aws/classify.js';
import { type ClientFactory, createClientFactory } from '../aws/clients.js';
import { createCredentials } from '../aws/credentials.js';
import { sdkLogger } from '../aws/sdk-logger.js';
import { type CallObserver, createAwsSource } from '../aws/source.js';
import type { Config } from '../config/config.js';
import { errorText } from '../contract/errors.js';
import type { Deps } from '../core/deps.js';
import { leaseFolder } from '../core/layout.js';
import type { Source } from '../core/model.js';
import { dynamoLeaseTable } from '../lease/dynamodb.js';
import { fileLeaseTable } from '../lease/file.js';
import type { LeaseTable } from '../lease/lease-table.js';
import { createLeases } from '../lease/leases.js';
import type { Logger } from '../logging/logger.js';
import { createRedactor } from '../logging/redaction.js';
import { isGoneHere } from '../process/identity.js';
import { CATALOG } from '../services/index.js';
import { openDirectoryStore } from '../store/directory.js';
import type { Host } from './host.js';
import { openLog } from './open-log.js';

export interface Composed {
  readonly deps: Deps;
  readonly logger: Logger;
  readonly leaseTable: LeaseTable;
  /** Ends connections and flushes the log. */
  close(): Promise<void>;
}

/** A service that is down is asked again after so many times the first pause of a retry: 5 s by default. */
const PROBE_PAUSES = 5;

/** Builds everything that one run stands on. Nothing is shared with any other run. */
export function compose(config: Config, region: string, runId: string, host: Host, observer?: CallObserver): Composed {
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
    clock: host.clock,
    log: logger,
  });
  const source = createAwsSource({
    clients,
    circuits,
    region,
    redact,
    ...(observer === undefined ? {} : { observer }),
  });
  const leaseTable = openLeaseTable(config, clients, region, source);
  const deps: Deps = {
    catalog: CATALOG,
    source,
    openStore: () => openDirectoryStore(config.store),
    leases: createLeases({
      table: leaseTable,
      clock: host.clock,
      log: logger,
      leaseMs: config.lock.leaseSeconds * 1000,
      owner: host.owner,
      isGone: isGoneHere,
    }),
    clock: host.clock,
    log: logger,
    describe: (code, fields) => redact(errorText(code, fields, config.lang)),
  };
  const close = async () => {
    source.close();
    await logger.close();
  };
  return { deps, logger, leaseTable, close };
}

/** The table where one is named, else files in the store: those exclude only who sees the same directory. */
function openLeaseTable(config: Config, clients: ClientFactory, region: string, source: Source): LeaseTable {
  const { table } = config.lock;
  if (table === null) return fileLeaseTable((key) => join(config.store, leaseFolder(key)));
  return dynamoLeaseTable({
    table,
    client: async () => {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
      return clients.create(DynamoDBClient, config.lock.region ?? region, {
        sent: 0,
        throttled: 0,
        operations: new Set(),
      });
    },
    describe: (error) => {
      const { code, message } = source.classify(error);
      return `${code}: ${message}`;
    },
  });
}
