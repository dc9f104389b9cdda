/** Reads the bytes of a map task's split. */
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { FILE_INPUT_GROUP } from '../job/counter-names.ts';
import type { FileSplit } from '../job/input-split.ts';
import type { TaskRun } from './task-run.ts';

/** Bytes of one read past the split's end, for the record that crosses the end. */
const BEYOND_BYTES = 16 * 1024;

/**
 * Yields the bytes of a split, and then those after it in small pieces, until the file ends or the caller stops. Counts the
 * bytes.
 */
export async function* splitBytes(run: TaskRun, split: FileSplit): AsyncGenerator<Uint8Array> {
  const { counters } = run;
  const scheme = split.fsUri.slice(0, split.fsUri.indexOf(':'));
  const count = (bytes: number): void => {
    counters.addFileSystem(scheme, 'BYTES_READ', bytes);
    counters.add(FILE_INPUT_GROUP, 'BYTES_READ', bytes);
  };
  await using input = await run.fileSystems.get(split.fsUri).open(split.path);
  counters.addFileSystem(scheme, 'READ_OPS', 1);
  const end = Math.min(split.start + split.length, input.length);
  for await (const chunk of input.stream({ start: split.start, end })) {
    count(chunk.length);
    yield chunk;
  }
  for await (const chunk of beyond(input, end)) {
    count(chunk.length);
    yield chunk;
  }
}

async function* beyond(input: FileInput, start: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < input.length; ) {
    const chunk = await input.pread(position, BEYOND_BYTES);
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}
