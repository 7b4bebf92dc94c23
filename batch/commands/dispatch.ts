import { parseArgv } from '../config/invocation.js';
import { DEFAULT_LANG, detectLang } from '../config/lang.js';
import { parseConfig } from '../config/parse-config.js';
import type { Problem } from '../config/problems.js';
import { ENV } from '../contract/environment.js';
import type { Lang } from '../contract/text.js';
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
  const { flags, command, problems } = invocation;
  if (command === 'services') {
    // It reads nothing of AWS: only its own two options are looked at, not the environment of a run.
    const parsed = parseConfig({ flags, env: {}, now: host.clock.now(), lang });
    const wrong = [...problems, ...('problems' in parsed ? parsed.problems : [])];
    if (wrong.length > 0 || 'problems' in parsed) return usage(wrong, flags, lang, host);
    return (await import('./services.js')).servicesCommand(parsed.config, host);
  }
  const parsed = parseConfig({ flags, env: host.env, now: host.clock.now(), lang: detected });
  if ('problems' in parsed) return usage([...problems, ...parsed.problems], flags, parsed.lang, host);
  if (problems.length > 0) return usage(problems, flags, lang, host);
  return (await import('./collect.js')).collectCommand(parsed.config, host);
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
