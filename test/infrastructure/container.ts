import { join } from 'node:path';
import type { Json } from './templates.js';

/** What ECS starts: the image's program with these arguments and this environment. */
export interface Container {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

type Pair = readonly [name: string, value: string];

/** Of a task definition, as ECS describes it or as a template writes it. */
export function containerIn(definition: Json): Container {
  const [container] = definition.containerDefinitions ?? definition.ContainerDefinitions;
  const variables: Json[] = container.environment ?? container.Environment;
  return {
    command: container.command ?? container.Command,
    environment: Object.fromEntries(variables.map((one): Pair => [one.name ?? one.Name, one.value ?? one.Value])),
  };
}

/** As RunTask overrides it: another command takes the place, variables are added. */
export function overridden(container: Container, overrides: Json): Container {
  const [override = {}] = overrides.containerOverrides ?? [];
  const variables: Json[] = override.environment ?? [];
  return {
    command: override.command ?? container.command,
    environment: {
      ...container.environment,
      ...Object.fromEntries(variables.map((one): Pair => [one.name, one.value])),
    },
  };
}

/** What a target gets of an event: each `<name>` is the value at its path, as JSON. Paths are `$.name` here. */
export function transformed({ InputPathsMap, InputTemplate }: Json, event: Json): Json {
  const filled = InputTemplate.replace(/<(\w+)>/g, (_: string, name: string) => {
    const path: string = InputPathsMap[name];
    return JSON.stringify(event[path.replace(/^\$\./, '')]);
  });
  return JSON.parse(filled);
}

/** The event that EventBridge makes of a schedule. */
export function scheduledEvent(time: string, rule: string) {
  return {
    ...{ version: '0', id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa', 'detail-type': 'Scheduled Event' },
    ...{ source: 'aws.events', account: '123456789012', region: 'us-east-1', resources: [rule], detail: {}, time },
  };
}

/** The words of a printed command, as a POSIX shell would read them; only single quotes are used in them. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** The value of an option of a printed command. */
export function optionOf(command: string, name: string): string {
  const words = wordsOf(command);
  const value = words[words.indexOf(name) + 1];
  if (!words.includes(name) || value === undefined) throw new Error(`no ${name} in ${command}`);
  return value;
}

/** The container's environment outside of one: its `/tmp` is the folder. */
export function environmentIn(folder: string, { environment }: Container): Record<string, string> {
  const inside = ([name, value]: Pair): Pair => [name, value.startsWith('/tmp') ? join(folder, value.slice(4)) : value];
  return Object.fromEntries(Object.entries(environment).map(inside));
}
