import Table from 'cli-table3';
import type { Config } from '../config/config.js';
import { SERVICES } from '../core/model.js';
import { CATALOG } from '../services/index.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';

const HEAD = {
  ja: ['サービス', 'リソースタイプ', '範囲', 'IAM アクション'],
  en: ['Service', 'Resource type', 'Scope', 'IAM actions'],
} as const;

/** `arv services`: what is collected, and the IAM actions that it takes. */
export function servicesCommand({ output, lang }: Pick<Config, 'output' | 'lang'>, host: Host): CommandResult {
  if (output === 'table') {
    const table = new Table({
      head: [...HEAD[lang]],
      style: { head: [], border: [] },
    });
    for (const row of CATALOG) table.push([row.service, row.type, row.scope, row.actions.join('\n')]);
    return { exitCode: 0, stdout: `${table.toString()}\n` };
  }
  const services = SERVICES.map((service) => ({
    service,
    resource_types: CATALOG.filter((row) => row.service === service).map(({ type, scope, principal, actions }) => ({
      resource_type: type,
      scope,
      principal,
      actions,
    })),
  }));
  const actions = [...new Set(CATALOG.flatMap((row) => row.actions))].sort();
  return { exitCode: 0, stdout: json({ services, actions }, host.stdoutIsTerminal) };
}
