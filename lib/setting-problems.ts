import { parseSchedule } from '../batch/contract/schedule.js';
import { fill, type Lang, type Text } from '../batch/contract/text.js';
import { memoryFor } from './fargate-sizes.js';
import type { Settings } from './settings.js';

const PROBLEMS = {
  value: {
    ja: '{setting}: {value} は使えません（使える値: {accepts}）',
    en: '{setting}: {value} is not accepted (accepted: {accepts})',
  },
  unknown: {
    ja: '{setting}: そのような設定はありません（使える設定: {accepts}）',
    en: '{setting}: there is no such setting (settings: {accepts})',
  },
  schedule: { ja: 'schedule: {accepts}', en: 'schedule: {accepts}' },
  memory: {
    ja: 'memory: cpu {cpu} では {value} MiB は使えません（使える値: {accepts}）',
    en: 'memory: {value} MiB does not go with cpu {cpu} (accepted: {accepts})',
  },
  otherRegion: {
    ja: 'region: network が private で VPC を新しく作る場合、エンドポイントはスタックのリージョンにしか届きません。region を外すか、network を public にするか、vpcId で外へ出られる VPC を指定してください。',
    en: "region: with network private and a VPC of the stack's own, the endpoints reach only the stack's region. Leave region out, set network to public, or name a VPC with a way out as vpcId.",
  },
  foreignImage: {
    ja: 'imageUri: network が private で VPC を新しく作る場合、取得できるのは ECR のイメージだけです。{value} を ECR に置くか、network を public にしてください。',
    en: "imageUri: with network private and a VPC of the stack's own, only images in ECR can be pulled. Put {value} in ECR, or set network to public.",
  },
} as const satisfies Record<string, Text>;

export interface SettingProblem {
  readonly kind: keyof typeof PROBLEMS;
  readonly setting?: string;
  readonly value?: unknown;
  readonly accepts?: Text;
  readonly cpu?: number;
}

/** A private ECR repository's image; its parts are account, region, repository, tag, digest. */
export const ECR_IMAGE =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/([\w./-]+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** What values that are good one by one get wrong together. A setting that is missing here had its own problem. */
export function contradictions(settings: Partial<Settings>): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { schedule, cpu, memory, network, vpcId, region, imageUri } = settings;
  if (schedule !== undefined) {
    // One that is over would be an inventory that never runs.
    const parsed = parseSchedule(schedule, new Date());
    if ('problems' in parsed)
      problems.push(...parsed.problems.map((accepts) => ({ kind: 'schedule', accepts }) as const));
  }
  if (cpu !== undefined && memory !== undefined && !memoryFor(cpu).includes(memory)) {
    const sizes = memoryFor(cpu).join(', ');
    problems.push({ kind: 'memory', cpu, value: memory, accepts: { ja: sizes, en: sizes } });
  }
  if (network === 'private' && vpcId === null) {
    if (region !== undefined && region !== null) problems.push({ kind: 'otherRegion' });
    if (imageUri && !ECR_IMAGE.test(imageUri)) problems.push({ kind: 'foreignImage', value: imageUri });
  }
  return problems;
}

export function describeProblem({ kind, value, accepts, ...fields }: SettingProblem, lang: Lang): string {
  return fill(PROBLEMS[kind][lang], { ...fields, value: JSON.stringify(value), accepts: accepts?.[lang] });
}
