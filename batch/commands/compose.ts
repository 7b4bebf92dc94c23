import { createClientFactory } from '../aws/clients.js';
import { createCredentials } from '../aws/credentials.js';
import { sdkLogger } from '../aws/sdk-logger.js';
import { type CallObserver, createAwsSource } from '../aws/source.js';
import type { Config } from '../config/config.js';
import { ERRORS } from '../contract/errors.js';
import { fill } from '../contract/text.js';
import type { Deps } from '../core/run.js';
import { unguardedLeases } from '../lease/unguarded.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { createRedactor } from '../logging/redaction.js';
import { CATALOG } from '../services/index.js';
import { openDirectoryStore } from '../store/directory.js';
import type { Host } from './host.js';

export interface Composed {
  readonly deps: Deps;
  readonly logger: Logger;
  /** Ends connections and flushes the log. */
  close(): Promise<void>;
}

/** Builds everything that one run stands on. Nothing is shared with any other run. */
export function compose(config: Config, region: string, runId: string, host: Host, observer?: CallObserver): Composed {
  const redactor = createRedactor();
  const redact = (text: string) => redactor.text(text);
  const logger = createLogger({
    runId,
    lang: config.lang,
    level: config.log.level,
    file: config.runType === 'local' ? config.log : null,
    console: host.stderr,
    terminal: host.stderrIsTerminal,
    quiet: config.quiet,
    redactor,
    clock: host.clock,
  });
  const clients = createClientFactory({
    credentials: createCredentials(config.run.profile, region, (secret) => redactor.add(secret), sdkLogger(logger)),
    endpointUrl: config.endpointUrl,
    policy: config.calls,
    random: host.random,
    log: logger,
  });
  const source = createAwsSource({ clients, region, redact, ...(observer === undefined ? {} : { observer }) });
  const deps: Deps = {
    catalog: CATALOG,
    source,
    openStore: () => openDirectoryStore(config.store),
    leases: unguardedLeases,
    clock: host.clock,
    log: logger,
    describe: (code, fields) => redact(fill(ERRORS[code].text[config.lang], fields)),
  };
  const close = async () => {
    source.close();
    await logger.close();
  };
  return { deps, logger, close };
}
