import { describeProblem, type Problem } from '../config/problems.js';
import { type ErrorCode, errorText, exitCodeOf, hintOf } from '../contract/errors.js';
import type { Lang } from '../contract/text.js';
import type { ResultDocument, RunOutcome } from '../core/result.js';
import { createRedactor } from '../logging/redaction.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';

/** What is wrong with an invocation, each problem by itself too. A URL in it may hold a password. */
export function usageOutcome(
  problems: readonly Problem[],
  lang: Lang,
  rest: Pick<ResultDocument, 'services' | 'region' | 'run_id'>,
): RunOutcome {
  const redactor = createRedactor();
  const texts = problems.map((problem) => redactor.text(describeProblem(problem, lang)));
  return failureOutcome('USAGE', { problems: texts.join(' / ') }, lang, { problems: texts, ...rest });
}

/** A run that ended before it began. */
export function failureOutcome(
  code: ErrorCode,
  fields: Readonly<Record<string, unknown>>,
  lang: Lang,
  rest: Omit<ResultDocument, 'success' | 'error' | 'error_code'>,
): RunOutcome {
  const error = errorText(code, fields, lang);
  return {
    exitCode: exitCodeOf(code, fields),
    document: { success: false, error, error_code: code, ...hintOf(code), ...rest },
    counts: null,
  };
}

/** The outcome in the form that stdout gets. */
export async function print(
  { document, exitCode }: RunOutcome,
  form: { readonly output: 'json' | 'table'; readonly lang: Lang },
  host: Host,
): Promise<CommandResult> {
  if (form.output === 'json') return { exitCode, stdout: json(document, host.stdoutIsTerminal) };
  const { resultTable } = await import('./result-table.js');
  return { exitCode, stdout: resultTable(document, form.lang) };
}
