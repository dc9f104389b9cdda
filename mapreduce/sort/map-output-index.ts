import fs from 'node:fs';
import path from 'node:path';
import type { SegmentRange, SpillFile } from './spill-file.ts';

const INDEX = 'file.out.index';

/** Leaves beside the file where each reduce's segment is, for those who serve it. */
export function writeMapOutputIndex(output: SpillFile): void {
  fs.writeFileSync(path.join(path.dirname(output.path), INDEX), JSON.stringify(output.index));
}

/** A map's output in the attempt's directory. @throws Error ENOENT when there is none */
export async function readMapOutput(directory: string): Promise<SpillFile> {
  const text = await fs.promises.readFile(path.join(directory, INDEX), 'utf8');
  return { path: path.join(directory, 'file.out'), index: JSON.parse(text) as SegmentRange[] };
}
