/** The checksum file that -get -crc writes. */

import { DataChecksum } from '../../../protocol/checksum/checksum.ts';
import { baseName, joinPath, parentPath } from '../../../protocol/path.ts';
import type { PathData } from '../paths/path-data.ts';

const BYTES_PER_CHECKSUM = 512;
const MAGIC = Buffer.from('crc\0');

/**
 * Writes `.NAME.crc` beside a local file, as Hadoop's ChecksumFileSystem:
 *
 *     'c' 'r' 'c' 0 | bytes per checksum, int32 | CRC32 of each chunk, 4 bytes
 */
export async function writeCrcFile(target: PathData): Promise<void> {
  const path = joinPath(parentPath(target.path), `.${baseName(target.path)}.crc`);
  const header = Buffer.alloc(8);
  MAGIC.copy(header);
  header.writeInt32BE(BYTES_PER_CHECKSUM, 4);
  const checksum = new DataChecksum('CRC32', BYTES_PER_CHECKSUM);
  const input = await target.fs.open(target.path);
  const output = await target.fs.create(path, { overwrite: true });
  try {
    await output.write(header);
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of input.stream()) {
      const data =
        rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const whole = data.length - (data.length % BYTES_PER_CHECKSUM);
      if (whole > 0) await output.write(checksum.compute(data.subarray(0, whole)));
      rest = Buffer.from(data.subarray(whole));
    }
    if (rest.length > 0) await output.write(checksum.compute(rest));
  } finally {
    await input.close();
    await output.close();
  }
}
