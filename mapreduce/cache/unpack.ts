/** Unpacks the archives of the distributed cache. Nothing of an archive gets out of its directory. */
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { hadoopError } from '../../runtime/errors.ts';

/** Names of the files that are unpacked (Hadoop: FSDownload.unpack). */
const ZIP = /\.(zip|jar)$/i;
const TAR = /\.(tar|tar\.gz|tgz)$/i;
/** Members of a tar that become files, directories and links. */
const TAR_TYPES = new Set([
  ...['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir', 'SymbolicLink', 'Link'],
]);
const FILE_TYPE_BITS = 0o170000;
const SYMBOLIC_LINK = 0o120000;
const PERMISSION_BITS = 0o777;

/** Whether a file of this name is an archive that can be unpacked. Others are taken as plain files, as in Hadoop. */
export const isArchive = (name: string): boolean => ZIP.test(name) || TAR.test(name);

/**
 * Unpacks a file into a directory that exists and is empty.
 * @throws IOException for a member whose path, or whose link, leads out of the directory, and for a damaged archive
 */
export async function unpack(file: string, directory: string): Promise<void> {
  const links = ZIP.test(file) ? await unzip(file, directory) : await untar(file, directory);
  const root = await fs.promises.realpath(directory);
  for (const link of links) {
    const place = await fs.promises.realpath(path.join(directory, link)).catch(() => root);
    if (!isWithin(root, place)) throw outside(link, directory);
  }
}

async function untar(file: string, directory: string): Promise<string[]> {
  const tar = await import('tar');
  const links: string[] = [];
  let refused: Error | undefined;
  const takes = (name: string, entry: { readonly type?: string; readonly linkpath?: string }): boolean => {
    const { type = 'File', linkpath = '' } = entry;
    if (!TAR_TYPES.has(type)) refused ??= hadoopError('IOException', `${name} of ${file} is a ${type}: not unpacked`);
    else if (!staysWithin(name)) refused ??= outside(name, directory);
    else if (type === 'SymbolicLink' && !staysWithin(linkpath, path.posix.dirname(name)))
      refused ??= outside(name, directory);
    else if (type === 'Link' && !staysWithin(linkpath)) refused ??= outside(name, directory);
    if (type === 'SymbolicLink') links.push(name);
    return refused === undefined;
  };
  await tar.extract({
    file,
    cwd: directory,
    strict: true,
    preserveOwner: false,
    filter: (name, entry) => takes(name, entry as { readonly type?: string; readonly linkpath?: string }),
  });
  if (refused) throw refused;
  return links;
}

async function unzip(file: string, directory: string): Promise<string[]> {
  // The bundle gives a CommonJS module as its default export alone.
  const { default: yauzl } = await import('yauzl');
  const zip = await promisify<string, { lazyEntries: true; autoClose: true }, import('yauzl').ZipFile>(yauzl.open)(
    file,
    {
      lazyEntries: true,
      autoClose: true,
    },
  );
  const links: string[] = [];
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', resolve);
    zip.on('entry', (entry: import('yauzl').Entry) => {
      if (isLink(entry)) links.push(entry.fileName);
      write(zip, entry, directory).then(
        () => zip.readEntry(),
        (e: unknown) => {
          zip.close();
          reject(e);
        },
      );
    });
    zip.readEntry();
  });
  return links;
}

const modeOf = (entry: import('yauzl').Entry): number => entry.externalFileAttributes >>> 16;
const isLink = (entry: import('yauzl').Entry): boolean => (modeOf(entry) & FILE_TYPE_BITS) === SYMBOLIC_LINK;

async function write(zip: import('yauzl').ZipFile, entry: import('yauzl').Entry, directory: string): Promise<void> {
  const name = entry.fileName;
  if (!staysWithin(name)) throw outside(name, directory);
  const target = path.join(directory, name);
  if (name.endsWith('/')) {
    await fs.promises.mkdir(target, { recursive: true });
    return;
  }
  await fs.promises.mkdir(path.dirname(target), { recursive: true });
  // A link that an earlier member has made must lead nowhere else.
  const parent = await fs.promises.realpath(path.dirname(target));
  if (!isWithin(await fs.promises.realpath(directory), parent)) throw outside(name, directory);
  const content = await promisify(zip.openReadStream.bind(zip))(entry);
  if (isLink(entry)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    const link = Buffer.concat(chunks).toString();
    if (!staysWithin(link, path.posix.dirname(name))) throw outside(name, directory);
    await fs.promises.symlink(link, target);
  } else {
    const mode = modeOf(entry) & PERMISSION_BITS || 0o644;
    await pipeline(content, fs.createWriteStream(target, { flags: 'wx', mode }));
  }
}

/** Whether a path stays below the directory `base`, as it is written. */
function staysWithin(name: string, base = '.'): boolean {
  if (name === '' || name.includes('\0') || path.posix.isAbsolute(name)) return false;
  const place = path.posix.join(base, name);
  return place !== '..' && !place.startsWith('../');
}

const isWithin = (root: string, place: string): boolean => place === root || place.startsWith(`${root}${path.sep}`);

/** The message is that of Hadoop's FileUtil. */
const outside = (name: string, directory: string): Error =>
  hadoopError('IOException', `expanding ${name} would create entry outside of ${directory}`);
