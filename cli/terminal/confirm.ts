import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Terminal } from './terminal.ts';

/** Asks for Y or N until the answer is one of them; the end of the input is a no. */
export async function confirm(
  question: string,
  terminal: Terminal,
  stdin: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const lines = createInterface({ input: Readable.from(stdin, { objectMode: false }) });
  try {
    terminal.err(`${question} (Y or N) `);
    for await (const line of lines) {
      const answer = line.trim().toLowerCase();
      if (answer === 'y' || answer === 'yes') return true;
      if (answer === 'n' || answer === 'no') return false;
      terminal.err(`Invalid input: ${line}\n${question} (Y or N) `);
    }
    return false;
  } finally {
    lines.close();
  }
}
