import { parseArgv } from '../config/invocation.js';
import { DEFAULT_LANG, detectLang } from '../config/lang.js';
import { OPTIONS } from '../config/option-table.js';
import { parseConfig } from '../config/parse-config.js';
import type { Problem } from '../config/problems.js';
import { ENV } from '../contract/environment.js';
import type { Lang } from '../contract/text.js';
import { GLOBAL_REGION } from '../core/model.js';
import type { CommandResult, Host } from './host.js';
import { print, usageOutcome } from './outcome.js';
import { newRunId } from './run-id.js';
import { writeMetrics } from './run-metrics.js';

type Flags = Readonly<Record<string, unknown>>;

/** argv → what goes to stdout, and the exit code. Commands are loaded when they are called for. */
export async function dispatch(argv: readonly string[], version: string, host: Host): Promise<CommandResult> {
  const detected = detectLang(argv, host.env);
  const lang = detected ?? DEFAULT_LANG;
  const invocation = await parseArgv(argv, lang, version);
  if (invocation.kind === 'print') return { exitCode: 0, stdout: `${invocation.text}\n` };
  const { flags, command, action, problems } = invocation;
  // `services` reads nothing of AWS: the environment of a run is not looked at.
  const env = command === 'services' ? {} : host.env;
  // `global` is where what belongs to the account is filed and locked, but no region to collect or to call.
  const ofAccount = command !== 'collect' && flags.region === GLOBAL_REGION;
  const settings = ofAccount ? { ...flags, region: undefined } : flags;
  const parsed = parseConfig({ flags: settings, env, now: host.clock.now(), lang: detected });
  const own = dateProblems(flags.date);
  if ('problems' in parsed) return usage([...problems, ...own, ...parsed.problems], flags, parsed.lang, host);
  if (problems.length + own.length > 0) return usage([...problems, ...own], flags, lang, host);
  const { config } = parsed;
  switch (command) {
    case 'services':
      return (await import('./services.js')).servicesCommand(config, host);
    case 'lock':
      return (await import('./lock.js')).lockCommand(
        config,
        { release: action === 'release', yes: flags.yes === true, ofAccount },
        host,
      );
    case 'snapshots': {
      const wanted = { date: flags.date as string | undefined, region: flags.region as string | undefined };
      return (await import('./snapshots.js')).snapshotsCommand(action ?? 'list', config, wanted, host);
    }
    default:
      return (await import('./collect.js')).collectCommand(config, host);
  }
}

function dateProblems(value: unknown): Problem[] {
  const { schema, accepts } = OPTIONS.targetDate;
  return value === undefined || schema.safeParse(value).success
    ? []
    : [{ kind: 'value', option: '--date', value, accepts }];
}

function usage(problems: readonly Problem[], flags: Flags, lang: Lang, host: Host): Promise<CommandResult> {
  const outcome = usageOutcome(problems, lang, {
    services: Array.isArray(flags.services) ? flags.services.map(String) : [],
    region: typeof flags.region === 'string' && flags.region !== '' ? flags.region : null,
    run_id: newRunId(host.clock.now()),
  });
  writeMetrics(outcome, host.env[ENV.runType], host);
  return print(outcome, { output: flags.output === 'table' ? 'table' : 'json', lang }, host);
}
