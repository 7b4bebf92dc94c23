import { ENV } from '../contract/environment.js';
import { EXIT } from '../contract/errors.js';
import { ecsTask } from '../process/ecs-task.js';
import { thisProcess } from '../process/identity.js';
import { VERSION } from '../version.js';
import { type CommandResult, type Host, type LongResult, systemClock } from './host.js';

/** Runs what argv asks for, in this process. The program itself is loaded here, and not at all to tell its version. */
export async function start(argv: readonly string[], signal: AbortSignal): Promise<CommandResult | LongResult> {
  if (argv.length === 1 && argv[0] === '--version') return { exitCode: EXIT.complete, stdout: `${VERSION}\n` };
  const { dispatch } = await import('./dispatch.js');
  const task = await ecsTask(process.env[ENV.ecsMetadata], signal);
  const host: Host = {
    env: process.env,
    clock: systemClock,
    random: Math.random,
    owner: task?.arn ?? thisProcess(),
    ask: process.stdin.isTTY === true ? (question) => askOnTerminal(question, signal) : null,
    stderr: process.stderr,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    signal,
  };
  return dispatch(argv, VERSION, host);
}

/** The question goes to stderr: stdout is for the document. */
async function askOnTerminal(question: string, signal: AbortSignal): Promise<string | null> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal that is gone cannot be set back; it closes all the same.
  terminal.on('error', () => {});
  // While it reads, Ctrl+C is a key like any other.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  try {
    return await Promise.race([terminal.question(question, { signal }), closed]);
  } finally {
    terminal.close();
  }
}
