/** The Java classes that streaming jobs name in options and properties, and the parts of Calf that stand for each. Pure. */

/** Where the short name is looked for too, as Hadoop does and a little more. */
const PACKAGES = [
  'org.apache.hadoop.mapred.',
  'org.apache.hadoop.mapred.lib.',
  'org.apache.hadoop.mapreduce.lib.input.',
  'org.apache.hadoop.mapreduce.lib.output.',
  'org.apache.hadoop.mapreduce.lib.partition.',
  'org.apache.hadoop.streaming.',
];

/** Words by the simple names of the classes for which they stand. */
type ClassTable<T extends string> = Readonly<Record<string, T>>;

export const INPUT_FORMATS = {
  TextInputFormat: 'text',
  KeyValueTextInputFormat: 'key-value',
  NLineInputFormat: 'n-line',
  StreamInputFormat: 'stream',
  SequenceFileInputFormat: 'sequence',
  SequenceFileAsTextInputFormat: 'sequence-text',
  SequenceFileAsBinaryInputFormat: 'sequence-binary',
} as const satisfies ClassTable<string>;

export const OUTPUT_FORMATS = {
  TextOutputFormat: 'text',
  SequenceFileOutputFormat: 'sequence',
} as const satisfies ClassTable<string>;

export const PARTITIONERS = {
  HashPartitioner: 'hash',
  KeyFieldBasedPartitioner: 'fields',
} as const satisfies ClassTable<string>;

export const COMPARATORS = {
  KeyFieldBasedComparator: 'fields',
  Text$Comparator: 'bytes',
} as const satisfies ClassTable<string>;

export const RECORD_READERS = { StreamXmlRecordReader: 'xml' } as const satisfies ClassTable<string>;

export const MAPPERS = { IdentityMapper: 'identity' } as const satisfies ClassTable<string>;

export const REDUCERS = {
  IdentityReducer: 'identity',
  ValueAggregatorReducer: 'aggregate',
  ValueAggregatorCombiner: 'aggregate',
} as const satisfies ClassTable<string>;

/** Returns the word for a class, by its full or simple name; undefined for one that Calf does not have. */
export function wordFor<T extends string>(table: ClassTable<T>, className: string): T | undefined {
  const dot = className.lastIndexOf('.');
  const simple = className.slice(dot + 1);
  const isKnownPackage =
    dot < 0 || PACKAGES.includes(className.slice(0, dot + 1)) || /\.(io|aggregate)\.[^.]*$/.test(className);
  return isKnownPackage && Object.hasOwn(table, simple) ? table[simple] : undefined;
}

/** Whether a command is meant as the name of a Java class: packages, and a name that begins with a capital letter. */
export function isClassName(command: string): boolean {
  return /^([a-z_][\w]*\.){2,}[A-Z][\w$]*$/.test(command);
}

/** Returns the names that the message of a refusal lists. */
export const namesOf = (table: ClassTable<string>): string => Object.keys(table).join(', ');
