/** The example join: joins sorted data sets with equal partitions in the maps, as Hadoop's CompositeInputFormat. */
import {
  type AsyncInputFormat,
  type InputFormat,
  type Json,
  job,
  program,
  type ReadContext,
  sequenceFileOutput,
  UsageError,
} from '../../api/api.ts';
import {
  inputByClass,
  outputByClass,
  SEQUENCE_FILE_INPUT,
  SEQUENCE_FILE_OUTPUT,
  TEXT_OUTPUT,
} from '../formats-by-class.ts';
import { tellTimes } from '../random/random-input.ts';
import { JOIN_KINDS, type JoinKind, joined } from './merge-join.ts';

const KIND = 'calf.example.join.kind';
const FORMAT = 'calf.example.join.format';
const PARTITIONS = 'calf.example.join.partitions';

const USAGE =
  'join [-r <reduces>] [-inFormat <input format class>] [-outFormat <output format class>] [-outKey <output key class>] ' +
  '[-outValue <output value class>] [-joinOp <inner|outer|override>] [input]* <input> <output>';

/** The classes that text output writes. */
const TEXT_CLASSES = ['org.apache.hadoop.io.Text', 'org.apache.hadoop.mapreduce.lib.join.TupleWritable'];

interface Part {
  readonly [name: string]: Json;
  readonly fsUri: string;
  readonly path: string;
  readonly length: number;
}

/** Takes the URI of a file apart, which the local file system writes with one slash: `file:/in/part-00000`. */
function toPart({ path: uri, length }: { readonly path: string; readonly length: number }): Part {
  const [, scheme = '', authority = '', path = ''] = /^([a-z\d+.-]+):(?:\/\/([^/]*))?(\/.*)$/i.exec(uri) ?? [];
  return { fsUri: `${scheme}://${authority}`, path, length };
}

const byPath = (a: Part, b: Part): number => (a.path < b.path ? -1 : 1);

/** Reads the pairs of one file from its begin to its end. */
async function* pairsOf(
  format: InputFormat<unknown, unknown>,
  { fsUri, path, length }: Part,
  context: ReadContext,
): AsyncGenerator<readonly [string, string]> {
  const split = { kind: 'file', fsUri, path, start: 0, length, hosts: [], names: [] } as const;
  if (format.openReader) {
    const reader = await format.openReader(split, context);
    try {
      while (await reader.next()) yield [String(reader.key), String(reader.value)];
    } finally {
      await reader.close();
    }
    return;
  }
  const reader = format.createReader(split, context.conf);
  const input = await context.open({ fsUri, path });
  for await (const chunk of input.stream()) {
    reader.feed(chunk);
    while (reader.next()) yield [String(reader.key), String(reader.value)];
  }
  reader.end();
  while (reader.next()) yield [String(reader.key), String(reader.value)];
}

/** Gives the joined pairs of the first files of all sources, of the second ones, and so on. */
function joinInput(): AsyncInputFormat<string, string> {
  return {
    withoutFiles: true,
    async getSplits(_files, { conf }) {
      const partitions = JSON.parse(conf.get(PARTITIONS, '[]')) as Part[][];
      return partitions.map((files, i) => ({
        kind: 'custom',
        name: `join:${i}:${files.map(({ fsUri, path }) => `${fsUri}${path}`).join(',')}`,
        length: files.reduce((total, { length }) => total + length, 0),
        payload: files,
      }));
    },
    openReader(split, context) {
      const format: InputFormat<unknown, unknown> = inputByClass(context.conf.get(FORMAT, ''));
      const sources = (split.payload as Part[]).map((part) => pairsOf(format, part, context));
      const pairs = joined(context.conf.get(KIND, 'inner') as JoinKind, sources);
      let [key, value] = ['', ''];
      let isAtEnd = false;
      return {
        get key() {
          return key;
        },
        get value() {
          return value;
        },
        get progress() {
          return isAtEnd ? 1 : 0;
        },
        async next() {
          const { done, value: pair } = await pairs.next();
          isAtEnd = done === true;
          if (pair) [key, value] = pair;
          return !isAtEnd;
        },
        close: () => undefined,
      };
    },
  };
}

/** Passes the joined pairs on, and sorts them if there are reduces. */
export const join = job<string, string, string, string, string, string>({ name: 'join', input: joinInput() });

/** The same with SequenceFiles as output. */
export const joinToSequenceFile = job<string, string, string, string, string, string>({
  name: 'join',
  input: joinInput(),
  output: sequenceFileOutput({ key: 'Text', value: 'Text' }),
});

interface Options {
  readonly named: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
}

function parseOptions(args: readonly string[]): Options {
  const named = new Map<string, string>();
  const paths: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!['-r', '-inFormat', '-outFormat', '-outKey', '-outValue', '-joinOp'].includes(arg)) paths.push(arg);
    else {
      const value = args[++i];
      if (value === undefined) throw new UsageError(`ERROR: Required parameter missing from ${arg}`);
      if (arg === '-r' && !/^\d+$/.test(value)) throw new UsageError(`ERROR: Integer expected instead of ${value}`);
      named.set(arg, value);
    }
  }
  if (paths.length < 2) throw new UsageError('ERROR: Wrong number of parameters: ');
  return { named, paths };
}

export default program({
  name: 'join',
  usage: USAGE,
  async main(context) {
    const { args, run, list, conf } = context;
    const { named, paths } = parseOptions(args);
    const inputs = paths.slice(0, -1);
    const output = paths.at(-1) ?? '';
    const kind = named.get('-joinOp') ?? 'inner';
    if (!JOIN_KINDS.includes(kind)) throw new Error(`No nodetype for ${kind}`);
    const format = named.get('-inFormat') ?? SEQUENCE_FILE_INPUT;
    inputByClass(format);
    const outFormat = named.get('-outFormat') ?? SEQUENCE_FILE_OUTPUT;
    outputByClass(outFormat);
    for (const option of ['-outKey', '-outValue']) {
      const name = named.get(option) ?? TEXT_CLASSES[0] ?? '';
      if (!TEXT_CLASSES.includes(name)) {
        throw new Error(`${option} is ${name}: this example writes texts, ${TEXT_CLASSES.join(' or ')}`);
      }
    }
    if (outFormat === SEQUENCE_FILE_OUTPUT && kind !== 'override') {
      throw new Error(`Calf has no TupleWritable for SequenceFiles: write texts, -outFormat ${TEXT_OUTPUT}`);
    }
    const sources = await Promise.all(inputs.map(async (input) => (await list(input)).map(toPart).sort(byPath)));
    const count = sources[0]?.length ?? 0;
    for (const [i, source] of sources.entries()) {
      if (source.length !== count) {
        throw new Error(`Inconsistent split cardinality from child ${i} (${count}/${source.length})`);
      }
    }
    const partitions = Array.from({ length: count }, (_, i) => sources.map((source) => source[i]));
    const reduces = named.get('-r') ?? conf.get('mapreduce.job.reduces', '1');
    await tellTimes(context, () =>
      run(outFormat === SEQUENCE_FILE_OUTPUT ? joinToSequenceFile : join, {
        output,
        conf: {
          [KIND]: kind,
          [FORMAT]: format,
          [PARTITIONS]: JSON.stringify(partitions),
          'mapreduce.job.reduces': reduces,
        },
      }),
    );
  },
});
