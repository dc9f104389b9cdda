/** Properties of mapred-site.xml that Calf reads. */
import { bool, bytes, decimal, integer, millis, type PropertyTable, text } from './property.ts';

export const MAPREDUCE_KEYS = {
  'mapreduce.framework.name': text('calf', 'local: jobs run in this process; calf: on the JobTracker', 'local'),
  'mapreduce.jobtracker.http.address': text('127.0.0.1:8088', 'HTTP address of the JobTracker'),
  'mapreduce.tasktracker.http.address': text('127.0.0.1:8042', 'HTTP address of a TaskTracker'),
  'mapreduce.shuffle.port': integer(13562, 'Port of the shuffle server, on the host of the TaskTracker'),
  'mapreduce.tasktracker.map.tasks.maximum': integer(2, 'Map slots of a TaskTracker'),
  'mapreduce.tasktracker.reduce.tasks.maximum': integer(2, 'Reduce slots of a TaskTracker'),
  'mapreduce.jobtracker.staging.root.dir': text('/tmp/calf-staging', 'Directory in HDFS for the files of jobs'),
  'mapreduce.cluster.local.dir': text('${hadoop.tmp.dir}/mapred/local', 'Directory of spills and map outputs'),
  'mapreduce.job.maps': integer(2, 'Map tasks of TeraGen; other jobs have one map for each split'),
  'mapreduce.job.reduces': integer(1, 'Reduce tasks'),
  'mapreduce.job.name': text('', 'Name of the job'),
  'mapreduce.job.reduce.slowstart.completedmaps': decimal(0.05, 'Share of maps done before reduces start'),
  'mapreduce.map.maxattempts': integer(4, 'Tries of a map task'),
  'mapreduce.reduce.maxattempts': integer(4, 'Tries of a reduce task'),
  'mapreduce.task.io.sort.mb': integer(100, 'MiB of the sort buffer'),
  'mapreduce.map.sort.spill.percent': decimal(0.8, 'Share of the sort buffer at which it is spilled'),
  'mapreduce.task.io.sort.factor': integer(10, 'Streams merged at once'),
  'mapreduce.reduce.shuffle.parallelcopies': integer(5, 'Map outputs that a reduce fetches at once'),
  'mapreduce.reduce.memory.totalbytes': bytes(
    268435456,
    'Map outputs that a reduce keeps in memory; others go to the disk',
  ),
  'mapreduce.jobtracker.expire.trackers.interval': millis(30000, 'Silence after which a TaskTracker is lost'),
  'mapreduce.tasktracker.heartbeat.interval': millis(
    1000,
    'Pause between heartbeats of a TaskTracker; a finished task is told at once',
  ),
  'mapreduce.local.map.tasks.maximum': integer(0, 'Map tasks at once without a cluster; 0: one for each core'),
  'mapreduce.local.reduce.tasks.maximum': integer(0, 'Reduce tasks at once without a cluster; 0: one for each core'),
  'mapreduce.task.timeout': millis(600000, 'Time without progress after which a task is killed; 0: never'),
  'mapreduce.input.fileinputformat.split.minsize': bytes(0, 'Smallest split'),
  'mapreduce.input.fileinputformat.split.maxsize': bytes(Number.MAX_SAFE_INTEGER, 'Largest split'),
  'mapreduce.input.fileinputformat.input.dir.recursive': bool(false, 'Input directories are read with all below them'),
  'mapreduce.input.lineinputformat.linespermap': integer(1, 'Lines of a split of nLineInput'),
  'mapreduce.input.keyvaluelinerecordreader.key.value.separator': text(
    '\t',
    'Character that ends the key in a line of keyValueTextInput',
  ),
  'mapreduce.output.textoutputformat.separator': text('\t', 'Text between key and value in the output'),
  'mapreduce.fileoutputcommitter.algorithm.version': integer(
    2,
    'Tasks commit their files into the output directory (2), or the job moves them there at its end (1)',
  ),
  'mapreduce.fileoutputcommitter.marksuccessfuljobs': bool(true, 'A job that succeeds leaves a file _SUCCESS'),
} as const satisfies PropertyTable;
