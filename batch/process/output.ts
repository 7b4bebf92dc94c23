import { fstatSync, writeFileSync } from 'node:fs';

type Piece = string | Uint8Array;

/** Thrown where stdout (`out`), or a file in its place, does not take what is written, with the reason. */
export class OutputFailed extends Error {
  constructor(
    readonly out: string,
    override readonly cause: NodeJS.ErrnoException,
  ) {
    super(cause.message);
  }
}

/**
 * Writes to stdout, a text at once and pieces as they are taken. Throws `OutputFailed`; what the pieces throw passes. A
 * reader that has gone (`| head`) is no fault: nobody wants the rest. The pieces are only ended then, told nothing.
 */
export async function writeOut(stdout: string | AsyncIterable<Piece>): Promise<void> {
  try {
    if (typeof stdout === 'string') await write(stdout);
    else for await (const piece of stdout) await write(piece);
  } catch (error) {
    if (!(error instanceof OutputFailed) || error.cause.code !== 'EPIPE') throw error;
  }
}

function write(piece: Piece): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: NodeJS.ErrnoException | null) =>
      error ? reject(new OutputFailed('stdout', error)) : resolve();
    if (fstatSync(1).isFile()) toFile(piece, done);
    else process.stdout.write(piece, done);
  });
}

/** Node's own stream tells nothing of a disk that takes the beginning of a piece and has no room for the rest. */
function toFile(piece: Piece, done: (error?: NodeJS.ErrnoException) => void): void {
  try {
    writeFileSync(1, piece);
    done();
  } catch (error) {
    done(error as NodeJS.ErrnoException);
  }
}
