// Command lines of streaming and inputs with all that is hard, for the proof that Calf writes the bytes that Hadoop writes.

const bytes = (text) => Buffer.from(text, 'latin1');

/** The key of a line of the output. */
export const beforeTab = (line) => line.split('\t')[0];

/** Inputs by name. */
export const INPUTS = {
  plain: bytes('b c a\na a b\nthe end\n'),
  nasty: bytes('b\ta\tc\r\n\n\xff\xfe\t\x80\n\t\n\tx\nold\rmac\ra\t\t\nno newline'),
  empty: bytes(''),
  bom: bytes('\xef\xbb\xbfkey\tvalue\nkey\tvalue2\n'),
  binary: Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) % 256)),
  fields: bytes('11.12.1.2\n11.14.2.3\n11.11.4.1\n11.12.1.1\n11.14.2.2\n12\n\n.5\n11..3\n'),
  numbers: bytes('a\t10\nb\t9\nc\t-3\nd\t0.5\ne\t007\nf\t7.25\ng\t1e3\nh\t\ni\t-0.0\n'),
  xml: bytes('<x><page>one\n<b/></page> between <page>two</page>\n<page>no end'),
  aggregate: bytes(
    'LongValueSum:n\t2\nLongValueSum:n\t40\nLongValueMax:n\t7\nLongValueMax:n\t-7\nLongValueMin:n\t-7\n' +
      'DoubleValueSum:d\t1.5\nDoubleValueSum:d\t2\nStringValueMax:s\tb\nStringValueMax:s\ta\nStringValueMin:s\tb\n' +
      'UniqValueCount:u\ta\nUniqValueCount:u\tb\nUniqValueCount:u\ta\nValueHistogram:h\tx\nValueHistogram:h\tx\n' +
      'ValueHistogram:h\ty\n',
  ),
};

const cat = ['-mapper', 'cat'];
const FIELDS = [
  'stream.map.output.field.separator=.',
  'stream.num.map.output.key.fields=4',
  'mapreduce.map.output.key.field.separator=.',
];
const COMPARATOR =
  'mapreduce.job.output.key.comparator.class=org.apache.hadoop.mapreduce.lib.partition.KeyFieldBasedComparator';
const GROUPS =
  'mapreduce.job.output.group.comparator.class=org.apache.hadoop.mapreduce.lib.partition.KeyFieldBasedComparator';
const byFields = (options) => [...FIELDS, COMPARATOR, `mapreduce.partition.keycomparator.options=${options}`];
const field = (line, number) => beforeTab(line).split('.')[number - 1];
const FIELD_PARTITIONER = ['-partitioner', 'org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner'];
const LIB = 'org.apache.hadoop.mapred.lib';
const ENVIRONMENT =
  'sh -c \'echo $mapreduce_task_partition $mapreduce_task_ismap $mapred_task_is_map $mapreduce_job_reduces $A "$B" ' +
  '$my_own_name ${mapreduce_map_input_file##*/} $mapreduce_map_input_start $mapreduce_map_input_length ' +
  "${map_input_file##*/} $stream_map_streamprocessor; cat >/dev/null'";

/**
 * The cases: their inputs, -D properties and further arguments. `status` is the exit status, by default 0. `keyOf` returns
 * the part of a line by which the job sorts it.
 */
export const CASES = [
  ...Object.keys(INPUTS).map((input) => ({
    name: `cat of ${input}`,
    input: [input],
    args: [...cat, '-reducer', 'cat'],
  })),
  { name: 'no reduces', input: ['nasty'], args: [...cat, '-reducer', 'NONE'] },
  { name: 'numReduceTasks 0', input: ['nasty'], args: [...cat, '-numReduceTasks', '0'] },
  { name: 'no reducer', input: ['nasty'], args: cat },
  {
    name: 'several inputs',
    input: ['plain', 'nasty', 'bom'],
    args: [...cat, '-reducer', 'cat', '-numReduceTasks', '3'],
  },
  {
    name: 'word count with a combiner',
    input: ['plain'],
    args: [
      ...['-mapper', `sh -c 'tr " " "\\n" | sed s/$/x/'`],
      ...['-combiner', 'uniq', '-reducer', 'uniq -c', '-numReduceTasks', '2'],
    ],
  },
  { name: 'aggregate', input: ['aggregate'], args: [...cat, '-reducer', 'aggregate'] },
  {
    name: 'aggregate in two parts',
    input: ['aggregate'],
    args: [...cat, '-reducer', 'aggregate', '-numReduceTasks', '2'],
  },
  {
    name: 'key and value lines',
    input: ['nasty'],
    args: ['-inputformat', 'KeyValueTextInputFormat', ...cat, '-numReduceTasks', '0'],
  },
  {
    name: 'N lines',
    input: ['plain'],
    args: ['-inputformat', `${LIB}.NLineInputFormat`, ...cat, '-numReduceTasks', '0'],
  },
  {
    name: 'N lines without keys',
    input: ['nasty'],
    define: ['stream.map.input.ignoreKey=true', 'mapreduce.input.lineinputformat.linespermap=3'],
    args: ['-inputformat', `${LIB}.NLineInputFormat`, ...cat, '-numReduceTasks', '0'],
  },
  {
    name: 'places of lines',
    input: ['nasty'],
    define: ['stream.map.input.ignoreKey=false', 'stream.map.input.field.separator=|'],
    args: [...cat, '-numReduceTasks', '0'],
  },
  {
    name: 'identity mapper, no reduces',
    input: ['nasty'],
    args: ['-mapper', `${LIB}.IdentityMapper`, '-numReduceTasks', '0'],
  },
  { name: 'identity mapper and reducer', input: ['plain'], args: ['-mapper', `${LIB}.IdentityMapper`] },
  {
    name: 'identity mapper of the wrong class',
    input: ['plain'],
    args: ['-mapper', `${LIB}.IdentityMapper`, '-reducer', 'cat'],
    status: 1,
  },
  {
    name: 'key of two fields',
    input: ['fields'],
    define: ['stream.map.output.field.separator=.', 'stream.num.map.output.key.fields=2'],
    args: [...cat, '-reducer', 'cat'],
  },
  {
    name: 'separators of the reduce',
    input: ['fields'],
    define: [
      'stream.reduce.output.field.separator=.',
      'stream.num.reduce.output.key.fields=2',
      'stream.reduce.input.field.separator=#',
    ],
    args: [...cat, '-reducer', 'cat'],
  },
  {
    name: 'separator of the output',
    input: ['nasty'],
    define: ['mapreduce.output.textoutputformat.separator=::'],
    args: [...cat, '-reducer', 'cat'],
    keyOf: (line) => line.split('::')[0],
  },
  ...['-k1,1', '-k2,2', '-k1,2n', '-k1', '-k1.1,1.1', '-k3,3 -k4,4', '-k9', ''].map((options) => ({
    name: `partitioner ${options}`,
    input: ['fields'],
    define: [...FIELDS, `mapreduce.partition.keypartitioner.options=${options}`],
    args: [...cat, '-reducer', 'cat', '-numReduceTasks', '5', ...FIELD_PARTITIONER],
  })),
  {
    name: 'partitioner by the old property',
    input: ['fields'],
    define: [...FIELDS, 'num.key.fields.for.partition=2'],
    args: [...cat, '-reducer', 'cat', '-numReduceTasks', '5', ...FIELD_PARTITIONER],
  },
  ...[
    ['-k1,1nr', (line) => Number(field(line, 1))],
    ['-k2,2nr -k4,4n', (line) => [2, 4].map((n) => Number(field(line, n) ?? -1)).join()],
    ['-k4,4n', (line) => Number(field(line, 4) ?? -1)],
    ['-r', beforeTab],
    ['-k2.2,2.2', (line) => field(line, 2)?.[1]],
    ['-k1,4', beforeTab],
  ].map(([options, keyOf]) => ({
    name: `comparator ${options}`,
    input: ['fields'],
    define: byFields(options),
    args: [...cat, '-reducer', 'cat'],
    keyOf,
  })),
  ...['-k1,1', '-k2,2', '-k1,1n'].map((options) => ({
    name: `groups ${options}`,
    input: ['fields'],
    define: [...FIELDS, `${GROUPS}`, `mapreduce.partition.keycomparator.options=${options}`],
    args: [...cat, '-reducer', 'cat'],
  })),
  ...['-k2,2n', '-k2,2nr'].map((options) => ({
    name: `numbers ${options}`,
    input: ['numbers'],
    define: ['stream.num.map.output.key.fields=2', COMPARATOR, `mapreduce.partition.keycomparator.options=${options}`],
    args: [...cat, '-reducer', 'cat'],
  })),
  {
    name: 'XML',
    input: ['xml'],
    args: ['-inputreader', 'StreamXmlRecordReader,begin=<page>,end=</page>', ...cat, '-reducer', 'NONE'],
  },
  {
    name: 'environment',
    input: ['plain'],
    define: ['my.own-name=v'],
    args: ['-mapper', ENVIRONMENT, '-reducer', 'NONE', '-cmdenv', 'A=b=c', '-cmdenv', 'B=d'],
  },
  { name: 'rawbytes', input: ['plain'], args: ['-io', 'rawbytes', ...cat, '-reducer', 'cat'] },
  { name: 'rawbytes, maps alone', input: ['nasty'], args: ['-io', 'rawbytes', ...cat, '-numReduceTasks', '0'] },
  { name: 'typedbytes', input: ['plain'], args: ['-io', 'typedbytes', ...cat, '-reducer', 'cat'] },
  {
    name: 'typedbytes, three parts',
    input: ['nasty'],
    args: ['-io', 'typedbytes', ...cat, '-reducer', 'cat', '-numReduceTasks', '3'],
  },
  { name: 'keyonlytext', input: ['nasty'], args: ['-io', 'keyonlytext', ...cat, '-reducer', 'cat'] },
  { name: 'an unknown -io is text', input: ['nasty'], args: ['-io', 'identity', ...cat, '-reducer', 'cat'] },
  { name: 'reducer without records', input: ['empty'], args: [...cat, '-reducer', `sh -c 'cat; echo never'`] },
  { name: 'mapper without records', input: ['empty'], args: ['-mapper', `sh -c 'cat; echo end'`, '-reducer', 'cat'] },
  {
    name: 'lazy output',
    input: ['plain'],
    args: ['-mapper', 'true', '-reducer', 'cat', '-lazyOutput', '-numReduceTasks', '2'],
  },
  {
    name: 'files',
    input: ['plain'],
    files: { 'map.sh': '#!/bin/sh\nexec tr a-z A-Z\n' },
    args: ['-file', 'map.sh', '-mapper', 'map.sh', '-reducer', 'cat'],
  },
  { name: 'failing mapper', input: ['plain'], args: ['-mapper', `sh -c 'exit 3'`], status: 1 },
  {
    name: 'failing mapper that counts not',
    input: ['plain'],
    define: ['stream.non.zero.exit.is.failure=false'],
    args: ['-mapper', `sh -c 'cat; exit 3'`],
  },
  { name: 'failing reducer', input: ['plain'], args: [...cat, '-reducer', 'false'], status: 1 },
  { name: 'program that is not there', input: ['plain'], args: ['-mapper', 'no-such-program'], status: 1 },
  { name: 'quotes', input: ['plain'], args: ['-mapper', `sed -e 's/a b/x y/' -e "s/c/'/"`, '-reducer', 'NONE'] },
  { name: 'input that is not there', input: ['/no/such/input'], args: cat, status: 5 },
  { name: 'late generic option', input: ['plain'], args: [...cat, '-D', 'x=1'], status: 1 },
  { name: 'unexpected words', input: ['plain'], args: [...cat, 'dog', 'mouse'], status: 1 },
  { name: 'unknown input format', input: ['plain'], args: [...cat, '-inputformat', 'NoSuchFormat'], status: 1 },
  { name: 'help', input: ['plain'], args: ['-help'], withoutOutput: true },
];
