import type { Check } from './check.js';

/** Longer targets (paths) push their own line to the right, not all the others. */
const WIDEST = 44;

/** AWS's own words may hold line ends, and escapes that a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** One line a check, then how many there were of each kind. */
export function checkTable(checks: readonly Check[]): string {
  const width = Math.min(WIDEST, Math.max(...checks.map((check) => labelOf(check).length)));
  const lines = checks.map((check) => {
    const remedy = check.remedy === null ? '' : ` → ${check.remedy}`;
    return `${check.status.padEnd(4)} ${labelOf(check).padEnd(width)}  ${check.detail}${remedy}`;
  });
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const sum = (['OK', 'NG', 'SKIP'] as const).map((status) => `${status} ${count(status)}`).join(', ');
  return [...lines, sum].map((line) => `${line.replace(CONTROL, '·')}\n`).join('');
}

function labelOf({ check, target }: Check): string {
  return check === 'action' ? target : `${check} ${target}`;
}
