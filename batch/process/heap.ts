import { setFlagsFromString } from 'node:v8';

/**
 * Garbage is collected when the heap has grown by half, not when it is four times as large, and the space for what is
 * new does not grow: what is held at a time is small and what passes through is not, and a container is charged for
 * both.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--semi-space-growth-factor=1');
}
