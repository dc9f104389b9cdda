/** All properties that Calf reads, joined from one typed table for each part. */
import { BALANCER_KEYS } from './balancer.ts';
import { CLIENT_KEYS } from './client.ts';
import { CORE_KEYS } from './core.ts';
import { DATANODE_KEYS } from './datanode.ts';
import { HDFS_KEYS } from './hdfs.ts';
import { MAPREDUCE_KEYS } from './mapreduce.ts';
import { NAMENODE_KEYS } from './namenode.ts';
import type { Property } from './property.ts';

/**
 * Property by name. Names are Hadoop's, and so are defaults unless the entry gives Hadoop's default too (core-default.xml,
 * hdfs-default.xml and mapred-default.xml of 3.4). Times are milliseconds in the program.
 */
export const KEYS = {
  ...CORE_KEYS,
  ...HDFS_KEYS,
  ...NAMENODE_KEYS,
  ...DATANODE_KEYS,
  ...CLIENT_KEYS,
  ...BALANCER_KEYS,
  ...MAPREDUCE_KEYS,
} as const;

export type KeyName = keyof typeof KEYS;
export type KeyValue<K extends KeyName> = (typeof KEYS)[K] extends Property<infer T> ? T : never;
