import Table from 'cli-table3';
import { SERVICES } from '../core/model.js';
import { CATALOG } from '../services/index.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';

/** `arv services`: what is collected, and the IAM actions that it takes. */
export function servicesCommand(output: 'json' | 'table', host: Host): CommandResult {
  if (output === 'table') {
    const table = new Table({
      head: ['Service', 'Resource type', 'Scope', 'IAM actions'],
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
