/** Memory (MiB) that Fargate offers for each number of CPU units. Source: "Task CPU and memory", Amazon ECS. */
const SIZES: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: gibibytes(1, 4),
  1024: gibibytes(2, 8),
  2048: gibibytes(4, 16),
  4096: gibibytes(8, 30),
  8192: gibibytes(16, 60, 4),
  16384: gibibytes(32, 120, 8),
};

function gibibytes(from: number, to: number, step = 1): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * 1024);
}

export const FARGATE_CPU = Object.keys(SIZES).map(Number);

/** The memory sizes (MiB) that go with `cpu` units; empty: Fargate has no such CPU. */
export function memoryFor(cpu: number): readonly number[] {
  return SIZES[cpu] ?? [];
}
