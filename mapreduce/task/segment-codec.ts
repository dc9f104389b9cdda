/** The codec of a job's map outputs, loaded for a task. */
import { engineOf } from '../../client/codecs/decompress.ts';
import { mapOutputCodec } from '../files/job-codecs.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import type { SegmentCodec } from '../sort/segment.ts';

/** Returns undefined for a job whose map outputs are not compressed. */
export async function segmentCodec(conf: JobConfiguration): Promise<SegmentCodec | undefined> {
  const codec = mapOutputCodec(conf);
  return codec && (await engineOf(codec));
}
