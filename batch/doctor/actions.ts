import pLimit from 'p-limit';
import { isAccepted } from '../core/ledger.js';
import type { Identity, Problem, ServiceName, Source, Unit } from '../core/model.js';
import { byService, plan } from '../core/plan.js';
import { settleAll } from '../core/settle.js';
import type { CatalogRow } from '../services/define.js';
import { CATALOG } from '../services/index.js';
import { bad, type Check, type CheckContext, good, untried } from './check.js';
import { remedyOf, troubleOf } from './remedy.js';
import { type Finding, tryRow } from './trial.js';

type RowUnit = Unit & { readonly resourceType: CatalogRow };

/** Every action as a line that says why none was tried. */
export function untriedActions(services: readonly ServiceName[], reason: string): Check[] {
  const rows = CATALOG.filter(({ service }) => services.includes(service));
  return [...new Set(rows.flatMap(({ actions }) => actions))].map((action) => untried('action', action, reason));
}

/** Every action that the run's rows need, each once. Services side by side, like a run; rows one after another. */
export async function examineActions(
  context: CheckContext,
  { source, identity, region }: { readonly source: Source; readonly identity: Identity; readonly region: string },
): Promise<Check[]> {
  const { services, concurrency } = context.config.run;
  const limit = pLimit(concurrency);
  const units = plan(CATALOG, services, region) as RowUnit[];
  const checks = await settleAll(
    byService(units).map((own) => limit(() => new ServiceVisit(context, source, identity, own as RowUnit[]).examine())),
  );
  return checks.flat();
}

/** One service's rows. */
class ServiceVisit {
  readonly #checks = new Map<string, Check>();
  /** Actions that need no further try. */
  readonly #known = new Set<string>();

  constructor(
    readonly context: CheckContext,
    readonly source: Source,
    readonly identity: Identity,
    readonly units: readonly RowUnit[],
  ) {}

  async examine(): Promise<Check[]> {
    /** The action whose call says that no other of this service can succeed either. */
    let stuck: string | null = null;
    for (const unit of this.units) {
      if (stuck === null) stuck = await this.#examineRow(unit);
      else this.#skipRest(unit, stuck);
    }
    return [...this.#checks.values()];
  }

  async #examineRow(unit: RowUnit): Promise<string | null> {
    const { source, identity, context } = this;
    const findings = await tryRow(unit, this.#known, source, identity, context.signal);
    for (const finding of findings) this.#record(unit, finding);
    const failed = findings.filter(({ result }) => typeof result === 'object');
    // Behind a list that failed there is nothing to try; another row may still have something.
    if (failed[0] !== undefined) this.#skipRest(unit, failed[0].action);
    const last = failed.find(({ result }) => ['Network', 'Credentials'].includes(troubleOf(result as Problem)));
    return last?.action ?? null;
  }

  #skipRest({ resourceType }: RowUnit, because: string): void {
    for (const action of resourceType.actions) {
      if (!this.#checks.has(action)) this.#skip(action, this.context.say('seeAction', { action: because }));
    }
  }

  #skip(action: string, detail: string): void {
    this.#checks.set(action, untried('action', action, detail));
  }

  #record(unit: RowUnit, finding: Finding): void {
    const { action, result } = finding;
    if (this.#known.has(action)) return;
    if (result !== 'empty' && result !== 'unneeded') this.#known.add(action);
    this.#checks.set(action, this.#checkOf(unit, finding));
  }

  #checkOf(unit: RowUnit, { action, result, on }: Finding): Check {
    const { say } = this.context;
    const types = this.#typesOf(action);
    const where = on === null ? types : say('triedOn', { types, resource: on });
    if (result === 'empty') return untried('action', action, say('nothingToTry', { types }));
    if (result === 'unneeded') return untried('action', action, say('notNeeded', { types }));
    return result === 'allowed' ? good('action', action, where) : this.#problem(unit, action, where, result);
  }

  #problem(unit: RowUnit, action: string, where: string, problem: Problem): Check {
    const { say, config } = this.context;
    const { code, message, status } = problem;
    const { type, listActions } = unit.resourceType;
    const fields = { types: where, code, message };
    // What a run would not count as missing either.
    if (status === 'unsupported') return untried('action', action, say('unsupported', fields));
    const gap = { resource_type: type, status };
    if (listActions.includes(action) && isAccepted(gap, unit.region, config.run.acceptedGaps)) {
      return untried('action', action, say('accepted', fields));
    }
    return bad('action', action, say('callFailed', fields), remedyOf(problem, action, this.identity.arn, say));
  }

  #typesOf(action: string): string {
    const rows = this.units.map(({ resourceType }) => resourceType).filter(({ actions }) => actions.includes(action));
    return rows.map(({ type }) => type).join(', ');
  }
}
