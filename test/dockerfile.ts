import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Instruction {
  /** In capitals: `COPY`. */
  readonly word: string;
  readonly rest: string;
}

export interface Stage {
  /** Name of the image it stands on, its arguments filled in. */
  readonly base: string;
  /** Of `--platform`, as it stands there. */
  readonly platform: string | undefined;
  readonly instructions: readonly Instruction[];
}

export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** The stages of the project's Dockerfile, the last one being the image. */
export function dockerfileStages(): Stage[] {
  const args = new Map<string, string>();
  const stages: { base: string; platform: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(readFileSync(`${PROJECT}Dockerfile`, 'utf8'))) {
    const { word, rest } = instruction;
    const last = stages.at(-1);
    if (word === 'FROM') {
      const [, platform, base = ''] = /^(?:--platform=(\S+)\s+)?(\S+)/.exec(rest) ?? [];
      stages.push({
        base: base.replace(/\$\{(\w+)\}/g, (_, name) => args.get(name) ?? ''),
        platform,
        instructions: [],
      });
    } else if (last) {
      last.instructions.push(instruction);
    } else if (word === 'ARG') {
      const [name = '', value = ''] = rest.split('=');
      args.set(name, value);
    }
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
  return [...lines.matchAll(/^(\w+)\s+(.*)$/gm)].map(([, word = '', rest = '']) => ({
    word: word.toUpperCase(),
    rest,
  }));
}
