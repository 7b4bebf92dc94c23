import { readdirSync, readFileSync } from 'node:fs';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { NOTICES, type NoticeName, runbookSection } from '../../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import type { Lang } from '../../batch/contract/text.js';
import { matchesPattern } from './event-pattern.js';
import { transformed } from './input-transformer.js';
import { resolved, resourcesOf, stackOf, synthesized } from './synthesized.js';

const FOLDER = new URL('task-events/', import.meta.url);
/** Events in the form that AWS documents ("Amazon ECS task state change events"), as a task of this stack sends them. */
const EVENTS: Readonly<Record<string, ReturnType<typeof JSON.parse>>> = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [
    name.replace('.json', ''),
    JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')),
  ]),
);

const TOLD: Readonly<Record<string, NoticeName | null>> = {
  'exit-1': 'task-failed',
  'exit-3': 'task-failed',
  'exit-137': 'task-failed',
  'exit-143': 'task-failed',
  'exit-1-without-stop-code': 'task-failed',
  'exit-3-beside-an-agent': 'task-failed',
  'cannot-pull-container': 'task-not-started',
  'cannot-pull-beside-an-agent': 'task-not-started',
  capacity: 'task-not-started',
  'capacity-without-containers': 'task-not-started',
  'stopped-before-its-start': 'task-not-started',
  'exit-0': null,
  'exit-0-beside-an-agent': null,
  'another-family': null,
  'another-cluster': null,
  running: null,
};

const TEMPLATES: Readonly<Record<Lang, Template>> = {
  en: synthesized({ lang: 'en', alarmEmail: 'ops@example.com' }),
  ja: synthesized({ alarmEmail: 'ops@example.com' }),
};

/** The rule of each notice with its one target, by the notice's name in its logical id. */
function rulesOf(template: Template) {
  const rules = Object.entries(resourcesOf(template, 'AWS::Events::Rule'));
  return Object.fromEntries(
    NOTICES.map((notice) => {
      const found = rules.filter(([id]) => id.startsWith(`Notice${notice.replaceAll('-', '')}`));
      expect(found, notice).toHaveLength(1);
      const { EventPattern, Targets, ...rest } = resolved(found[0]?.[1].Properties, template);
      expect(Targets).toHaveLength(1);
      return [notice, { pattern: EventPattern, target: Targets[0], ...rest }];
    }),
  );
}

describe('which ends of a task are told', () => {
  const rules = rulesOf(TEMPLATES.en);

  test('every recorded event is judged here', () => {
    expect(Object.keys(EVENTS).sort()).toEqual(Object.keys(TOLD).sort());
  });

  test.each(Object.entries(TOLD))('%s: %s', (name, notice) => {
    const told = NOTICES.filter((one) => matchesPattern(rules[one]?.pattern, EVENTS[name]));
    expect(told).toEqual(notice === null ? [] : [notice]);
  });

  test('every exit code but 0 is told once, whatever the stop code', () => {
    const codes = [undefined, 0, 1, 2, 3, 4, 130, 137, 139, 143, 255];
    const stopCodes = [undefined, 'EssentialContainerExited', 'UserInitiated', 'TaskFailedToStart', 'SpotInterruption'];
    for (const exitCode of codes) {
      for (const stopCode of stopCodes) {
        const event = structuredClone(EVENTS['exit-1']);
        event.detail.containers[0].exitCode = exitCode;
        event.detail.stopCode = stopCode;
        // As it arrives: what is undefined is not there.
        const arrived = JSON.parse(JSON.stringify(event));
        const told = NOTICES.filter((one) => matchesPattern(rules[one]?.pattern, arrived));
        const silent = exitCode === 0 && stopCode !== 'TaskFailedToStart';
        expect(told, `${exitCode} ${stopCode}`).toHaveLength(silent ? 0 : 1);
      }
    }
  });
});

describe.each(['ja', 'en'] as const)('the message in %s', (lang) => {
  const rules = rulesOf(TEMPLATES[lang]);
  const told = Object.entries(TOLD).filter((entry): entry is [string, NoticeName] => entry[1] !== null);

  test.each(told)('of %s', (name, notice) => {
    const { detail, account, region } = EVENTS[name];
    const message = transformed(rules[notice]?.target.InputTransformer, EVENTS[name]);
    expect(message).not.toMatch(/<[\w-]+>|\{\w+\}|undefined|null|\[object/);
    const container = detail.containers[0];
    const facts = [account, region, detail.stoppedAt, detail.stopCode, detail.stoppedReason, detail.startedBy];
    const where = ['RunCommand', runbookSection(notice, lang), `${INFRASTRUCTURE.logStreamPrefix}/app/ID`];
    for (const fact of [...facts, detail.taskArn, container?.reason, ...where]) {
      if (fact !== undefined) expect(message).toContain(fact);
    }
    if (notice === 'task-failed') expect(message).toMatch(new RegExp(`(code|コード) ${container.exitCode}\\b`));
    // No line of a person's message is empty.
    expect(message.split('\n')).not.toContain('""');
    expect(/[぀-ヿ]/.test(message)).toBe(lang === 'ja');
  });

  test('leads to the log group in the console', () => {
    const message = transformed(rules['task-failed']?.target.InputTransformer, EVENTS['exit-1']);
    // The console encodes the name twice and writes `$` for `%`: `/` is `$252F`.
    const name = INFRASTRUCTURE.logGroup.replaceAll('/', '$252F');
    const console = 'https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1';
    expect(message).toContain(`${console}#logsV2:log-groups/log-group/${name}"`);
  });

  test('fits the limits of EventBridge', () => {
    for (const { target, Description } of Object.values(rules)) {
      expect(target.InputTransformer.InputTemplate.length).toBeLessThan(8192);
      expect(Object.keys(target.InputTransformer.InputPathsMap).every((key) => /^[\w-]+$/.test(key))).toBe(true);
      expect(Description.length).toBeLessThanOrEqual(512);
    }
  });
});

describe('how it is sent', () => {
  const template = TEMPLATES.en;

  test('tried again like the schedule, then put in the queue', () => {
    const all = Object.values(resourcesOf(template, 'AWS::Events::Rule')).flatMap(
      ({ Properties }) => Properties.Targets ?? [],
    );
    expect(all).toHaveLength(3);
    for (const { RetryPolicy, DeadLetterConfig } of all) {
      expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 7200, MaximumRetryAttempts: 24 });
      expect(DeadLetterConfig).toEqual(all[0].DeadLetterConfig);
    }
    // Each rule may send there, and only these.
    const policies = Object.entries(resourcesOf(template, 'AWS::SQS::QueuePolicy'));
    const policy = policies.find(([id]) => id.startsWith('Schedule'))?.[1];
    const senders = policy?.Properties.PolicyDocument.Statement.filter(
      ({ Action }: { Action: string }) => Action === 'sqs:SendMessage',
    );
    expect(senders).toHaveLength(3);
    for (const { Condition } of senders) expect(Object.keys(Condition.ArnEquals)).toEqual(['aws:SourceArn']);
  });

  test('by a topic under a key of its own, which alarms and rules may use', () => {
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: Match.objectLike({ 'Fn::GetAtt': Match.anyValue() }),
    });
    const [key] = Object.values(resourcesOf(template, 'AWS::KMS::Key'));
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    const own = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    const uses = ['kms:Decrypt', 'kms:GenerateDataKey*'];
    expect(services(key?.Properties.KeyPolicy)).toEqual({
      'cloudwatch.amazonaws.com': { Action: uses, Condition: own },
      'events.amazonaws.com': { Action: uses },
    });
    const [policy] = Object.values(resourcesOf(template, 'AWS::SNS::TopicPolicy'));
    expect(services(policy?.Properties.PolicyDocument)).toEqual({
      'cloudwatch.amazonaws.com': { Action: 'sns:Publish', Condition: own },
      // A condition would lose every message: EventBridge sends nothing to test ("Amazon SNS permissions").
      'events.amazonaws.com': { Action: 'sns:Publish' },
    });
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test('to the address that is set; without one, synth says that nobody is told', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
    const stack = stackOf();
    Template.fromStack(stack).resourceCountIs('AWS::SNS::Subscription', 0);
    Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('alarmEmail'));
  });
});

interface Statement {
  readonly Principal: { readonly Service?: string };
  readonly Action: string | readonly string[];
  readonly Condition?: object;
}

/** What each service may do, and when. */
function services({ Statement }: { readonly Statement: readonly Statement[] }): object {
  const granted = Statement.filter(({ Principal }) => Principal.Service !== undefined);
  return Object.fromEntries(
    granted.map(({ Principal, Action, Condition }) => [Principal.Service, { Action, ...(Condition && { Condition }) }]),
  );
}
