// The limits of a task by the rules of Hadoop's JobConf: memory, -Xmx, and each of the two from the other.
import { expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { binary, memoryVerdict } from '../../../mapreduce/containment/memory-limit.ts';
import { pageBytes, processTable, treeOf } from '../../../mapreduce/containment/process-table.ts';
import { ignoredJavaOptions, taskLimits } from '../../../mapreduce/containment/task-limits.ts';

const MIB = 2 ** 20;

// JobConf.getMemoryRequired and getTaskJavaOpts: a heap of 0.8 of the memory; YARN gives no container less than 1024 MB.
it.each([
  [{}, 1024, 819],
  [{ 'mapreduce.map.memory.mb': '2000' }, 2000, 1600],
  [{ 'mapreduce.map.java.opts': '-Xmx400m' }, 1024, 400],
  [{ 'mapreduce.map.java.opts': '-Xmx1g -Xmx2G' }, 2560, 2048],
  [{ 'mapreduce.map.memory.mb': '3000', 'mapreduce.map.java.opts': '-Xmx100M' }, 3000, 100],
  [{ 'mapred.child.java.opts': '-Xmx200m' }, 1024, 200],
  [{ 'mapreduce.job.heap.memory-mb.ratio': '0.5' }, 1024, 512],
  [{ 'mapreduce.reduce.memory.mb': '4096' }, 1024, 819],
])('%j: %d MB with a heap of %d MB', (properties, memory, heap) => {
  const { memoryBytes, heapMib } = taskLimits(new Configuration(properties), 'MAP');
  expect([memoryBytes / MIB, heapMib]).toEqual([memory, heap]);
});

it('refuses an -Xmx that is no size, and names the options without effect', () => {
  const wrong = new Configuration({ 'mapreduce.reduce.java.opts': '-Xmxlots' });
  expect(() => taskLimits(wrong, 'REDUCE')).toThrow("mapreduce.reduce.java.opts has '-Xmxlots': expected a size");
  const some = new Configuration({ 'mapreduce.reduce.java.opts': '-Xmx1g -Dx=y -ea' });
  expect(ignoredJavaOptions(some, 'REDUCE')).toEqual(['-Dx=y', '-ea']);
});

it('yarn.nodemanager.pmem-check-enabled=false turns the check off', () => {
  const conf = new Configuration({ 'yarn.nodemanager.pmem-check-enabled': 'false' });
  expect(taskLimits(conf, 'MAP').memoryBytes).toBe(Number.POSITIVE_INFINITY);
});

const row = (pid: number, ppid: number, residentPages: number) => ({
  ...{ pid, ppid, pgrp: 7, session: 7, name: 'node', userMs: 10, systemMs: 20, virtualBytes: 3 * MIB, residentPages },
});

it('the tree of a process has its descendants, not its neighbours', () => {
  const rows = [row(7, 1, 1), row(8, 7, 1), row(9, 8, 1), row(10, 1, 1), row(70, 10, 1)];
  expect(treeOf(rows, 7).map(({ pid }) => pid)).toEqual([7, 8, 9]);
});

it('the processes of a task count together', () => {
  const limits = taskLimits(new Configuration({ 'mapreduce.map.memory.mb': '1' }), 'MAP');
  const half = MIB / 2 / pageBytes();
  expect(memoryVerdict('attempt_1', [row(7, 1, half), row(8, 7, half)], limits)).toBeUndefined();
  expect(memoryVerdict('attempt_1', [row(7, 1, half), row(8, 7, half + 1)], limits)).toContain(
    `Container [pid=7,containerID=attempt_1] is running ${pageBytes()}B beyond the 'PHYSICAL' memory limit. ` +
      'Current usage: 1.0 MB of 1 MB physical memory used; 6 MB virtual memory used. Killing container.',
  );
});

it('sizes are written as by StringUtils.TraditionalBinaryPrefix', () => {
  expect([0, 1023, 1024, 1536, MIB, 1.26 * 2 ** 30].map(binary)).toEqual([
    '0 B',
    '1023 B',
    '1 KB',
    '1.5 KB',
    '1 MB',
    '1.3 GB',
  ]);
});

it.runIf(process.platform === 'linux')('the table of processes has this one with its memory', () => {
  const own = processTable().find(({ pid }) => pid === process.pid);
  expect(own?.ppid).toBe(process.ppid);
  const ratio = ((own?.residentPages ?? 0) * pageBytes()) / process.memoryUsage.rss();
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});
