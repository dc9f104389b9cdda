/** Keeps the index of a map's output in a file beside the output, for the shuffle. */
import fs from 'node:fs';
import path from 'node:path';
import type { SegmentRange, SpillFile } from './spill-file.ts';

const INDEX = 'file.out.index';

/** Writes the places of all segments of a map's output into the index file. */
export function writeMapOutputIndex(output: SpillFile): void {
  fs.writeFileSync(path.join(path.dirname(output.path), INDEX), JSON.stringify(output.index));
}

/** Reads the index of a map's output from the attempt's directory. @throws Error ENOENT if there is no output */
export async function readMapOutput(directory: string): Promise<SpillFile> {
  const text = await fs.promises.readFile(path.join(directory, INDEX), 'utf8');
  return { path: path.join(directory, 'file.out'), index: JSON.parse(text) as SegmentRange[] };
}
