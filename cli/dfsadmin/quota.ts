/** The quota commands of `hdfs dfsadmin`. */
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { StorageTypeProto } from '../../protocol/gen/messages.ts';
import { LONG_MAX } from '../../protocol/message.ts';
import { HadoopError, isHadoopError } from '../../runtime/errors.ts';
import { clientFactory } from '../dfs/main.ts';
import { FileSystems } from '../dfs/paths/file-systems.ts';
import { expandGlob, type PathData } from '../dfs/paths/path-data.ts';
import { PathError } from '../dfs/paths/path-error.ts';
import { parseSize } from '../options/numbers.ts';
import { parseOptions, popOption } from '../options/parse-options.ts';
import { UsageError } from '../options/usage-error.ts';

/** Values of HdfsConstants that leave a quota as it is, or remove it. */
const DONT_SET = LONG_MAX;
const RESET = -1;
const STORAGE_TYPES = ['SSD', 'DISK', 'ARCHIVE', 'PROVIDED', 'NVDIMM'] as const;

interface Quota {
  readonly namespace: number;
  readonly space: number;
  readonly storageType?: StorageTypeProto | undefined;
}

/** Parsers of the commands' arguments. They throw UsageError in Hadoop's words. */
const PARSERS: Record<string, (args: readonly string[]) => { quota: Quota; paths: readonly string[] }> = {
  '-setQuota': (args) => {
    const [text = '', ...paths] = parseOptions(args, { min: 2 }).parameters;
    return { quota: { namespace: parseSize(text), space: DONT_SET }, paths };
  },
  '-clrQuota': (args) => {
    return { quota: { namespace: RESET, space: DONT_SET }, paths: parseOptions(args, { min: 1 }).parameters };
  },
  '-setSpaceQuota': (args) => {
    const [text = '', ...paths] = parseOptions(args, { min: 2 }).parameters;
    const space = parseSpace(text.trim());
    return { quota: { namespace: DONT_SET, space, storageType: storageType(popOption(paths, 'storageType')) }, paths };
  },
  '-clrSpaceQuota': (args) => {
    const options = parseOptions(args, { min: 1, valued: ['storageType'] });
    const type = storageType(options.value('storageType'));
    return { quota: { namespace: DONT_SET, space: RESET, storageType: type }, paths: options.parameters };
  },
};

/**
 * `hdfs dfsadmin -setQuota QUOTA DIR…` and the three others. Prints a failure on one directory and goes on with the next.
 * @returns exit status
 * @throws UsageError
 */
export async function quotaCommand(name: string, client: DfsClient, args: readonly string[]): Promise<number> {
  const parsed = PARSERS[name]?.(args);
  if (!parsed) return 1;
  checkQuota(parsed.quota);
  let status = 0;
  await using fileSystems = new FileSystems(client.conf, clientFactory(client.conf));
  for (const text of parsed.paths) {
    try {
      for (const item of await expandGlob(text, fileSystems)) await setQuota(client, item, parsed.quota);
    } catch (e) {
      status = 255;
      process.stderr.write(`${name.slice(1)}: ${failure(e)}\n`);
    }
  }
  return status;
}

function failure(thrown: unknown): string {
  const error = HadoopError.from(thrown);
  return error.message.split('\n', 1)[0] ?? '';
}

async function setQuota(client: DfsClient, item: PathData, { namespace, space, storageType }: Quota): Promise<void> {
  if (item.exists && !item.isDirectory) throw new PathError('isNotDirectory', item.text);
  try {
    await client.call(ClientNamenode.setQuota, {
      path: item.path,
      namespaceQuota: namespace,
      storagespaceQuota: space,
      storageType,
    });
  } catch (e) {
    if (!isHadoopError(e, 'RpcNoSuchMethodException')) throw e;
    throw new HadoopError(e.javaClass, 'not supported yet: the NameNode keeps no quotas', e);
  }
}

function checkQuota({ namespace, space }: Quota): void {
  const isNamespaceWrong = namespace <= 0 && namespace !== RESET;
  const isSpaceWrong = space < 0 && space !== RESET;
  if (isNamespaceWrong || isSpaceWrong) {
    const text = (value: number) => (value === DONT_SET ? '9223372036854775807' : String(value));
    throw new UsageError(`Invalid values for quota : ${text(namespace)} and ${text(space)}`);
  }
}

function parseSpace(text: string): number {
  try {
    return parseSize(text);
  } catch (e) {
    if (!(e instanceof UsageError) || !e.message.startsWith('For input')) throw e;
    throw new UsageError(`"${text}" is not a valid value for a quota.`);
  }
}

function storageType(text: string | undefined): StorageTypeProto | undefined {
  if (text === undefined) return undefined;
  const type = STORAGE_TYPES.find((t) => t === text.toUpperCase());
  if (type) return StorageTypeProto[type];
  const available = `Available storage types are [${STORAGE_TYPES.join(', ')}]`;
  throw new UsageError(`Storage type ${text} is not available. ${available}`);
}
