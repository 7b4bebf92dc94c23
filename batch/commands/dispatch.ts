import { parseArgv } from '../config/invocation.js';
import { DEFAULT_LANG, detectLang } from '../config/lang.js';
import {
  flagsOfRedrive,
  formatProblems,
  orderProblems,
  problemsOfRedrive,
  queueProblems,
} from '../config/own-flags.js';
import { readOwnOptions } from '../config/own-options.js';
import { parseConfig } from '../config/parse-config.js';
import type { Problem } from '../config/problems.js';
import { ENV } from '../contract/environment.js';
import type { Lang } from '../contract/text.js';
import { GLOBAL_REGION } from '../core/model.js';
import type { ExportWanted } from './export.js';
import type { CommandResult, Host, LongResult } from './host.js';
import { print, usageOutcome } from './outcome.js';
import type { QueryWanted } from './query-plan.js';
import { newRunId } from './run-id.js';
import { writeMetrics } from './run-metrics.js';

type Flags = Readonly<Record<string, unknown>>;

/** argv → what goes to stdout, and the exit code. Commands are loaded when they are called for. */
export async function dispatch(
  argv: readonly string[],
  version: string,
  host: Host,
): Promise<CommandResult | LongResult> {
  const detected = detectLang(argv, host.env);
  const lang = detected ?? DEFAULT_LANG;
  const invocation = await parseArgv(argv, lang, version);
  if (invocation.kind === 'print') return { exitCode: 0, stdout: `${invocation.text}\n` };
  const { flags, command, action, operand } = invocation;
  const now = host.clock.now();
  // `global` is where what belongs to the account is filed and locked, but no region to collect or to call.
  const redrives = action === 'redrive';
  const ofAccount = command !== 'collect' && !redrives && flags.region === GLOBAL_REGION;
  const given = redrives ? flagsOfRedrive(flags) : flags;
  const settings = ofAccount ? { ...given, region: undefined } : given;
  const parsed = parseConfig({ flags: settings, env: environmentOf(command, host.env), now, lang: detected });
  const own = readOwnOptions(given);
  const problems = [...invocation.problems, ...(await problemsOf(command, operand, flags, now)), ...own.problems];
  if ('problems' in parsed) {
    const ofConfig = redrives ? problemsOfRedrive(parsed.problems) : parsed.problems;
    return usage(command, [...problems, ...ofConfig], flags, parsed.lang, host);
  }
  problems.push(...queueProblems(flags, parsed.config));
  if (problems.length > 0) return usage(command, problems, flags, lang, host);
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
    case 'diff': {
      const { from, to, region } = flags as Readonly<Record<'from' | 'to' | 'region', string | undefined>>;
      return (await import('./diff.js')).diffCommand(config, { from, to, region }, host);
    }
    case 'query': {
      const { name, param, date, region } = flags as Pick<QueryWanted, 'name' | 'param' | 'date' | 'region'>;
      const wanted = { sql: operand, list: flags.list === true, name, param, date, region };
      return (await import('./query.js')).queryCommand(config, wanted, host);
    }
    case 'export': {
      const { format, out, date, region } = flags as Readonly<Record<string, unknown>> & ExportWanted;
      return (await import('./export.js')).exportCommand(config, { format, out, date, region }, host);
    }
    case 'schedule':
      return (await import('./schedule.js')).scheduleCommand(config, { expression: operand ?? '', ...own }, host);
    case 'idle':
      return (await import('./idle.js')).idleCommand(config, own.minutes, host);
    case 'doctor':
      return (await import('./doctor.js')).doctorCommand(config, host);
    case 'failures':
      return (await import('./failures.js')).failuresCommand(action ?? 'list', config, flags, host);
    default:
      return (await import('./collect.js')).collectCommand(config, host);
  }
}

/** What is wrong with the words of one command only. */
async function problemsOf(command: string, operand: string | null, flags: Flags, now: Date): Promise<Problem[]> {
  if (command === 'failures') return orderProblems(flags);
  if (command === 'export') return formatProblems(flags);
  if (command !== 'schedule' || operand === null) return [];
  return (await import('./schedule.js')).expressionProblems(operand, now);
}

/** What these commands look at of the environment, besides the language: that of a run may not get in their way. */
const LOOKED_AT: Readonly<Record<string, readonly string[]>> = {
  services: [],
  schedule: [ENV.timeZone],
  idle: [ENV.logLevel, ENV.runType, ENV.logDir],
};

function environmentOf(command: string, env: Host['env']): Host['env'] {
  const names = LOOKED_AT[command];
  return names === undefined ? env : Object.fromEntries(names.map((name) => [name, env[name]]));
}

function usage(
  command: string,
  problems: readonly Problem[],
  flags: Flags,
  lang: Lang,
  host: Host,
): Promise<CommandResult> {
  const outcome = usageOutcome(problems, lang, {
    services: Array.isArray(flags.services) ? flags.services.map(String) : [],
    region: typeof flags.region === 'string' && flags.region !== '' ? flags.region : null,
    run_id: newRunId(host.clock.now()),
  });
  // Only a run counts as one that failed.
  if (command === 'collect') writeMetrics(outcome, host.env[ENV.runType], host);
  return print(outcome, { output: flags.output === 'table' ? 'table' : 'json', lang }, host);
}
