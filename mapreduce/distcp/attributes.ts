/** Takes attributes of a source over to its copy (Hadoop: DistCpUtils.preserve). */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import type { SourceAttributes } from './listing-file.ts';
import type { Attribute } from './options.ts';

/** Sets those of the attributes that differ. Block size and type of checksums are set when a file is created. */
export async function preserve(
  fs: FileSystem,
  path: string,
  source: SourceAttributes,
  attributes: readonly Attribute[],
): Promise<void> {
  const wants = (attribute: Attribute): boolean => attributes.includes(attribute);
  const copy = await fs.getFileStatus(path);
  if (wants('p') && copy.permission !== source.permission) await fs.setPermission(path, source.permission);
  if (wants('r') && copy.type === 'FILE' && copy.replication !== source.replication) {
    await fs.setReplication(path, source.replication);
  }
  const owner = wants('u') && copy.owner !== source.owner ? source.owner : undefined;
  const group = wants('g') && copy.group !== source.group ? source.group : undefined;
  if (owner !== undefined || group !== undefined) await fs.setOwner(path, owner, group);
  // The times come last, because the calls above are changes.
  if (wants('t')) await fs.setTimes(path, source.modificationTimeMs, source.accessTimeMs);
}
