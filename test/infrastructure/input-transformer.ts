interface InputTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/**
 * The text that a target gets, as EventBridge makes it: every `<name>` of the template becomes the value at its path, or
 * nothing when the event has none ("Input transformation", EventBridge User Guide). Each line is a JSON string and keeps
 * its quotation marks.
 */
export function transformed({ InputPathsMap, InputTemplate }: InputTransformer, event: unknown): string {
  const text = InputTemplate.replace(/<([\w-]+)>/g, (whole, name: string) => {
    const path = InputPathsMap[name];
    return path === undefined ? whole : inString(valueAt(event, path));
  });
  // What is no JSON string line by line would be refused when the rule is made.
  for (const line of text.split('\n')) JSON.parse(line);
  return text;
}

/** `$.detail.containers[0].exitCode`: the part of JSONPath that EventBridge knows. */
function valueAt(event: unknown, path: string): unknown {
  if (!/^\$(\.[\w-]+(\[\d+\])?)+$/.test(path)) throw new Error(`EventBridge does not know the path ${path}`);
  const keys = path.match(/[\w-]+/g) ?? [];
  // biome-ignore lint/suspicious/noExplicitAny: an event is JSON of any form.
  return keys.reduce((value: any, key) => value?.[key], event);
}

function inString(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(String(value)).slice(1, -1);
}
