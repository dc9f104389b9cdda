/** Finds the address of the NameNode in a Configuration. */
import { type Configuration, parseAddress } from './configuration.ts';
import { KEYS } from './keys/index.ts';

/** Client.DEFAULT_PORT of a NameNode (HdfsClientConfigKeys.DFS_NAMENODE_RPC_PORT_DEFAULT). */
export const NAMENODE_RPC_PORT = 8020;

const DEFAULT_ADDRESS = KEYS['dfs.namenode.rpc-address'].defaultText;

/** Returns the host and port of fs.defaultFS; undefined if it is no hdfs:// URI. @throws ConfigurationError */
export function defaultFsAddress(conf: Configuration): { host: string; port: number } | undefined {
  const authority = /^hdfs:\/\/([^/]+)/.exec(conf.get('fs.defaultFS'))?.[1];
  if (!authority) return undefined;
  return parseAddress(/:\d+$/.test(authority) ? authority : `${authority}:${NAMENODE_RPC_PORT}`, 'fs.defaultFS');
}

const KEY = 'dfs.namenode.rpc-address';

// Hadoop's default is empty, and a file that spells it out says no more than one that leaves it out.
const isGiven = (conf: Configuration): boolean => conf.isSet(KEY) && conf.get(KEY) !== '';

/**
 * Returns the RPC address of the NameNode: dfs.namenode.rpc-address, else the one in fs.defaultFS, which is the only setting
 * in most tutorials (DFSUtilClient.getNNAddress).
 * @throws ConfigurationError
 */
export function namenodeRpcAddress(conf: Configuration): { host: string; port: number } {
  if (isGiven(conf)) return parseAddress(conf.get(KEY), KEY);
  return defaultFsAddress(conf) ?? parseAddress(DEFAULT_ADDRESS, KEY);
}

/** Returns the name of the setting from which the RPC address of the NameNode comes. */
export function namenodeRpcAddressKey(conf: Configuration): string {
  return isGiven(conf) || defaultFsAddress(conf) === undefined ? KEY : 'fs.defaultFS';
}
