// Writes zip files for tests, with names and modes that zip programs refuse to write.
import fs from 'node:fs';
import zlib from 'node:zlib';

interface Member {
  readonly content: string;
  /** File type and permission, as in Unix. */
  readonly mode: number;
}

const UNIX = 3;
const FILE_MODE = 0o100644;

/** Writes a zip of stored members. */
export function zipFile(file: string, members: Readonly<Record<string, string | Member>>): void {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, member] of Object.entries(members)) {
    const { content, mode } = typeof member === 'string' ? { content: member, mode: FILE_MODE } : member;
    const bytes = Buffer.from(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(zlib.crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, UNIX]), common, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(centrals.length, 4);
  end.writeUInt16LE(centrals.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  fs.writeFileSync(file, Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end]));
}
