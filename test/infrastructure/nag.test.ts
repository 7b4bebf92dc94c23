import { Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Context, type Synthesized, synthesize, VARIANTS } from './templates.js';

/** Findings that nobody has acknowledged, as `rule at construct`. */
function findings({ app }: Synthesized): string[] {
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
}

interface Acknowledged {
  readonly at: IConstruct;
  readonly id: string;
  readonly reason: string;
}

/** Each entry of the metadata that acknowledges something, which CDK does itself too: its key is `…::rule`. */
const entriesOf = (at: IConstruct): Record<string, string>[] =>
  at.node.metadata.flatMap(({ type, data }) => (type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY ? [data] : []));
const ruleOf = (key: string) => key.replace(/^annotation::/i, '');

/** What is acknowledged of the rules in the stack, with its reason. */
function acknowledged({ stack }: Synthesized): Acknowledged[] {
  return stack.node
    .findAll()
    .flatMap((at) =>
      entriesOf(at)
        .flatMap(Object.entries<string>)
        .map(([key, reason]) => ({ at, id: ruleOf(key), reason })),
    )
    .filter(({ id }) => id.startsWith('AwsSolutions-'));
}

/** The findings that come up without this one acknowledgement. */
function findingsWithout(of: Synthesized, { at, id }: Acknowledged): string[] {
  const taken = entriesOf(at).flatMap((entry) =>
    Object.entries(entry).flatMap(([key, reason]) => (ruleOf(key) === id ? [{ entry, key, reason }] : [])),
  );
  for (const { entry, key } of taken) delete entry[key];
  const found = findings(of);
  for (const { entry, key, reason } of taken) entry[key] = reason;
  return found;
}

const variants = new Map<string, Synthesized>();
beforeAll(() => {
  for (const [name, context] of Object.entries(VARIANTS)) variants.set(name, synthesize(context));
});
const variant = (name: string): Synthesized => variants.get(name) ?? synthesize(VARIANTS[name] as Context);

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  test('no finding of AwsSolutions without a written reason', () => {
    expect(findings(variant(name))).toEqual([]);
  });

  test('each reason is a sentence, and of one finding', () => {
    const all = acknowledged(variant(name));
    expect(all.length).toBeGreaterThan(0);
    for (const { id, reason } of all) {
      expect(id).toMatch(/^AwsSolutions-[A-Z]+\d+(\[.+\])?$/);
      expect(reason, id).toMatch(/^\S.{30,}\.$/);
    }
  });
});

test('no acknowledgement is stale: each holds back a finding in some variant', () => {
  const held = new Map<string, boolean>();
  for (const of of variants.values()) {
    for (const one of acknowledged(of)) {
      const name = `${one.id} at ${one.at.node.path}`;
      held.set(name, held.get(name) || findingsWithout(of, one).some((finding) => finding.startsWith(`${one.id} at `)));
    }
  }
  expect([...held].filter(([, needed]) => !needed).map(([name]) => name)).toEqual([]);
  expect(held.size).toBeGreaterThan(5);
});

describe('a finding', () => {
  test('without a reason is found', () => {
    const of = synthesize();
    new Queue(of.stack, 'Plain');
    const path = 'AwsResourceVisualizer/Plain/Resource';
    expect(findings(of)).toEqual([`AwsSolutions-SQS3 at ${path}`, `AwsSolutions-SQS4 at ${path}`]);
  });

  test('fails the synthesis of an app that has the rules as its plugin; without one, it passes', () => {
    const { app, stack } = synthesize();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const before = process.exitCode;
    expect(() => app.synth({ force: true })).not.toThrow();
    new Queue(stack, 'Plain', { enforceSSL: true, encryption: QueueEncryption.UNENCRYPTED });
    expect(() => app.synth({ force: true })).toThrow(/Plain\/Resource.*\n.*AwsSolutions-SQS3/);
    process.exitCode = before;
  });
});
