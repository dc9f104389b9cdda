/** The codecs with which a job compresses its output and the outputs of its maps. */
import type { Codec } from '../../client/codecs/codec.ts';
import { checkCodecs, codecNamed } from '../../client/codecs/codecs.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

const OUTPUT = 'mapreduce.output.fileoutputformat.compress';
const OUTPUT_CODEC = 'mapreduce.output.fileoutputformat.compress.codec';
const OUTPUT_TYPE = 'mapreduce.output.fileoutputformat.compress.type';
const MAP_OUTPUT = 'mapreduce.map.output.compress';
const MAP_OUTPUT_CODEC = 'mapreduce.map.output.compress.codec';
const KNOWN = 'io.compression.codecs';
const DEFAULT_CODEC = 'org.apache.hadoop.io.compress.DefaultCodec';

/** Returns the codec of the job's output. Undefined: it is not compressed. @throws IllegalArgumentException */
export function outputCodec(conf: JobConfiguration): Codec | undefined {
  if (!conf.getBoolean(OUTPUT, false)) return undefined;
  return named(OUTPUT_CODEC, () => codecNamed(conf.get(OUTPUT_CODEC, DEFAULT_CODEC).trim()));
}

/** Returns the codec of spills and map outputs. Undefined: they are not compressed. @throws IllegalArgumentException */
export function mapOutputCodec(conf: JobConfiguration): Codec | undefined {
  if (!conf.getBoolean(MAP_OUTPUT, false)) return undefined;
  return named(MAP_OUTPUT_CODEC, () => codecNamed(conf.get(MAP_OUTPUT_CODEC, DEFAULT_CODEC).trim()));
}

/**
 * Checks every codec that the job's properties name, before the job runs.
 * @throws IllegalArgumentException that names the property
 */
export function checkJobCodecs(conf: JobConfiguration): void {
  outputCodec(conf);
  mapOutputCodec(conf);
  compressionType(conf);
  named(KNOWN, () => checkCodecs(conf.get(KNOWN, '')));
}

/** What is compressed together in a SequenceFile: nothing, each value, or the keys and the values of many records. */
export type CompressionType = 'NONE' | 'RECORD' | 'BLOCK';

/** Returns the compression of SequenceFiles, if the job's output is compressed. @throws IllegalArgumentException */
export function compressionType(conf: JobConfiguration): CompressionType {
  const text = conf.get(OUTPUT_TYPE, 'RECORD').trim();
  if (text === 'NONE' || text === 'RECORD' || text === 'BLOCK') return text;
  throw hadoopError('IllegalArgumentException', `${OUTPUT_TYPE} is '${text}': expected NONE, RECORD or BLOCK`);
}

function named<T>(property: string, find: () => T): T {
  try {
    return find();
  } catch (e) {
    if (!isHadoopError(e, 'IllegalArgumentException')) throw e;
    throw hadoopError('IllegalArgumentException', `${property}: ${e.message}`, e);
  }
}
