/** Input format that gives each map task the same number of lines. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { FedInputFormat, InputFile } from './format.ts';
import { LineRecordReader } from './line-record-reader.ts';
import { DELIMITER, lineOptions } from './lines.ts';

const LINES_PER_MAP = 'mapreduce.input.lineinputformat.linespermap';

/** Makes a split of every `lines` lines, as Hadoop's NLineInputFormat. The submission reads the files once to find them. */
export function nLineInput(options: { readonly lines?: number } = {}): FedInputFormat<number, string> {
  return {
    createReader: (split, conf) =>
      new LineRecordReader(split.start, split.length, { ...lineOptions(split, conf), whole: true }),
    async getSplits(files, { conf, fileSystem }) {
      const lines = options.lines ?? conf.getNumber(LINES_PER_MAP, 1);
      if (conf.get(DELIMITER, '') !== '') throw new Error(`nLineInput reads lines: it does not support ${DELIMITER}`);
      const splits: InputSplit[] = [];
      for (const file of files) {
        for await (const split of splitFile(file, fileSystem(file.fsUri), lines)) splits.push(split);
      }
      return splits;
    },
  };
}

/** Yields splits that begin and end at line borders. */
async function* splitFile(file: InputFile, fs: FileSystem, lines: number): AsyncGenerator<InputSplit> {
  const split = (start: number, end: number): InputSplit => ({
    kind: 'file',
    fsUri: file.fsUri,
    path: file.path,
    start,
    length: end - start,
    hosts: [],
    names: [],
  });
  const reader = new LineRecordReader(0, file.length, { file: `${file.fsUri}${file.path}` });
  let count = 0;
  let start = 0;
  await using input = await fs.open(file.path);
  const borders = function* (): Generator<number> {
    while (reader.next()) if (count++ % lines === 0 && count > 1) yield reader.offset;
  };
  for await (const chunk of input.stream()) {
    reader.feed(chunk);
    for (const border of borders()) {
      yield split(start, border);
      start = border;
    }
  }
  reader.end();
  for (const border of borders()) {
    yield split(start, border);
    start = border;
  }
  if (count > 0) yield split(start, file.length);
}
