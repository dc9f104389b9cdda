/** Reads the main class that the manifest of a jar names. */
import { promisify } from 'node:util';
import { type Entry, open, type ZipFile } from 'yauzl';

const MANIFEST = 'META-INF/MANIFEST.MF';
const MANIFEST_BYTES_MAX = 1024 * 1024;

/** Returns undefined for a file that is no jar, or whose manifest names no class. */
export async function mainClassOf(file: string): Promise<string | undefined> {
  const text = await manifestOf(file);
  // A line of a manifest that is longer than 72 bytes goes on in the next one, behind a blank.
  return text && /^Main-Class:\s*(\S+)/im.exec(text.replace(/\r?\n /g, ''))?.[1];
}

async function manifestOf(file: string): Promise<string | undefined> {
  const openArchive = promisify<string, { lazyEntries: true; autoClose: false }, ZipFile>(open);
  let archive: ZipFile;
  try {
    archive = await openArchive(file, { lazyEntries: true, autoClose: false });
  } catch {
    // The file is no archive: the caller goes by its name.
    return undefined;
  }
  try {
    const entry = await manifestIn(archive);
    if (!entry || entry.uncompressedSize > MANIFEST_BYTES_MAX) return undefined;
    const content = await promisify(archive.openReadStream.bind(archive))(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  } finally {
    archive.close();
  }
}

async function manifestIn(archive: ZipFile): Promise<Entry | undefined> {
  return await new Promise((resolve, reject) => {
    archive.on('error', reject);
    archive.on('end', () => resolve(undefined));
    archive.on('entry', (entry: Entry) => {
      if (entry.fileName === MANIFEST) resolve(entry);
      else archive.readEntry();
    });
    archive.readEntry();
  });
}
