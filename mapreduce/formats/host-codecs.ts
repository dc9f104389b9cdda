/** The codecs of the process that runs a job, for formats. */
import type { CodecEngine } from '../../client/codecs/codec.ts';
import { hadoopError } from '../../runtime/errors.ts';

/** A loaded codec with the name of its class in Java. */
export interface HostCodec extends CodecEngine {
  readonly className: string;
}

/** Loads a codec by its class or a short name. @throws IllegalArgumentException for a codec that there is not */
export type HostCodecs = (name: string) => Promise<HostCodec>;

/**
 * The property of the global object that has the codecs. A format may run in the bundle of a job, which lies alone in a
 * directory: it has no place for the packages of the codecs and their WebAssembly.
 */
export const HOST_CODECS = Symbol.for('calf.codecs');

/** Loads a codec. */
export async function hostCodec(name: string): Promise<HostCodec> {
  const codecs = (globalThis as { [HOST_CODECS]?: HostCodecs })[HOST_CODECS];
  if (!codecs) throw hadoopError('UnsupportedOperationException', 'Codecs are there only while a job runs');
  return await codecs(name);
}
